import type { Scalar, Value } from '../../model/field.ts';
import type { Literal } from '../bound.ts';
import type { Atom, SetOperator } from './atoms.ts';
import { atomHolds } from './fold.ts';
import { lowerAscii } from './glob.ts';
import { PathPrefixes } from './path-match.ts';
import { holdsOne, numberKey, type PatternCache } from './values.ts';

type TextTest = (text: string) => boolean;

function isText(literal: Literal): literal is string {
  return typeof literal === 'string';
}

/** Equality with one of some literals, none of them a network. */
function amongTest(literals: readonly Scalar[]): (value: Value) => boolean {
  const keys = literals.map(numberKey);
  const [key] = keys;
  if (keys.length === 1) {
    if (typeof key === 'string' || typeof key === 'boolean') return (value) => value === key;
    return (value) => value === key || (typeof value !== 'object' && numberKey(value) === key);
  }
  const set: ReadonlySet<Scalar> = new Set(keys);
  return (value) => typeof value !== 'object' && set.has(numberKey(value));
}

function anyLiteral(literals: readonly string[], holds: (text: string, literal: string) => boolean): TextTest {
  const [first] = literals;
  if (first !== undefined && literals.length === 1) return (text) => holds(text, first);
  return (text) => {
    for (let i = 0; i < literals.length; i++) if (holds(text, literals[i]!)) return true;
    return false;
  };
}

function pathTest(literals: readonly string[]): TextTest {
  const prefixes = new PathPrefixes();
  for (const literal of literals) prefixes.add(literal, 0);
  let isFound = false;
  const found = (): void => {
    isFound = true;
  };
  return (text) => {
    isFound = false;
    prefixes.find(text, found);
    return isFound;
  };
}

function textTest(op: Exclude<SetOperator, 'in'>, literals: readonly string[], patterns: PatternCache): TextTest {
  switch (op) {
    case 'contains':
      return anyLiteral(literals, (text, literal) => text.includes(literal));
    case 'startswith':
      return anyLiteral(literals, (text, literal) => text.startsWith(literal));
    case 'endswith':
      return anyLiteral(literals, (text, literal) => text.endsWith(literal));
    case 'icontains': {
      const holds = anyLiteral(literals.map(lowerAscii), (text, literal) => text.includes(literal));
      return (text) => holds(lowerAscii(text));
    }
    case 'pmatch':
      return pathTest(literals);
    case 'glob':
    case 'iglob':
    case 'regex':
      return anyLiteral(literals, (text, literal) => holdsOne(op, text, literal, patterns));
  }
}

/** A compiled test of one atom (not of two operands) on a value that is there. */
export function valueTest(atom: Atom, patterns: PatternCache): (value: Value) => boolean {
  const { test, check } = atom;
  if (test.kind === 'exists') return () => true;
  if (test.kind === 'set') {
    const { op, literals } = test;
    if (op === 'in') {
      const scalars = literals.filter((literal) => typeof literal !== 'object');
      if (scalars.length === literals.length) return amongTest(scalars);
    } else {
      const holds = textTest(op, literals.filter(isText), patterns);
      return (value) => typeof value === 'string' && holds(value);
    }
  }
  const literals = check.right.kind === 'literals' ? check.right.literals : [];
  if (test.kind === 'value' && check.modifier === undefined && literals.length === 1 && !atom.left.list) {
    const literal = literals[0]!;
    const op = check.op;
    return (value) => typeof value !== 'object' && holdsOne(op, value, literal, patterns);
  }
  return (value) => atomHolds(atom, value, patterns);
}
