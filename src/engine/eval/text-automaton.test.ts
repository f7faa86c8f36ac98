import { expect, test } from 'vitest';
import { operand, Random, randomText } from '../../../test/kit/random-rules.ts';
import type { Atom, SetOperator } from './atoms.ts';
import { ValueClasses } from './value-classes.ts';
import { holdsValue, type PatternCache } from './values.ts';

const operators: readonly SetOperator[] = ['in', 'startswith', 'endswith', 'contains', 'icontains', 'pmatch', 'glob'];

function atom(id: number, op: SetOperator, literals: readonly string[]): Atom {
  const left = operand('e.arg');
  const right = { kind: 'literals' as const, literals };
  const check = { kind: 'check' as const, left, op, modifier: undefined, right };
  return { id, check, left, test: { kind: 'set', op, literals }, each: false, scope: 'event', cost: 1 };
}

/** Atoms that an automaton takes: no shell patterns in paths, no glob without a plain part. */
function randomAtoms(random: Random, count: number): Atom[] {
  return Array.from({ length: count }, (_, id) => {
    const op = random.pick(operators);
    const literals = Array.from({ length: 1 + random.below(3) }, () => randomText(random).replaceAll(/[*[\]]/g, ''));
    return atom(id, op, op === 'glob' ? literals.map((text) => `*x${text}*`) : literals);
  });
}

function expected(atoms: readonly Atom[], text: string, cache: PatternCache): number[] {
  const holding = atoms.filter(({ test: own }) => {
    return own.kind === 'set' && holdsValue(own.op, undefined, text, own.literals, cache);
  });
  return holding.map(({ id }) => id);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('texts and bytes have the atoms that hold, seed %d', (seed) => {
  const random = new Random(seed * 7907);
  const atoms = randomAtoms(random, 3 + random.below(40));
  const values = new ValueClasses(atoms);
  const cache: PatternCache = new Map();
  let decided = 0;
  for (let i = 0; i < 2000; i++) {
    const text = randomText(random) + (random.chance(30) ? randomText(random) : '');
    const holding = expected(atoms, text, cache);
    expect(values.members(values.classOf(text)), text).toEqual(holding);
    const bytes = Buffer.from(`..${text}\0after`, 'latin1');
    const end = random.chance(50) ? text.length + 2 : bytes.length;
    const byBytes = values.classOfBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 2, end);
    if (byBytes < 0) continue;
    decided++;
    expect(values.members(byBytes), text).toEqual(holding);
    if (i === 1000) values.clear();
  }
  expect(decided).toBeGreaterThan(500);
});

test('many states: it starts again, answers stay right', () => {
  const words = Array.from({ length: 16 }, (_, i) => `<${String.fromCharCode(97 + i)}>`);
  const atoms = words.map((word, id) => atom(id, 'contains', [word]));
  const values = new ValueClasses(atoms);
  const random = new Random(99);
  let undecided = 0;
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 8 }, () => random.pick(words)).join('');
    const bytes = Buffer.from(text);
    if (values.classOfBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length) < 0)
      undecided++;
    if (i % 100 === 0) expect(values.members(values.classOf(text))).toEqual(expected(atoms, text, new Map()));
  }
  expect(undecided).toBeGreaterThan(1000);
});

test('what it does not take is judged otherwise', () => {
  const atoms = [atom(0, 'glob', ['*']), atom(1, 'contains', ['a'])];
  const values = new ValueClasses(atoms);
  expect(values.classOfBytes(new DataView(new ArrayBuffer(4)), 0, 4)).toBe(-1);
  expect(values.members(values.classOf('cat'))).toEqual([0, 1]);
  const wide = new ValueClasses([atom(0, 'in', ['\u0161'])]);
  expect(wide.members(wide.classOf('a'))).toEqual([]);
  expect(wide.members(wide.classOf('\u0161'))).toEqual([0]);
});
