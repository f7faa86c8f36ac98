import type { EventInfo } from '../../model/event-table.ts';
import type { BoundField, Value } from '../../model/field.ts';
import { type BoundOperand, isPossible, type Literal } from '../bound.ts';
import type { Atom, Atoms } from './atoms.ts';
import type { Node, Nodes } from './nodes.ts';
import { holdsValue, type PatternCache } from './values.ts';

/** Whether an atom on one value holds for a value that is there. */
export function atomHolds(atom: Atom, value: Value, patterns: PatternCache): boolean {
  const test = atom.test;
  switch (test.kind) {
    case 'exists':
      return true;
    case 'set':
      return holdsValue(test.op, undefined, value, test.literals, patterns);
    case 'value':
      return test.holds(value);
    case 'pair':
      return false;
  }
}

function operands(atom: Atom): readonly BoundOperand[] {
  return atom.test.kind === 'pair' ? [atom.left, atom.test.right] : [atom.left];
}

function isBelow(literal: Literal, least: number): boolean {
  return (typeof literal === 'number' || typeof literal === 'bigint') && literal < least;
}

/** What a field that never has a value below `least` (and always one) makes certain. */
function decideByLeast(atom: Atom, least: number): boolean | undefined {
  const { test, check } = atom;
  if (test.kind === 'exists') return true;
  if (test.kind === 'set') return test.literals.every((literal) => isBelow(literal, least)) ? false : undefined;
  if (test.kind === 'pair' || check.modifier !== undefined || check.right.kind !== 'literals') return undefined;
  const bound = check.right.literals[0];
  if (typeof bound !== 'number' && typeof bound !== 'bigint') return undefined;
  const { op } = check;
  if (op === '>=' ? bound <= least : op === '>' && bound < least) return true;
  return (op === '<' ? bound <= least : op === '<=' && bound < least) ? false : undefined;
}

/** What the type of an event makes certain about an atom; undefined: nothing. */
function decide(atom: Atom, info: EventInfo, patterns: PatternCache): boolean | undefined {
  for (const operand of operands(atom)) if (!isPossible(operand, info)) return false;
  const field: BoundField | undefined = atom.left.field;
  if (field === undefined || atom.each) return undefined;
  if (field.spec.ofType !== undefined && atom.test.kind !== 'pair') {
    const value = field.spec.ofType(info, field.arg);
    if (value !== undefined) return value !== null && atomHolds(atom, value, patterns);
  }
  return field.spec.least === undefined ? undefined : decideByLeast(atom, field.spec.least);
}

/** Conditions for one event type: what the type decides is filled in. */
export class Folder {
  readonly #atoms: Atoms;
  readonly #nodes: Nodes;
  readonly #info: EventInfo;
  readonly #folded = new Map<Node, Node>();
  readonly #patterns: PatternCache = new Map();

  constructor(atoms: Atoms, info: EventInfo) {
    this.#atoms = atoms;
    this.#nodes = atoms.nodes;
    this.#info = info;
  }

  fold(node: Node): Node {
    let result = this.#folded.get(node);
    if (result === undefined) {
      result = this.#fold(node);
      this.#folded.set(node, result);
    }
    return result;
  }

  #fold(node: Node): Node {
    switch (node.kind) {
      case 'always':
      case 'never':
        return node;
      case 'literal': {
        const value = decide(this.#atoms.list[node.atom]!, this.#info, this.#patterns);
        return value === undefined ? node : this.#nodes.constant(value !== node.negated);
      }
      case 'and':
        return this.#nodes.and(node.items.map((item) => this.fold(item)));
      case 'or':
        return this.#nodes.or(node.items.map((item) => this.fold(item)));
    }
  }
}
