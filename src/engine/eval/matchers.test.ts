import { describe, expect, test } from 'vitest';
import { Random, randomText } from '../../../test/kit/random-rules.ts';
import { ByteTrie } from './byte-trie.ts';
import { Glob, lowerAscii, requiredText } from './glob.ts';
import { isPathPrefix, PathPrefixes } from './path-match.ts';
import { requiredByRegex } from './regex.ts';
import { Substrings } from './substrings.ts';
import { TupleTable } from './tuple-table.ts';

// What fnmatch(3) of the GNU C library says, without flags and with FNM_CASEFOLD (fold).
const globs: readonly [pattern: string, text: string, fold: boolean, matches: boolean][] = [
  ['', '', false, true],
  ['*', '', false, true],
  ['*', '/a/.b', false, true],
  ['a?c', 'a/c', false, true],
  ['a*b*c', 'aXbYbZc', false, true],
  ['a*b*c', 'aXbYbZ', false, false],
  ['[ab]', 'b', false, true],
  ['[!ab]', 'b', false, false],
  ['[^a]', 'b', false, true],
  ['[a-c]', 'b', false, true],
  ['[a-c]', 'B', true, true],
  ['[z-a]', 'b', false, false],
  ['[]x]', ']', false, true],
  ['[!]x]', ']', false, false],
  ['[a-]', '-', false, true],
  ['[\\]]', ']', false, true],
  ['[[:digit:]x]', '7', false, true],
  ['[[:alpha:]]', '7', false, false],
  // A class looks at the byte itself, even where case does not count.
  ['[[:upper:]]', 'B', true, true],
  ['[[:upper:]]', 'b', true, false],
  ['[[:nope:]]', ':', false, false],
  ['[[:constructor:]]', 'a', false, false],
  ['[[:__proto__:]]', 'a', false, false],
  ['[', '[', false, true],
  ['[[a', '[[a', false, true],
  // The class ends, the bracket around it does not: what is left is a bracket of its own.
  ['[[:nope:]a]', 'a', false, false],
  ['[a[:nope:]]', 'a', false, true],
  ['[![:nope:]]', 'a', false, false],
  ['[[:nope:]', '[[:nope:]', false, false],
  ['[[[:nope:]', '[[[:nope:]', false, false],
  ['*[[:nope:]', 'x[[:nope:]', false, false],
  ['[[:nope', '[[:nope', false, true],
  ['[[:NOPE:]]', 'N]', false, true],
  ['[[:nop]', 'p', false, true],
  ['[[=a=]b]', 'a', false, true],
  ['[[.a.]b]', 'a', false, true],
  ['[[.ab.]]', 'a', false, false],
  ['[a-', '[a-', false, false],
  ['[[:alpha:]', '[a', false, true],
  ['[[:alpha:][[:digit:]', '[a[:', false, true],
  ['[a', '[a', false, true],
  ['\\*', '*', false, true],
  ['\\*', 'a', false, false],
  ['a\\', 'a', false, false],
  ['A', 'a', true, true],
  ['\xe9*', '\xe9x', false, true],
];

test.each(globs)('glob %j on %j, fold %s: %s', (pattern, text, fold, matches) => {
  expect(new Glob(pattern, fold).matches(text)).toBe(matches);
  if (matches && !fold) expect(text).toContain(requiredText(pattern));
});

test('a pattern with many stars takes no longer than length times length', () => {
  const text = 'a'.repeat(20_000);
  expect(new Glob(`${'a*'.repeat(40)}b`, false).matches(text)).toBe(false);
});

// With work that grows with the square of the length, each takes minutes.
test.each(['[', '[[:', '[[:alpha:]', '[a-', '[\\]', '[!'])(
  '%j again and again takes no longer than its length',
  (part) => {
    const pattern = part.repeat(50_000);
    expect(new Glob(pattern, false).matches('')).toBe(false);
    expect(requiredText(pattern).length).toBeGreaterThanOrEqual(0);
  },
);

test.each([
  ['/etc/.*passwd', 'passwd'],
  ['ab\\x41cdef', 'ab'],
  ['\\.conf', 'conf'],
  ['ab?cde', 'cde'],
  ['abcd*ef', 'abc'],
  ['abc{2,3}xyz', 'xyz'],
  ['a|b', ''],
  ['(abc)', ''],
  ['\\101abc', ''],
  ['ab+', 'ab'],
  ['.*', ''],
])('regex %s needs %j', (pattern, needs) => {
  expect(requiredByRegex(pattern)).toBe(needs);
});

test('only ASCII letters are folded', () => {
  expect(lowerAscii('AbC\xc9Z[')).toBe('abc\xc9z[');
});

describe('indexes find what a search one by one finds', () => {
  const random = new Random(99);
  const needles = Array.from({ length: 80 }, () => {
    const text = randomText(random);
    return text.slice(random.below(3), 2 + random.below(12));
  });
  const values = Array.from({ length: 300 }, () => randomText(random) + randomText(random));

  function check(find: (value: string, found: (id: number) => void) => void, holds: (v: string, n: string) => boolean) {
    for (const value of values) {
      const found = new Set<number>();
      find(value, (id) => found.add(id));
      const expected = needles.flatMap((needle, id) => (holds(value, needle) ? [id] : []));
      expect([...found].filter((id) => id < needles.length).sort((a, b) => a - b)).toEqual(expected);
    }
  }

  test('beginnings and ends', () => {
    const starts = new ByteTrie(false);
    const ends = new ByteTrie(true);
    needles.forEach((needle, id) => {
      starts.add(needle, id);
      ends.add(needle, id);
    });
    check(
      (value, found) => starts.find(value, found),
      (value, needle) => value.startsWith(needle),
    );
    check(
      (value, found) => ends.find(value, found),
      (value, needle) => value.endsWith(needle),
    );
  });

  test('substrings', () => {
    const parts = new Substrings();
    needles.forEach((needle, id) => parts.add(needle, id));
    check(
      (value, found) => parts.find(value, found),
      (value, needle) => value.includes(needle),
    );
  });

  test('path prefixes', () => {
    const prefixes = new PathPrefixes();
    needles.forEach((needle, id) => prefixes.add(needle, id));
    prefixes.add('/a*/q', needles.length);
    prefixes.add('/?/b', needles.length + 1);
    const both: number[] = [];
    prefixes.find('/a/b', (id) => both.push(id));
    expect(both.filter((id) => id >= needles.length)).toEqual([needles.length + 1]);
    check(
      (value, found) => prefixes.find(value, found),
      (value, needle) => isPathPrefix(needle, value),
    );
  });
});

test('tuples keep their numbers while the table grows', () => {
  const table = new TupleTable(3);
  const tuple = new Int32Array(3);
  const numbers: number[] = [];
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      tuple.set([i % 7, i, -i]);
      const number = table.intern(tuple);
      if (round === 0) numbers.push(number);
      else expect(number).toBe(numbers[i]);
    }
  }
  expect(table.size).toBe(5000);
  expect(table.at(numbers[4321]!, 1)).toBe(4321);
  const none = new TupleTable(0);
  expect(none.intern(tuple)).toBe(none.intern(tuple));
});
