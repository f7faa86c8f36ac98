import { lowerAscii } from './glob.ts';
import { components, isGlob } from './path-match.ts';
import { ByteGraph } from './byte-graph.ts';

const none = -1;
const slash = 47;
/** More edges than this, and all are forgotten: values from outside decide which ones are made. */
const maxEdges = 1 << 18;
/** For so many values after that the automaton says that it does not know. */
const restFor = 16_384;
/** Of `finals`: not worked out yet, can't be told by the automaton. */
export const unknownFinal = -1;
/** Of `finals`: only the whole text can tell. */
export const undecided = -2;
/** Stands among found ids for a pattern that may match, which only the whole text can tell. */
const suspect = -1;

/** Where the automaton is in the graphs that it runs through at the same time, and what was found on the way. */
interface State {
  /** Node in the graph of beginnings; -1: the text begins like none of them. */
  readonly start: number;
  /** Node in the graph of path prefixes; -1: none can match any more. */
  readonly path: number;
  /** Node in the graph of texts found anywhere or at the end. */
  readonly part: number;
  /** The same where ASCII case does not count. */
  readonly folded: number;
  /** Number of the set of what was found. */
  readonly found: number;
}

/**
 * All texts that the checks on one operand compare with, in one automaton: a value is read once, byte by byte, whatever
 * their number, and the state at its end says which checks hold. States are made when they are first reached.
 */
export class TextAutomaton {
  readonly #starts = new ByteGraph();
  readonly #paths = new ByteGraph();
  readonly #parts = new ByteGraph();
  readonly #foldedParts = new ByteGraph();
  /** Class of a byte: bytes that occur in none of the texts are alike. */
  readonly #byteClass = new Uint8Array(256);
  /** One byte of each class. */
  #samples: number[] = [];
  #isBuilt = false;

  #states: State[] = [];
  readonly #stateByKey = new Map<string, number>();
  /** row of a state + class of byte -> row of the next; -1: not made yet. A row is the state * number of byte classes. */
  #next = new Int32Array(0);
  #sets: (readonly number[])[] = [];
  readonly #setByKey = new Map<string, number>();
  /** By state: what the owner wants to know of texts that end there; -1: nothing yet. */
  finals = new Int32Array(0);
  #resting = 0;

  addEqual(text: string, id: number): void {
    this.#starts.addEnd(text, id);
  }

  addStart(text: string, id: number): void {
    this.#starts.addPass(text, id);
  }

  addEnd(text: string, id: number): void {
    this.#parts.addEnd(text, id);
  }

  addPart(text: string, id: number): void {
    this.#parts.addPass(text, id);
  }

  addFoldedPart(text: string, id: number): void {
    this.#foldedParts.addPass(lowerAscii(text), id);
  }

  /** A text that a pattern needs: where it occurs, the automaton can't decide. */
  addNeeded(text: string, isFolded: boolean): void {
    if (isFolded) this.#foldedParts.addPass(lowerAscii(text), suspect);
    else this.#parts.addPass(text, suspect);
  }

  /** @returns false for a prefix with shell patterns, which it can't take. */
  addPath(prefix: string, id: number): boolean {
    const parts = components(prefix);
    if (parts.some(isGlob)) return false;
    this.#paths.addEnd(parts.join('/'), id);
    return true;
  }

