import { expect, test } from 'vitest';
import { makeNotice } from '../../test/kit/notice.ts';
import { clean, cut, cutBytes, escapeWithin, limitRows, rowsOf, valueText } from './fields.ts';

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['a🦅b', 3, 'a…'],
  ['ab', 0, '…'],
])('cut %s to %i: %s', (text, most, expected) => {
  expect(cut(text, most)).toBe(expected);
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, '…'],
  ['abcdef', 5, 'ab…'],
  ['äöüä', 6, 'ä…'],
  ['🦅🦅', 7, '🦅…'],
  ['🦅🦅', 6, '…'],
])('cut %s to %i bytes: %s', (text, most, expected) => {
  expect(cutBytes(text, most)).toBe(expected);
});

test.each([
  ['a\r\nb\tc', 'a\nb\tc'],
  ['\x1b[31m\x07\x00\x9b', '\\x1b[31m\\x07\\x00\\x9b'],
  ['\u202etxt\u2028', '\\u202etxt\\u2028'],
  ['\ud800', '\ufffd'],
  ['🦅 ü', '🦅 ü'],
])('clean %j', (text, expected) => {
  expect(clean(text)).toBe(expected);
});

test.each([
  [null, ''],
  [true, 'true'],
  [2n ** 64n, '18446744073709551616'],
  [['a', 1n, ['b']], 'a, 1, b'],
])('value %s', (value, expected) => {
  expect(valueText(value)).toBe(expected);
});

test('rows are of all that has a value', () => {
  const rows = rowsOf(makeNotice({ hostname: '', tags: [], fields: { b: 1, a: null, c: '' } }));
  expect(rows.map(({ name, value }) => `${name}=${value}`)).toEqual([
    'rule=Terminal shell in container',
    'priority=Notice',
    'source=syscall',
    'b=1',
    'time=2026-11-21T05:29:25.123456789Z',
  ]);
});

const rows = Array.from({ length: 5 }, (_, i) => ({ name: `n${i}`, value: `v${i}` }));
const limits = { rows: 10, nameLength: 10, valueLength: 10, totalLength: 100 };

test.each([
  ['all', limits, ['n0=v0', 'n1=v1', 'n2=v2', 'n3=v3', 'n4=v4']],
  ['too many', { ...limits, rows: 3 }, ['n0=v0', 'n1=v1', '…=3 more']],
  ['exactly as many', { ...limits, rows: 5 }, ['n0=v0', 'n1=v1', 'n2=v2', 'n3=v3', 'n4=v4']],
  ['too long in all', { ...limits, totalLength: 9 }, ['n0=v0', 'n1=v1', '…=3 more']],
  ['none fits', { ...limits, totalLength: 1 }, ['…=5 more']],
  ['each too long', { ...limits, valueLength: 1 }, ['n0=…', 'n1=…', 'n2=…', 'n3=…', 'n4=…']],
])('limits: %s', (_, given, expected) => {
  expect(limitRows(rows, given).map(({ name, value }) => `${name}=${value}`)).toEqual(expected);
});

test('what is escaped is cut before, so that no escape is', () => {
  const escape = (text: string) => text.replaceAll('<', '&lt;');
  for (let most = 1; most < 60; most++) {
    const text = escapeWithin('<'.repeat(20), most, escape);
    expect(text.length).toBeLessThanOrEqual(most);
    expect(text).toMatch(/^(?:&lt;)*…?$/);
  }
});
