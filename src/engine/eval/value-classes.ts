import type { Scalar, Value } from '../../model/field.ts';
import type { NetLiteral } from '../bound.ts';
import type { Atom, SetOperator } from './atoms.ts';
import { ByteTrie } from './byte-trie.ts';
import { Glob, lowerAscii, requiredText } from './glob.ts';
import { PathPrefixes } from './path-match.ts';
import { regexTest, requiredByRegex } from './regex.ts';
import { Substrings } from './substrings.ts';
import { isInNet, numberKey } from './values.ts';

const maxMemo = 4096;
/** Bytes of text in a memo, and of one text in it. */
const maxMemoText = 1 << 19;
const maxOneText = 1 << 14;
/** For so many values the memo rests after a filling that found too few of them again. */
const restFor = 65536;

interface Pattern {
  readonly matches: (text: string) => boolean;
  readonly id: number;
}

/** All patterns, by a text that each needs; those that need none are tried on every value. */
class Patterns {
  readonly #needing: Pattern[] = [];
  readonly #free: Pattern[] = [];
  readonly #texts = new Substrings();

  get size(): number {
    return this.#needing.length + this.#free.length;
  }

  add(pattern: Pattern, needs: string): void {
    if (needs === '') {
      this.#free.push(pattern);
      return;
    }
    this.#texts.add(needs, this.#needing.length);
    this.#needing.push(pattern);
  }

  find(value: string, found: (id: number) => void): void {
    for (const pattern of this.#free) if (pattern.matches(value)) found(pattern.id);
    this.#texts.find(value, (place) => {
      const pattern = this.#needing[place]!;
      if (pattern.matches(value)) found(pattern.id);
    });
  }
}

/**
 * The values of one operand in classes: two values are of one class when the same atoms hold for both. Class 0 is that
 * of no value. The class of a value seen before is one look-up; else all atoms are judged together by an index.
 */
export class ValueClasses {
  readonly #atoms: readonly Atom[];
  readonly #always: number[] = [];
  readonly #equal = new Map<Scalar, number[]>();
  readonly #nets: { readonly net: NetLiteral; readonly id: number }[] = [];
  readonly #starts = new ByteTrie(false);
  readonly #ends = new ByteTrie(true);
  readonly #parts = new Substrings();
  readonly #partsFolded = new Substrings();
  readonly #patterns = new Patterns();
  readonly #patternsFolded = new Patterns();
  readonly #paths = new PathPrefixes();
  readonly #tests: { readonly holds: (value: Value) => boolean; readonly id: number }[] = [];

  readonly #memo = new Map<Scalar, number>();
  readonly #classes = new Map<string, number>();
  readonly #members: (readonly number[])[] = [];
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
    for (let id = 0; id < atoms.length; id++) this.#add(atoms[id]!, id);
    this.clear();
  }

  #add(atom: Atom, id: number): void {
    const test = atom.test;
    switch (test.kind) {
      case 'exists':
        this.#always.push(id);
        break;
      case 'pair':
        this.#addEqual(true, id);
        break;
      case 'value':
        this.#tests.push({ holds: test.holds, id });
        break;
      case 'set':
        for (const literal of test.literals) {
          if (typeof literal === 'object') this.#nets.push({ net: literal, id });
          else if (test.op === 'in') this.#addEqual(numberKey(literal), id);
          else this.#addText(test.op, String(literal), id);
        }
    }
  }

  #addEqual(value: Scalar, id: number): void {
    const ids = this.#equal.get(value);
    if (ids === undefined) this.#equal.set(value, [id]);
    else ids.push(id);
  }

  #addText(op: Exclude<SetOperator, 'in'>, text: string, id: number): void {
    switch (op) {
      case 'startswith':
        return this.#starts.add(text, id);
      case 'endswith':
        return this.#ends.add(text, id);
      case 'contains':
        return this.#parts.add(text, id);
      case 'icontains':
        return this.#partsFolded.add(lowerAscii(text), id);
      case 'pmatch':
        return this.#paths.add(text, id);
      case 'regex':
        return this.#patterns.add({ matches: regexTest(text), id }, requiredByRegex(text));
      case 'glob':
      case 'iglob': {
        const glob = new Glob(text, op === 'iglob');
        const pattern = { matches: (value: string) => glob.matches(value), id };
        if (op === 'glob') this.#patterns.add(pattern, requiredText(text));
        else this.#patternsFolded.add(pattern, lowerAscii(requiredText(text)));
      }
    }
  }

  /** Forgets all classes; numbers given before are void. */
  clear(): void {
    this.#memo.clear();
    this.#memoText = 0;
    this.#classes.clear();
    this.#members.length = 0;
    this.#members.push([]);
    this.#classes.set('', 0);
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
    if (this.#resting > 0) {
      this.#resting--;
      this.#judge(value);
      return this.#intern();
    }
    const known = this.#memo.get(value);
    if (known !== undefined) {
      this.#hits++;
      return known;
    }
    this.#judge(value);
    const result = this.#intern();
    if (typeof value !== 'string' || value.length <= maxOneText) this.#remember(value, result);
    return result;
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
    for (const id of this.#always) this.#find(id);
    for (const { holds, id } of this.#tests) if (holds(items)) this.#find(id);
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
    const members = new Set([...this.#members[a]!, ...this.#members[b]!]);
    return this.#internMembers([...members].sort((x, y) => x - y));
  }

  readonly #find = (id: number): void => {
    if (this.#marks[id] === 1) return;
    this.#marks[id] = 1;
    this.#found.push(id);
  };

  #judge(value: Scalar): void {
    const find = this.#find;
    for (const id of this.#always) find(id);
    const equal = this.#equal.get(numberKey(value));
    if (equal !== undefined) for (const id of equal) find(id);
    for (const { net, id } of this.#nets) if (isInNet(value, net)) find(id);
    for (const { holds, id } of this.#tests) if (this.#marks[id] === 0 && holds(value)) find(id);
    if (typeof value === 'string') this.#judgeText(value);
  }

  #judgeText(value: string): void {
    const find = this.#find;
    if (this.#starts.size > 0) this.#starts.find(value, find);
    if (this.#ends.size > 0) this.#ends.find(value, find);
    if (this.#parts.size > 0) this.#parts.find(value, find);
    if (this.#paths.size > 0) this.#paths.find(value, find);
    if (this.#patterns.size > 0) this.#patterns.find(value, find);
    if (this.#partsFolded.size + this.#patternsFolded.size === 0) return;
    const folded = lowerAscii(value);
    this.#partsFolded.find(folded, find);
    this.#patternsFolded.find(folded, find);
  }

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
