import type { Scalar, Scope, Value } from '../../model/field.ts';
import type { BoundCheck, BoundExpr, BoundOperand, Literal } from '../bound.ts';
import { type Node, Nodes } from './nodes.ts';
import { isEach } from './reference.ts';
import { holdsValue, numberKey, type PatternCache } from './values.ts';

/** Operators of atoms that hold when any one of their literals does; the index of a dimension knows them all. */
export type SetOperator =
  | 'in'
  | 'contains'
  | 'icontains'
  | 'startswith'
  | 'endswith'
  | 'glob'
  | 'iglob'
  | 'regex'
  | 'pmatch';

/** How an atom judges the value of its left operand; a missing value fulfils none. */
type AtomTest =
  | { readonly kind: 'exists' }
  | { readonly kind: 'set'; readonly op: SetOperator; readonly literals: readonly Literal[] }
  /** Everything else on one value: orders, the modifiers oneof and allof, lists. */
  | { readonly kind: 'value'; readonly holds: (value: Value) => boolean }
  /** The left operand against another one. */
  | { readonly kind: 'pair'; readonly right: BoundOperand; readonly holds: (left: Value, right: Value) => boolean };

/** What an atom asks of its left operand; atoms with equal forms on equal operands are one. */
interface Form {
  /** What is done, in words. */
  readonly how: string;
  /** None where it has another right side, which is in the words. */
  readonly literals: readonly Literal[];
  readonly test: AtomTest;
}

/** A check as all rules share it: written in one of a few normal forms, once for all that mean the same. */
export interface Atom {
  readonly id: number;
  readonly check: BoundCheck;
  readonly left: BoundOperand;
  readonly test: AtomTest;
  /** Looks at each of several values of the field, see FieldOptions.compareEach. */
  readonly each: boolean;
  readonly scope: Scope;
  /** What judging it costs, roughly, in comparisons of numbers. */
  readonly cost: number;
}

const setOperators: Readonly<Record<string, SetOperator>> = {
  '=': 'in',
  in: 'in',
  intersects: 'in',
  contains: 'contains',
  bcontains: 'contains',
  icontains: 'icontains',
  startswith: 'startswith',
  bstartswith: 'startswith',
  endswith: 'endswith',
  glob: 'glob',
  iglob: 'iglob',
  regex: 'regex',
  pmatch: 'pmatch',
};

const patternCost: Readonly<Partial<Record<SetOperator, number>>> = { glob: 10, iglob: 10, regex: 100, pmatch: 20 };

/** Different for different literals. */
function literalKey(literal: Literal): Scalar {
  if (typeof literal === 'string') return literal;
  if (typeof literal === 'object') return `net ${literal.address}/${literal.bits}`;
  return numberKey(literal);
}

/** Each once, in an order that depends on nothing but what they are. */
function distinct(literals: readonly Literal[]): readonly Literal[] {
  if (literals.length < 2) return literals;
  if (areTexts(literals)) return isAscending(literals) ? literals : [...new Set(literals)].sort();
  const byKey = new Map(literals.map((literal) => [literalKey(literal), literal]));
  return [...byKey.keys()].sort(byText).map((key) => byKey.get(key)!);
}

function byText(a: Scalar, b: Scalar): number {
  return String(a) < String(b) ? -1 : 1;
}

function isAscending(texts: readonly string[]): boolean {
  for (let i = 1; i < texts.length; i++) if (texts[i - 1]! >= texts[i]!) return false;
  return true;
}

function areEqual(a: readonly Literal[], b: readonly Literal[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && (typeof a[i] !== typeof b[i] || literalKey(a[i]!) !== literalKey(b[i]!))) return false;
  }
  return true;
}

function addText(hash: number, text: string): number {
  let result = hash;
  for (let i = 0; i < text.length; i++) result = Math.imul(result ^ text.charCodeAt(i), 0x01000193);
  return result ^ (result >>> 15);
}

function areTexts(literals: readonly Literal[]): literals is readonly string[] {
  return literals.every((literal) => typeof literal === 'string');
}

function valueCost(operand: BoundOperand): number {
  const reading = operand.field === undefined ? 20 : operand.list ? 30 : 0;
  return reading + (operand.type === 'CHARBUF' || operand.type === 'BYTEBUF' || operand.type === 'DYN' ? 10 : 1);
}

function scopeOf(check: BoundCheck): Scope {
  const left = check.left.getter.scope;
  if (check.right.kind !== 'operand') return left;
  return check.right.operand.getter.scope === left ? left : 'event';
}

interface Known extends Pick<Form, 'how' | 'literals'> {
  readonly atom: Atom;
  /** Another one with the same hash. */
  readonly next: Known | undefined;
}

const isThere: Form = { how: 'exists', literals: [], test: { kind: 'exists' } };

