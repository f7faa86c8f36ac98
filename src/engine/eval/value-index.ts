import type { Scalar, Value } from '../../model/field.ts';
import type { NetLiteral } from '../bound.ts';
import type { Atom, SetOperator } from './atoms.ts';
import { ByteTrie } from './byte-trie.ts';
import { Glob, lowerAscii, requiredText } from './glob.ts';
import { PathPrefixes } from './path-match.ts';
import { regexTest, requiredByRegex } from './regex.ts';
import { Substrings } from './substrings.ts';
import { isInNet, numberKey } from './values.ts';

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

/** All atoms on one operand, judged together for one value after the other. */
export class ValueIndex {
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

  /** Ids are the places of the atoms. */
  constructor(atoms: readonly Atom[]) {
    for (let id = 0; id < atoms.length; id++) this.#add(atoms[id]!, id);
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

  /** Calls `found` for the atoms that hold for a list; an id may come more than once. */
  judgeList(items: readonly Scalar[], found: (id: number) => void): void {
    for (const id of this.#always) found(id);
    for (const { holds, id } of this.#tests) if (holds(items)) found(id);
  }

  /** The same for a value that is no list. */
  judge(value: Scalar, found: (id: number) => void): void {
    for (const id of this.#always) found(id);
    const equal = this.#equal.get(numberKey(value));
    if (equal !== undefined) for (const id of equal) found(id);
    for (const { net, id } of this.#nets) if (isInNet(value, net)) found(id);
    for (const { holds, id } of this.#tests) if (holds(value)) found(id);
    if (typeof value === 'string') this.#judgeText(value, found);
  }

  #judgeText(value: string, found: (id: number) => void): void {
    if (this.#starts.size > 0) this.#starts.find(value, found);
    if (this.#ends.size > 0) this.#ends.find(value, found);
    if (this.#parts.size > 0) this.#parts.find(value, found);
    if (this.#paths.size > 0) this.#paths.find(value, found);
    if (this.#patterns.size > 0) this.#patterns.find(value, found);
    if (this.#partsFolded.size + this.#patternsFolded.size === 0) return;
    const folded = lowerAscii(value);
    this.#partsFolded.find(folded, found);
    this.#patternsFolded.find(folded, found);
  }
}
