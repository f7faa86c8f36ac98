import { type Fd, fdFlags } from '../../model/fd.ts';
import type { Thread } from '../../model/thread.ts';
import type { Dimension } from './dimensions.ts';
import { TupleTable } from './tuple-table.ts';

/** Class of "there is no thread (descriptor)": no atom holds. */
export const absent = 0;
/** Class for event types whose rules don't look at the thread (descriptor): there is one. */
export const present = 1;
/** Numbers from here on are classes of the tables. */
const firstClass = 2;

const nothing = new Int32Array(0);

/** Subjects in classes: two are of one class when the same atoms hold for both. */
class Classes<S> {
  readonly dimensions: readonly Dimension<S>[];
  readonly tuples: TupleTable;
  readonly #scratch: Int32Array;
  readonly #limit: number;

  constructor(dimensions: readonly Dimension<S>[], limit: number) {
    this.#limit = limit;
    this.dimensions = dimensions;
    this.tuples = new TupleTable(dimensions.length);
    this.#scratch = new Int32Array(dimensions.length);
  }

  get isFull(): boolean {
    if (this.tuples.size >= this.#limit) return true;
    return this.dimensions.some((dimension) => dimension.values.size > this.#limit);
  }

  clear(): void {
    this.tuples.clear();
    for (const dimension of this.dimensions) dimension.clear();
  }

  /** @param tail what the last dimensions are known to give. */
  classOf(subject: S, tail: Int32Array = nothing): number {
    const dimensions = this.dimensions;
    const scratch = this.#scratch;
    const own = dimensions.length - tail.length;
    for (let i = 0; i < own; i++) scratch[i] = dimensions[i]!.classOf(subject);
    for (let i = 0; i < tail.length; i++) scratch[own + i] = tail[i]!;
    return this.tuples.intern(scratch);
  }

  /** What the last dimensions give for a subject. */
  tailOf(subject: S, length: number): Int32Array {
    return Int32Array.from(this.dimensions.slice(this.dimensions.length - length), (dimension) =>
      dimension.classOf(subject),
    );
  }

  /** Adds the numbers of the atoms that hold in a class. */
  collect(id: number, atoms: number[]): void {
    for (let i = 0; i < this.dimensions.length; i++) {
      for (const atom of this.dimensions[i]!.values.members(this.tuples.at(id, i))) atoms.push(atom);
    }
  }

  get memoFlushes(): number {
    let sum = 0;
    for (const dimension of this.dimensions) sum += dimension.values.flushes;
    return sum;
  }
}

/** The classes of threads; the number of a thread's class is kept in `Thread.ruleClass`, counted from `base`. */
export class ThreadClasses {
  readonly #classes: Classes<Thread>;
  /** What `ruleClass` of class 0 would be. Grows with every flush, so that numbers given before it are void. */
  base: number;
  flushes = 0;

  /**
   * @param limit more classes than this at once, and all are forgotten: attackers choose names, so it has to be bounded.
   */
  constructor(dimensions: readonly Dimension<Thread>[], base: number, limit: number) {
    this.#classes = new Classes(dimensions, limit);
    this.base = base;
  }

  /** How many classes there are, the two fixed ones included. */
  get size(): number {
    return firstClass + this.#classes.tuples.size;
  }

  /** Judges a thread anew and stores its class in it. */
  classify(thread: Thread): number {
    if (this.#classes.isFull) this.clear();
    const id = firstClass + this.#classes.classOf(thread);
    thread.ruleClass = this.base + id;
    return id;
  }

  clear(): void {
    this.base += this.size;
    this.#classes.clear();
    this.flushes++;
  }

  /** The atoms that hold in a class. */
  atoms(id: number): number[] {
    const atoms: number[] = [];
    if (id >= firstClass) this.#classes.collect(id - firstClass, atoms);
    return atoms;
  }

  get memoFlushes(): number {
    return this.#classes.memoFlushes;
  }
}

/** `PathName.ruleClass` holds the kind of the descriptor that it was judged for in its last digits. */
const kinds = 64;
/** Values of {@link Fd.flags} that the classes by state have room for. */
const flagsLimit = 512;

/** What fields may always depend on: the descriptor's type, and whether it is there; -1 for what does not fit. */
function kindOf(fd: Fd): number {
  if (fd.type >= kinds / 2) return -1;
  return (fd.flags & fdFlags.absent) === 0 ? fd.type : fd.type + kinds / 2;
}

function dependsOnly(dimension: Dimension<Fd>, parts: readonly string[]): boolean {
  return dimension.from !== undefined && [...dimension.from].every((part) => parts.includes(part));
}

/**
 * The classes of descriptors, in two parts: what follows from type and name (or addresses), and the rest. The first is
 * kept with the interned name, so that a newly opened file with a known name costs no look at any text.
 */
export class FdClasses {
  readonly #named: Classes<Fd>;
  /** How many of its dimensions, the last ones, look at addresses but at no name. */
  readonly #nameless: number;
  /** What these give for descriptors without addresses, by kind; undefined: not known yet. */
  readonly #namelessByKind: (Int32Array | undefined)[] = [];
  readonly #rest: Classes<Fd>;
  /** Whether the rest depends on nothing but type and flags, where there are no addresses. */
  readonly #restIsState: boolean;
  /** Class of the rest by type and flags; -1: not known yet. */
  readonly #restByState = new Int32Array((kinds / 2) * flagsLimit).fill(-1);
  readonly #pairs = new TupleTable(2);
  readonly #pair = new Int32Array(2);
  /** What `ruleClass` of class 0 would be, see ThreadClasses. */
  base: number;
  #pathBase: number;
  readonly #limit: number;
  flushes = 0;

  constructor(dimensions: readonly Dimension<Fd>[], base: number, pathBase: number, limit: number) {
    this.#limit = limit;
    const nameless = dimensions.filter((dimension) => dependsOnly(dimension, ['address']));
    const named = dimensions.filter(
      (dimension) => dependsOnly(dimension, ['path', 'address']) && !nameless.includes(dimension),
    );
    this.#named = new Classes([...named, ...nameless], limit);
    this.#nameless = nameless.length;
    const rest = dimensions.filter((dimension) => !dependsOnly(dimension, ['path', 'address']));
    this.#rest = new Classes(rest, limit);
    this.#restIsState = rest.every((dimension) => dependsOnly(dimension, ['flags', 'address']));
    this.base = base;
    this.#pathBase = pathBase;
  }

  /** How many classes there are, the two fixed ones included. */
  get size(): number {
    return firstClass + this.#pairs.size;
  }

  /** How many classes of names (with types) and addresses there are. */
  get nameClasses(): number {
    return this.#named.tuples.size;
  }

  /** First number of a path class that no evaluator before has given out. */
  get nextPathClass(): number {
    return this.#pathBase + this.#named.tuples.size;
  }

  /** Judges a descriptor anew and stores its class in it. */
  classify(fd: Fd): number {
    if (this.#pairs.size >= this.#limit) this.clear();
    const isPlain = !hasAddress(fd);
    const named = isPlain ? this.#knownNamedClass(fd) : -1;
    const rest = isPlain && this.#restIsState ? this.#knownRestClass(fd) : -1;
    if ((named < 0 && this.#named.isFull) || (rest < 0 && this.#rest.isFull)) {
      this.clear();
      return this.classify(fd);
    }
    this.#pair[0] = named < 0 ? this.#namedClass(fd, isPlain) : named;
    this.#pair[1] = rest < 0 ? this.#restClass(fd, isPlain) : rest;
    const id = firstClass + this.#pairs.intern(this.#pair);
    fd.ruleClass = this.base + id;
    return id;
  }

  /** The class kept with the descriptor's name; -1: it was not judged yet. */
  #knownNamedClass(fd: Fd): number {
    const path = fd.path;
    const known = path === null ? -1 : path.ruleClass;
    const id = Math.floor(known / kinds) - this.#pathBase;
    return id >= 0 && known % kinds === kindOf(fd) ? id : -1;
  }

  #namedClass(fd: Fd, isPlain: boolean): number {
    const kind = kindOf(fd);
    if (!isPlain || kind < 0) return this.#named.classOf(fd);
    const nameless = (this.#namelessByKind[kind] ??= this.#named.tailOf(fd, this.#nameless));
    const judged = this.#named.classOf(fd, nameless);
    if (fd.path !== null) fd.path.ruleClass = (this.#pathBase + judged) * kinds + kind;
    return judged;
  }

  #knownRestClass(fd: Fd): number {
    return fd.flags >= flagsLimit || fd.type >= kinds / 2 ? -1 : this.#restByState[fd.type * flagsLimit + fd.flags]!;
  }

  #restClass(fd: Fd, isPlain: boolean): number {
    const judged = this.#rest.classOf(fd);
    const isState = isPlain && this.#restIsState && fd.flags < flagsLimit && fd.type < kinds / 2;
    if (isState) this.#restByState[fd.type * flagsLimit + fd.flags] = judged;
    return judged;
  }

  clear(): void {
    this.base += this.size;
    this.#pathBase = this.nextPathClass;
    this.#pairs.clear();
    this.#named.clear();
    this.#namelessByKind.length = 0;
    this.#rest.clear();
    this.#restByState.fill(-1);
    this.flushes++;
  }

  /** The atoms that hold in a class. */
  atoms(id: number): number[] {
    const atoms: number[] = [];
    if (id < firstClass) return atoms;
    this.#named.collect(this.#pairs.at(id - firstClass, 0), atoms);
    this.#rest.collect(this.#pairs.at(id - firstClass, 1), atoms);
    return atoms;
  }

  get memoFlushes(): number {
    return this.#named.memoFlushes + this.#rest.memoFlushes;
  }
}

function hasAddress(fd: Fd): boolean {
  return fd.sourceIp !== '' || fd.destIp !== '' || fd.sourcePort !== 0 || fd.destPort !== 0 || fd.l4proto !== 0;
}
