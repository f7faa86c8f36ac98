import { expect, test } from 'vitest';
import { compilePosixRegex, RegexError } from './regex.ts';

test.each([
  // A repetition of a repetition, not a reluctant or possessive one.
  ['a+?', ['', 'a', 'aaa'], ['b']],
  ['a**', ['', 'aa'], ['b']],
  ['a{2}{3}', ['aaaaaa'], ['aa', 'aaaaa']],
  ['x(ab)++y', ['xaby', 'xababy'], ['xy']],
  ['[*?]+*', ['', '*?'], ['a']],
  ['[]*]+?', ['', ']*'], ['a']],
  ['\\.+?', ['', '..'], ['a']],
  ['\\x{41}+*b', ['b', 'AAb'], ['Bb']],
  ['\xc3\xa4+?', ['', '\u00e4\u00e4'], ['a']],
  ['b\xe2\x82\xac+?c', ['bc', 'b\u20ac\u20acc'], ['c', 'b']],
  ['(a|b)+?c', ['c', 'abc'], ['d']],
  ['^a$', ['a'], ['b']],
  ['[[:alpha:]]+', ['ab'], ['1']],
] as const)('%s', (pattern, matching, others) => {
  const regex = compilePosixRegex(pattern);
  for (const text of matching) expect(regex.testExact(text), text).toBe(true);
  for (const text of others) expect(regex.testExact(text), text).toBe(false);
});

test.each([
  ['\\d', 'invalid escape sequence: \\d'],
  ['a\\bc', 'invalid escape sequence: \\b'],
  ['[a\\w]', 'invalid escape sequence: \\w'],
  ['\\pL', 'invalid escape sequence: \\p'],
  ['(?i)a', 'no argument for repetition operator: ?'],
  ['(?:a)', 'no argument for repetition operator: ?'],
  ['*a', 'no argument for repetition operator: *'],
  ['a|*', 'no argument for repetition operator: *'],
  ['(a', 'missing ): (a'],
] as const)('%s is refused', (pattern, reason) => {
  expect(() => compilePosixRegex(pattern)).toThrow(new RegexError(`invalid regex pattern: ${reason}`));
});

// With work that grows with the square of the length, each of these would take minutes.
test.each([
  ['brackets', '['.repeat(400_000)],
  ['repetitions', `a${'*'.repeat(400_000)}`],
])('a long pattern of nothing but %s is refused at once', (_, pattern) => {
  expect(() => compilePosixRegex(pattern)).toThrow(RegexError);
});

test('bytes that belong to no character are no special work', () => {
  expect(compilePosixRegex('\x80'.repeat(100_000)).testExact('a')).toBe(false);
});
