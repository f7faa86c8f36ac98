/** Interns tuples of small integers of one length: equal tuples get the same number, counted from 0. */
export class TupleTable {
  readonly width: number;
  size = 0;
  #store: Int32Array;
  /** Open addressing; -1: free. At most half full. */
  #slots: Int32Array = new Int32Array(64).fill(-1);

  constructor(width: number) {
    this.width = width;
    this.#store = new Int32Array(width * 32);
  }

  /** Item `i` of the tuple with number `id`. */
  at(id: number, i: number): number {
    return this.#store[id * this.width + i]!;
  }

  clear(): void {
    this.size = 0;
    this.#slots.fill(-1);
  }

  /** The number of the tuple in the first `width` items of `tuple`. */
  intern(tuple: Int32Array): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(tuple, 0) & mask;
    for (;;) {
      const id = this.#slots[slot]!;
      if (id < 0) break;
      if (this.#equals(id, tuple)) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.size++;
    if ((id + 1) * this.width > this.#store.length) this.#grow();
    for (let i = 0; i < this.width; i++) this.#store[id * this.width + i] = tuple[i]!;
    this.#slots[slot] = id;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  #hash(tuple: Int32Array, from: number): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i++) hash = Math.imul(hash ^ tuple[from + i]!, 0x01000193);
    return hash ^ (hash >>> 15);
  }

  #equals(id: number, tuple: Int32Array): boolean {
    const from = id * this.width;
    for (let i = 0; i < this.width; i++) if (this.#store[from + i] !== tuple[i]) return false;
    return true;
  }

  #grow(): void {
    const store = new Int32Array(Math.max(this.width, this.#store.length) * 2);
    store.set(this.#store);
    this.#store = store;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#hash(this.#store, id * this.width) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}
