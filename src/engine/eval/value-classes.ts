import type { Scalar, Value } from '../../model/field.ts';
import type { Atom } from './atoms.ts';
import { automatonOf } from './automaton-of.ts';
import { type TextAutomaton, undecided, unknownFinal } from './text-automaton.ts';
import { ValueIndex } from './value-index.ts';

const maxMemo = 4096;
/** Bytes of text in a memo, and of one text in it. */
const maxMemoText = 1 << 19;
const maxOneText = 1 << 14;
const maxUnions = 1024;
const maxUnionClass = 1 << 16;
/** For so many values the memo rests after a filling that found too few of them again. */
const restFor = 65536;

/**
 * The values of one operand in classes: two values are of one class when the same atoms hold for both. Class 0 is that
 * of no value. A text is judged by an automaton where its checks allow that; else the class of a value seen before is
 * one look-up, and for a new one all atoms are judged together by an index.
 */
export class ValueClasses {
  readonly #atoms: readonly Atom[];
  // Both are made when they are first needed.
  /** Judges texts; null where the checks are not of the kinds that it takes. */
  #automaton: TextAutomaton | null | undefined;
  #index: ValueIndex | undefined;

  readonly #memo = new Map<Scalar, number>();
  readonly #classes = new Map<string, number>();
  readonly #members: (readonly number[])[] = [];
  /** Classes of several values by the two that they were made of. */
  readonly #unions = new Map<number, number>();
  readonly #marks: Uint8Array;
  #found: number[] = [];
  /** How often the memo of values was full and emptied. */
  flushes = 0;
  #memoText = 0;
  /** Values found in the memo since it was emptied. */
  #hits = 0;
  /** Values still to come that the memo rests for. */
  #resting = 0;

  constructor(atoms: readonly Atom[]) {
    this.#atoms = atoms;
    this.#marks = new Uint8Array(atoms.length);
    this.clear();
  }

  /** Forgets all classes; numbers given before are void. */
  clear(): void {
    this.#memo.clear();
    this.#memoText = 0;
    this.#classes.clear();
    this.#unions.clear();
    this.#members.length = 0;
    this.#members.push([]);
    this.#classes.set('', 0);
    this.#automaton?.forgetFinals();
  }

  /** How many classes there are. */
  get size(): number {
    return this.#members.length;
  }

  /** The atoms that hold in a class, by their numbers, ascending. */
  members(valueClass: number): readonly number[] {
    return this.#members[valueClass]!;
  }

  /** The class of a value that is there. */
  classOf(value: Value): number {
    if (typeof value === 'object') return this.#classOfList(value);
    if (typeof value === 'string') {
      const automaton = this.#automaton === undefined ? this.#makeAutomaton() : this.#automaton;
      const known = automaton === null ? -1 : this.#classOfState(automaton, automaton.runText(value));
      if (known >= 0) return known;
    }
    return this.#classOfScalar(value);
  }

  /** The class of the text in bytes [start, end), which a NUL ends earlier; -1: only {@link classOf} can tell. */
  classOfBytes(view: DataView, start: number, end: number): number {
    const automaton = this.#automaton === undefined ? this.#makeAutomaton() : this.#automaton;
    return automaton === null ? -1 : this.#classOfState(automaton, automaton.runBytes(view, start, end));
  }

  #makeAutomaton(): TextAutomaton | null {
    return (this.#automaton = automatonOf(this.#atoms) ?? null);
  }

  #classOfState(automaton: TextAutomaton, state: number): number {
    if (state < 0) return -1;
    const known = automaton.finals[state]!;
    if (known !== unknownFinal) return known;
    const isDecided = automaton.collect(state, this.#find);
    const result = this.#intern();
    return (automaton.finals[state] = isDecided ? result : undecided);
  }

  #classOfScalar(value: Scalar): number {
    if (this.#resting > 0) {
      this.#resting--;
      return this.#judge(value);
    }
    const known = this.#memo.get(value);
    if (known !== undefined) {
      this.#hits++;
      return known;
    }
    const result = this.#judge(value);
    if (typeof value !== 'string' || value.length <= maxOneText) this.#remember(value, result);
    return result;
  }

  #judge(value: Scalar): number {
    this.#index ??= new ValueIndex(this.#atoms);
    this.#index.judge(value, this.#find);
    return this.#intern();
  }

  #remember(value: Scalar, valueClass: number): void {
    if (typeof value === 'string') this.#memoText += value.length;
    if (this.#memo.size >= maxMemo || this.#memoText > maxMemoText) {
      // Names of new files hardly come twice: looking them up and keeping them costs more than judging them.
      if (this.#hits < this.#memo.size / 2) this.#resting = restFor;
      this.#hits = 0;
      this.#memo.clear();
      this.#memoText = 0;
      this.flushes++;
    }
    this.#memo.set(value, valueClass);
  }

  #classOfList(items: readonly Scalar[]): number {
    this.#index ??= new ValueIndex(this.#atoms);
    this.#index.judgeList(items, this.#find);
    return this.#intern();
  }

  /** The class of several values at once, in which each atom holds that holds for one of them; 0 for none. */
  classOfEach(items: readonly Scalar[]): number {
    if (items.length === 0) return 0;
    let result = this.classOf(items[0]!);
    for (let i = 1; i < items.length; i++) {
      const next = this.classOf(items[i]!);
      if (next !== result) result = this.#union(result, next);
    }
    return result;
  }

  #union(a: number, b: number): number {
    const key = a * maxUnionClass + b;
    let union = b < maxUnionClass ? this.#unions.get(key) : undefined;
    if (union === undefined) {
      union = this.#makeUnion(a, b);
      if (this.#unions.size >= maxUnions) this.#unions.clear();
      if (b < maxUnionClass) this.#unions.set(key, union);
    }
    return union;
  }

  #makeUnion(a: number, b: number): number {
    const members = new Set([...this.#members[a]!, ...this.#members[b]!]);
    return this.#internMembers([...members].sort((x, y) => x - y));
  }

  readonly #find = (id: number): void => {
    if (this.#marks[id] === 1) return;
    this.#marks[id] = 1;
    this.#found.push(id);
  };

  #intern(): number {
    const found = this.#found;
    for (let i = 0; i < found.length; i++) this.#marks[found[i]!] = 0;
    this.#found = [];
    found.sort((a, b) => a - b);
    for (let i = 0; i < found.length; i++) found[i] = this.#atoms[found[i]!]!.id;
    return this.#internMembers(found);
  }

  #internMembers(members: readonly number[]): number {
    const key = members.join(' ');
    let id = this.#classes.get(key);
    if (id === undefined) {
      id = this.#members.length;
      this.#classes.set(key, id);
      this.#members.push(members);
    }
    return id;
  }
}