  #build(): void {
    this.#isBuilt = true;
    this.#parts.link();
    this.#foldedParts.link();
    const used = new Set<number>([slash]);
    for (const graph of [this.#starts, this.#paths, this.#parts]) for (const byte of graph.bytes) used.add(byte);
    for (const byte of this.#foldedParts.bytes) {
      used.add(byte);
      if (byte >= 97 && byte <= 122) used.add(byte - 32);
    }
    let classes = 0;
    const other = used.size === 256 ? none : classes++;
    for (let byte = 0; byte < 256; byte++) this.#byteClass[byte] = used.has(byte) ? classes++ : other;
    this.#samples = Array.from({ length: classes }, (_, i) => this.#byteClass.indexOf(i));
    this.#reset();
  }

  #reset(): void {
    this.#states = [];
    this.#stateByKey.clear();
    this.#sets = [];
    this.#setByKey.clear();
    this.#next = new Int32Array(64 * this.#samples.length).fill(none);
    this.finals = new Int32Array(64).fill(unknownFinal);
    const found = new Set<number>();
    for (const graph of [this.#starts, this.#parts, this.#foldedParts]) for (const id of graph.passes(0)) found.add(id);
    // A prefix without components is one of every path.
    for (const id of this.#paths.ends(0)) found.add(id);
    this.#intern({ start: 0, path: 0, part: 0, folded: 0, found: this.#set([...found]) });
  }

  /** Forgets what the owner wanted to know. */
  forgetFinals(): void {
    this.finals.fill(unknownFinal);
  }

  /** The state at the end of a text in bytes [start, end), which a NUL ends earlier; -1: it can't say. */
  runBytes(view: DataView, start: number, end: number): number {
    if (!this.#isReady()) return none;
    const byteClass = this.#byteClass;
    let row = 0;
    let at = start;
    for (;;) {
      // No call in this loop: the processor spends more time in it than anywhere else.
      const next = this.#next;
      let edge = 0;
      let known = row;
      while (at < end) {
        const byte = view.getUint8(at);
        if (byte === 0) return row / this.#samples.length;
        edge = row + byteClass[byte]!;
        known = next[edge]!;
        if (known < 0) break;
        row = known;
        at++;
      }
      if (known >= 0) return row / this.#samples.length;
      row = this.#step(edge);
      if (row < 0) return none;
      at++;
    }
  }

  /** The state at the end of a byte string; -1: it can't say. */
  runText(text: string): number {
    if (!this.#isReady()) return none;
    const byteClass = this.#byteClass;
    let next = this.#next;
    let row = 0;
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (char > 255) return none;
      const edge = row + byteClass[char]!;
      row = next[edge]!;
      if (row >= 0) continue;
      row = this.#step(edge);
      if (row < 0) return none;
      next = this.#next;
    }
    return row / this.#samples.length;
  }

  #isReady(): boolean {
    if (this.#resting > 0) {
      this.#resting--;
      return false;
    }
    if (!this.#isBuilt) this.#build();
    return true;
  }

  /** Makes the state that an edge leads to, and gives its row; -1: there is no more room. */
  #step(edge: number): number {
    const width = this.#samples.length;
    if (this.#states.length * width >= maxEdges) {
      this.#reset();
      this.#resting = restFor;
      return none;
    }
    const target = this.#follow(this.#states[Math.floor(edge / width)]!, this.#samples[edge % width]!);
    const row = this.#intern(target) * width;
    this.#next[edge] = row;
    return row;
  }

  #follow(from: State, byte: number): State {
    const found = new Set(this.#sets[from.found]!);
    const start = from.start < 0 ? none : this.#starts.child(from.start, byte);
    if (start >= 0) for (const id of this.#starts.passes(start)) found.add(id);
    const part = this.#parts.successor(from.part, byte);
    for (const id of this.#parts.passes(part)) found.add(id);
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    const folded = this.#foldedParts.successor(from.folded, lower);
    for (const id of this.#foldedParts.passes(folded)) found.add(id);
    const path = this.#followPath(from.path, byte, found);
    return { start, path, part, folded, found: this.#set([...found]) };
  }

  /** Slashes in a row are one, and those at the beginning are none. */
  #followPath(from: number, byte: number, found: Set<number>): number {
    if (from < 0) return none;
    if (byte !== slash) return this.#paths.child(from, byte);
    if (from === 0 || this.#paths.byteTo(from) === slash) return from;
    for (const id of this.#paths.ends(from)) found.add(id);
    return this.#paths.child(from, slash);
  }

  #set(ids: number[]): number {
    ids.sort((a, b) => a - b);
    const key = ids.join(' ');
    let set = this.#setByKey.get(key);
    if (set === undefined) {
      set = this.#sets.length;
      this.#sets.push(ids);
      this.#setByKey.set(key, set);
    }
    return set;
  }

  #intern(state: State): number {
    const key = `${state.start} ${state.path} ${state.part} ${state.folded} ${state.found}`;
    let number = this.#stateByKey.get(key);
    if (number === undefined) {
      number = this.#states.length;
      this.#states.push(state);
      this.#stateByKey.set(key, number);
      if (number >= this.finals.length) this.#grow();
    }
    return number;
  }

  #grow(): void {
    const finals = new Int32Array(this.finals.length * 2).fill(unknownFinal);
    finals.set(this.finals);
    this.finals = finals;
    const next = new Int32Array(this.#next.length * 2).fill(none);
    next.set(this.#next);
    this.#next = next;
  }

  /**
   * Calls `found` for the ids of all that holds for a text that ends in a state; an id may come more than once.
   * @returns false where only the text itself can tell.
   */
  collect(state: number, found: (id: number) => void): boolean {
    const { start, path, part, found: set } = this.#states[state]!;
    const passed = this.#sets[set]!;
    if (passed[0] === suspect) return false;
    for (const id of passed) found(id);
    if (start >= 0) for (const id of this.#starts.ends(start)) found(id);
    if (path >= 0) for (const id of this.#paths.ends(path)) found(id);
    for (const id of this.#parts.ends(part)) found(id);
    return true;
  }
}
