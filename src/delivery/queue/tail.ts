import type { Entry } from './entry.ts';

/** The newest entries, in memory, in order of their sequence. Complete from `first` on, but for what was taken out. */
export class Tail {
  #entries: (Entry | undefined)[] = [];
  /** Sequences of the same places; they stay when an entry is taken out. */
  #sequences: number[] = [];
  #head = 0;
  /** The next sequence that will be pushed is at least this. */
  #next: number;
  bytes = 0;
  count = 0;

  constructor(next: number) {
    this.#next = next;
  }

  /** Whatever has this sequence or a later one, and was not taken out, is here. */
  get first(): number {
    return this.#sequences[this.#head] ?? this.#next;
  }

  /** One more than the last. */
  get next(): number {
    return this.#next;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#sequences.push(entry.sequence);
    this.#next = entry.sequence + 1;
    this.bytes += entry.bytes;
    this.count++;
  }

  /** Marks sequences as used though nothing is kept of them. */
  skipTo(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

  #indexOf(sequence: number): number {
    let low = this.#head;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sequences[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Up to `count` entries of at most `bytes` (one at least), from a sequence on. */
  read(from: number, count: number, bytes: number): Entry[] {
    const found: Entry[] = [];
    let room = bytes;
    for (let i = this.#indexOf(from); i < this.#entries.length && found.length < count; i++) {
      const entry = this.#entries[i];
      if (entry === undefined) continue;
      if (found.length > 0 && entry.bytes > room) break;
      room -= entry.bytes;
      found.push(entry);
    }
    return found;
  }

  /** The oldest entry; undefined: none. */
  oldest(): Entry | undefined {
    for (let i = this.#head; i < this.#entries.length; i++) if (this.#entries[i] !== undefined) return this.#entries[i];
    return undefined;
  }

  /** Takes one out; readers pass over its place. */
  remove(sequence: number): Entry | undefined {
    const at = this.#indexOf(sequence);
    if (this.#sequences[at] !== sequence) return undefined;
    const entry = this.#entries[at];
    if (entry === undefined) return undefined;
    this.#entries[at] = undefined;
    this.bytes -= entry.bytes;
    this.count--;
    return entry;
  }

  /** Drops everything below a sequence. */
  trimTo(sequence: number): void {
    while (this.#head < this.#sequences.length && this.#sequences[this.#head]! < sequence) this.#dropHead();
    this.#compact();
  }

  /** Drops the oldest until no more than so many bytes are left. */
  trimBytes(most: number): void {
    while (this.bytes > most && this.#head < this.#sequences.length) this.#dropHead();
    this.#compact();
  }

  #dropHead(): void {
    const entry = this.#entries[this.#head];
    if (entry !== undefined) {
      this.bytes -= entry.bytes;
      this.count--;
      this.#entries[this.#head] = undefined;
    }
    this.#head++;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#sequences = this.#sequences.slice(this.#head);
    this.#head = 0;
  }

  /** Entries from a sequence on: how many, and when the first of them was accepted. */
  from(sequence: number): { count: number; oldest: number | undefined } {
    let count = 0;
    let oldest: number | undefined;
    for (let i = this.#indexOf(sequence); i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (entry === undefined) continue;
      count++;
      oldest ??= entry.time;
    }
    return { count, oldest };
  }
}
