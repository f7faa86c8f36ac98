/** Texts, looked up as beginnings (or, read backwards, ends) of a value, all at once: time is the length that agrees. */
export class ByteTrie {
  readonly #backwards: boolean;
  /** node * 256 + byte -> node. */
  readonly #edges = new Map<number, number>();
  readonly #ids: number[][] = [[]];
  size = 0;

  constructor(backwards: boolean) {
    this.#backwards = backwards;
  }

  add(text: string, id: number): void {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const edge = node * 256 + text.charCodeAt(this.#backwards ? text.length - 1 - i : i);
      let next = this.#edges.get(edge);
      if (next === undefined) {
        next = this.#ids.length;
        this.#ids.push([]);
        this.#edges.set(edge, next);
      }
      node = next;
    }
    this.#ids[node]!.push(id);
    this.size++;
  }

  /** Calls `found` for the ids of all texts that the value begins (ends) with. */
  find(value: string, found: (id: number) => void): void {
    let node: number | undefined = 0;
    for (let i = 0; ; i++) {
      const ids = this.#ids[node]!;
      for (let k = 0; k < ids.length; k++) found(ids[k]!);
      if (i >= value.length) return;
      node = this.#edges.get(node * 256 + value.charCodeAt(this.#backwards ? value.length - 1 - i : i));
      if (node === undefined) return;
    }
  }
}
