import { expect, test } from 'vitest';
import { makeNotice } from '../../../test/kit/notice.ts';
import { lineOf } from './line.ts';

const small = { rule: 'r', hostname: '', tags: [], source: 's', output: 'o', time: 1_999_999_999n } as const;
const head = 'events,rule=r,priority=Notice,source=s';

test.each([
  [
    'blanks, commas and equals signs',
    { fields: { 'a,b': 'c = d, e' } },
    `${head},a\\,b=c\\ \\=\\ d\\,\\ e value="o" 1999999999`,
  ],
  [
    'quotes and backslashes in strings',
    { fields: {}, output: 'a "b" c\\' },
    `${head} value="a \\"b\\" c\\\\" 1999999999`,
  ],
  ['line breaks in a tag', { fields: { a: 'b\nvalue="x"' } }, `${head},a=b\\nvalue\\="x" value="o" 1999999999`],
  ['line breaks in a string', { fields: {}, output: 'a\nb' }, `${head} value="a\nb" 1999999999`],
  ['a backslash at the end of a tag', { fields: { a: 'b\\', c: 'd' } }, `${head},a=b\\_,c=d value="o" 1999999999`],
  ['numbers', { fields: { a: 1, c: -1n, d: true } }, `${head} value="o",a=1i,c=-1i,d=true 1999999999`],
  [
    'numbers that are no 64-bit integers',
    { fields: { a: 2n ** 64n, b: 1.5 } },
    `${head},a=18446744073709551616,b=1.5 value="o" 1999999999`,
  ],
  ['nothing', { fields: { a: '', b: null } }, `${head} value="o" 1999999999`],
  ['a list', { fields: { a: ['b', 1n] } }, `${head},a=b\\,\\ 1 value="o" 1999999999`],
  ['the reserved name', { fields: { time: 'now' } }, `${head},time_=now value="o" 1999999999`],
])('%s', (_, parts, line) => {
  expect(lineOf(makeNotice({ ...small, ...parts }), 'ns')).toBe(line);
});

test.each([
  ['us', '1999999'],
  ['ms', '1999'],
  ['s', '1'],
] as const)('time in %s', (precision, time) => {
  expect(lineOf(makeNotice({ ...small, fields: {} }), precision)).toBe(`${head} value="o" ${time}`);
});
