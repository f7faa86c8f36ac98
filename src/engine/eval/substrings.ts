const gramLength = 4;
const bloomBits = 16;
/** Up to so many texts the engine's own search is faster than one pass for all. */
const fewTexts = 6;

interface Entry {
  readonly text: string;
  readonly id: number;
}

function gramAt(text: string, at: number): number {
  return (
    text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)
  );
}

function bloom(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> (32 - bloomBits);
}

/**
 * Texts looked for anywhere in a value, all in one pass: four bytes of each text are the key, a bit table rejects most
 * places of the value. Texts shorter than four bytes are searched one by one.
 */
export class Substrings {
  readonly #short: Entry[] = [];
  readonly #long: Entry[] = [];
  readonly #byGram = new Map<number, { readonly offset: number; readonly entry: Entry }[]>();
  #bits: Uint8Array | undefined;

  get size(): number {
    return this.#short.length + this.#long.length;
  }

  add(text: string, id: number): void {
    (text.length < gramLength ? this.#short : this.#long).push({ text, id });
    this.#bits = undefined;
  }

  /** Chooses for each text the place whose four bytes the fewest other texts share. */
  #build(): Uint8Array {
    const uses = new Map<number, number>();
    for (const { text } of this.#long) {
      for (let i = 0; i + gramLength <= text.length; i++) {
        const gram = gramAt(text, i);
        uses.set(gram, (uses.get(gram) ?? 0) + 1);
      }
    }
    const bits = new Uint8Array(1 << bloomBits);
    this.#byGram.clear();
    for (const entry of this.#long) {
      let offset = 0;
      for (let i = 1; i + gramLength <= entry.text.length; i++) {
        if (uses.get(gramAt(entry.text, i))! < uses.get(gramAt(entry.text, offset))!) offset = i;
      }
      const gram = gramAt(entry.text, offset);
      const list = this.#byGram.get(gram);
      if (list === undefined) this.#byGram.set(gram, [{ offset, entry }]);
      else list.push({ offset, entry });
      bits[bloom(gram)] = 1;
    }
    return bits;
  }

  /** Calls `found` for the ids of all texts that the value contains; an id may come more than once. */
  find(value: string, found: (id: number) => void): void {
    for (const { text, id } of this.#short) if (value.includes(text)) found(id);
    if (this.#long.length <= fewTexts) {
      for (const { text, id } of this.#long) if (value.includes(text)) found(id);
      return;
    }
    const bits = (this.#bits ??= this.#build());
    for (let i = 0; i + gramLength <= value.length; i++) {
      const gram = gramAt(value, i);
      if (bits[bloom(gram)] === 0) continue;
      const list = this.#byGram.get(gram);
      if (list === undefined) continue;
      for (const { offset, entry } of list) {
        if (offset <= i && value.startsWith(entry.text, i - offset)) found(entry.id);
      }
    }
  }
}
