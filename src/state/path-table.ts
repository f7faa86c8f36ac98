import { PathName } from '../model/path-name.ts';
import { joinPath } from '../base/join-path.ts';
import { asPrefix } from './path-prefix.ts';

/** A name as the table keeps it: with what finds it again. */
class InternedName extends PathName {
  readonly base: PathName | null;
  readonly hash: number;
  /** Where the bytes lie in the arena of the table's current generation. */
  readonly at: number;
  readonly size: number;

  constructor(raw: string, text: string, base: PathName | null, hash: number, at: number, size: number) {
    super(raw, text);
    this.base = base;
    this.hash = hash;
    this.at = at;
    this.size = size;
  }
}

const arenaStart = 1 << 16;
const averageName = 64;

/**
 * Names by the directory that they are relative to and their bytes: a name seen before costs a hash and a comparison of
 * bytes, no string. When it is full it starts again empty: names in use live on in their descriptors, only equal ones
 * that come later are other objects.
 */
export class PathTable {
  /** How often the table was full and started again. */
  generations = 0;
  #count = 0;
  readonly #maxNames: number;
  #slots: (InternedName | null)[] = [];
  #mask = 0;
  #arena = Buffer.alloc(0);
  #arenaView = new DataView(this.#arena.buffer);
  #arenaUsed = 0;

  /** @param maxNames Most names kept; their bytes are bounded by 64 each on average. */
  constructor(maxNames: number) {
    this.#maxNames = Math.max(1024, maxNames);
    this.#start();
  }

  get size(): number {
    return this.#count;
  }

  *[Symbol.iterator](): Iterator<PathName> {
    for (const name of this.#slots) if (name !== null) yield name;
  }

  /**
   * The name whose bytes are bytes[start, end), relative to `base`; null: absolute or no path at all.
   * @param isPath Whether the bytes are a path that a call gave, or a text that stays as it is.
   */
  intern(bytes: Buffer, view: DataView, start: number, end: number, base: PathName | null, isPath = true): PathName {
    const size = end - start;
    const hash = hashOf(view, start, end) ^ (base === null ? (isPath ? 0 : 0x5bd1e995) : hashOfBase(base));
    let slot = hash & this.#mask;
    for (;;) {
      const name = this.#slots[slot] as InternedName | null;
      if (name === null) break;
      if (name.hash === hash && name.size === size && name.base === base && this.#same(name, view, start)) return name;
      slot = (slot + 1) & this.#mask;
    }
    // A text ends at its first NUL; only what is new is searched for one.
    const all = bytes.latin1Slice(start, end);
    const nul = all.indexOf('\0');
    const text = nul < 0 ? all : all.slice(0, nul);
    const prefix = base === null ? '' : asPrefix(base.text);
    return isPath
      ? this.#add(text, joinPath(prefix, text), base, hash, bytes, start, end)
      : this.#add('', text, base, hash, bytes, start, end);
  }

  #same(name: InternedName, view: DataView, start: number): boolean {
    const arena = this.#arenaView;
    const size = name.size;
    let a = name.at;
    let b = start;
    const words = b + (size & ~3);
    while (b < words) {
      if (arena.getUint32(a, true) !== view.getUint32(b, true)) return false;
      a += 4;
      b += 4;
    }
    const end = start + size;
    while (b < end) {
      if (arena.getUint8(a++) !== view.getUint8(b++)) return false;
    }
    return true;
  }

  #add(
    raw: string,
    text: string,
    base: PathName | null,
    hash: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): InternedName {
    const size = end - start;
    if (this.#count >= this.#maxNames || this.#arenaUsed + size > this.#maxNames * averageName) {
      this.#start();
      this.generations++;
    }
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    while (this.#arenaUsed + size > this.#arena.length) this.#setArena(this.#arena.length * 2);
    const at = this.#arenaUsed;
    const arena = this.#arena;
    // Names are short: Buffer.copy takes three times as long for them.
    for (let i = 0; i < size; i++) arena[at + i] = bytes[start + i]!;
    this.#arenaUsed += size;
    const name = new InternedName(raw, text, base, hash, at, size);
    this.#place(name);
    this.#count++;
    return name;
  }

  #place(name: InternedName): void {
    let slot = name.hash & this.#mask;
    while (this.#slots[slot] !== null) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = name;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = emptySlots(old.length * 2);
    this.#mask = this.#slots.length - 1;
    for (const name of old) if (name !== null) this.#place(name);
  }

  #start(): void {
    this.#slots = emptySlots(4096);
    this.#mask = this.#slots.length - 1;
    this.#count = 0;
    this.#arenaUsed = 0;
    this.#arena = Buffer.alloc(0);
    this.#setArena(arenaStart);
  }

  #setArena(size: number): void {
    const old = this.#arena;
    this.#arena = Buffer.alloc(size);
    old.copy(this.#arena, 0, 0, this.#arenaUsed);
    this.#arenaView = new DataView(this.#arena.buffer, this.#arena.byteOffset, this.#arena.length);
  }
}

function emptySlots(length: number): (InternedName | null)[] {
  const slots: (InternedName | null)[] = [];
  // Ten times as fast as Array.from, which calls a function for each.
  for (let i = 0; i < length; i++) slots.push(null);
  return slots;
}

function hashOf(view: DataView, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  let at = start;
  const words = start + ((end - start) & ~3);
  while (at < words) {
    hash = Math.imul(hash ^ view.getUint32(at, true), 0x9e3779b1);
    hash ^= hash >>> 15;
    at += 4;
  }
  while (at < end) hash = Math.imul(hash ^ view.getUint8(at++), 0x01000193);
  return hash ^ (hash >>> 13);
}

/** Of the text, so that it needs no number of its own; computed once per directory by the names in it. */
function hashOfBase(base: PathName): number {
  if (base instanceof InternedName) return Math.imul(base.hash, 0x85ebca6b) | 1;
  return Math.imul(base.text.length + 1, 0xc2b2ae35);
}