/** All checks of all rules, each once, and the conditions as boolean expressions over them with `not` at the leaves. */
export class Atoms {
  readonly list: Atom[] = [];
  readonly nodes = new Nodes((atom) => this.list[atom]!.cost);
  /** By hash: texts of all that is in a check would take more than the checks. */
  readonly #byHash = new Map<number, Known>();
  /** Of chains, negated and not: macros put the same ones into many conditions. */
  readonly #chains = [new Map<BoundExpr, Node>(), new Map<BoundExpr, Node>()] as const;
  readonly #patterns: PatternCache = new Map();

  /** A condition, or its negation. Depth: that of the condition, which the parser limits. */
  node(expr: BoundExpr, negated = false): Node {
    switch (expr.kind) {
      case 'not':
        return this.node(expr.item, !negated);
      case 'check':
        return this.#check(expr, negated);
      case 'and':
      case 'or': {
        const chains = this.#chains[negated ? 1 : 0];
        const known = chains.get(expr);
        if (known !== undefined) return known;
        const items = expr.items.map((item) => this.node(item, negated));
        const node = (expr.kind === 'and') === negated ? this.nodes.or(items) : this.nodes.and(items);
        chains.set(expr, node);
        return node;
      }
    }
  }

  /** All conditions are there: what only finds equal parts is forgotten. */
  seal(): void {
    this.#byHash.clear();
    this.nodes.seal();
    for (const chains of this.#chains) chains.clear();
  }

  #check(check: BoundCheck, negated: boolean): Node {
    const positive = this.#positive(check);
    return negated ? this.nodes.negate(positive) : positive;
  }

  #positive(check: BoundCheck): Node {
    const nodes = this.nodes;
    const each = isEach(check);
    const right = check.right;
    if (check.op === 'exists') return nodes.literal(this.#atom(check, each, isThere), false);
    if (right.kind === 'operand') return nodes.literal(this.#pair(check, each, right.operand), false);
    const literals = right.kind === 'none' ? [] : right.literals;
    const differsFromAll = check.modifier === undefined || check.modifier === 'allof';
    const needsAll = each && check.left.field!.spec.negation === 'all';
    if (check.op === '!=' && !check.left.list && literals.length > 0 && (needsAll || (!each && differsFromAll))) {
      // There is a value, and none that is wrong.
      const exists = this.#atom(check, each, isThere);
      const wrong = differsFromAll ? this.#set(check, each, 'in', literals) : this.#value(check, each, literals, true);
      return nodes.and([nodes.literal(exists, false), nodes.literal(wrong, true)]);
    }
    const set = setOperators[check.op];
    const isAny = check.modifier === undefined || check.modifier === 'anyof';
    if (set !== undefined && isAny && !check.left.list) {
      return literals.length === 0 ? nodes.never : nodes.literal(this.#set(check, each, set, literals), false);
    }
    return nodes.literal(this.#value(check, each, literals, false), false);
  }

  #set(check: BoundCheck, each: boolean, op: SetOperator, all: readonly Literal[]): Atom {
    const literals = distinct(all);
    return this.#atom(check, each, { how: op, literals, test: { kind: 'set', op, literals } });
  }

  #value(check: BoundCheck, each: boolean, literals: readonly Literal[], negated: boolean): Atom {
    const { op, modifier } = check;
    const patterns = this.#patterns;
    const holds = (value: Value): boolean => holdsValue(op, modifier, value, literals, patterns) !== negated;
    const how = `${negated ? 'not value' : 'value'} ${op} ${modifier ?? ''}`;
    return this.#atom(check, each, { how, literals, test: { kind: 'value', holds } });
  }

  #pair(check: BoundCheck, each: boolean, right: BoundOperand): Atom {
    const { op, modifier } = check;
    const patterns = this.#patterns;
    const holds = (left: Value, value: Value): boolean =>
      holdsValue(op, modifier, left, typeof value === 'object' ? value : [value], patterns);
    const how = `${op} ${modifier ?? ''} val(${right.text})`;
    return this.#atom(check, each, { how, literals: [], test: { kind: 'pair', right, holds } });
  }

  #atom(check: BoundCheck, each: boolean, { how, literals, test }: Form): Atom {
    const { left } = check;
    let hash = addText(addText(each ? 1 : 0, left.text), how);
    for (const literal of literals) hash = addText(hash, String(literalKey(literal)));
    const next = this.#byHash.get(hash);
    for (let known = next; known !== undefined; known = known.next) {
      const { atom } = known;
      const isAlike = known.how === how && atom.each === each && atom.left.text === left.text;
      if (isAlike && areEqual(known.literals, literals)) return atom;
    }
    const pairCost = test.kind === 'pair' ? valueCost(test.right) : 0;
    const cost = valueCost(left) + pairCost + (test.kind === 'set' ? (patternCost[test.op] ?? 0) : 0);
    const atom = { id: this.list.length, check, left, test, each, scope: scopeOf(check), cost };
    this.list.push(atom);
    this.#byHash.set(hash, { atom, how, literals, next });
    return atom;
  }
}
