import { describe, expect, test } from 'vitest';
import { parseTree, plainValue } from './tree.ts';

function many(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join('');
}

// With work that grows with the square of the size, each of these takes minutes.
describe('files made to exhaust the reader', () => {
  test.each([
    ['keys', many(40_000, (i) => `k${i}: 1\n`), false],
    ['aliases', `a: &x 1\nb: [${many(40_000, () => '*x, ')}]`, false],
    ['anchors', `[${many(20_000, (i) => `&a${i} 1, *a${i}, `)}]`, false],
    ['maps in maps', many(20_000, () => 'a: '), true],
    ['lists in lists', many(20_000, () => '- '), true],
    ['mistakes in one line', many(100_000, () => '[a'), true],
  ])('%s', (_, text, isWrong) => {
    expect(parseTree(text, 'f').problems.length > 0).toBe(isWrong);
  });
});

test('an alias stands for the last node before it that has the anchor', () => {
  const { root, problems } = parseTree('a: &x {b: &y 1}\nc: &y 2\nd: *x\ne: *y\nf: *z\n', 'f');
  expect(plainValue(root!)).toEqual({ a: { b: '1' }, c: '2', d: { b: '1' }, e: '2', f: null });
  expect(problems.map(({ message }) => message)).toEqual(['unknown alias *z']);
});
