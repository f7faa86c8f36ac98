import { expect, test } from 'vitest';
import type { FieldType, Value } from '../model/field.ts';
import { type ArgType, transformers } from './transformers.ts';

function typed(value: Value | null, type: FieldType = 'CHARBUF'): ArgType {
  return { text: 'f', type, list: Array.isArray(value), constant: undefined };
}

function run(name: string, values: readonly (Value | null)[], type: FieldType = 'CHARBUF', selector?: string) {
  const spec = transformers.get(name)!;
  const types = values.map((value, index) => typed(value, index === 0 ? type : 'CHARBUF'));
  const result = spec.result(types, selector);
  if (typeof result === 'string') throw new TypeError(result);
  return spec.make(types, selector)(values);
}

type Row = readonly [
  name: string,
  values: readonly (Value | null)[],
  expected: unknown,
  type?: FieldType,
  key?: string,
];

const rows: readonly Row[] = [
  ['tolower', ['AbC\xc9'], 'abc\xc9'],
  ['toupper', ['aBc\xe9'], 'ABC\xe9'],
  ['toupper', [['a', 'b']], ['A', 'B']],
  ['toupper', [null], null],
  ['toupper', ['a\0\0'], 'A'],
  ['basename', ['/usr/bin/sh'], 'sh'],
  ['basename', ['sh'], 'sh'],
  ['basename', ['/usr/'], ''],
  ['basename', [['/a/b', 'c']], ['b', 'c']],
  ['b64', ['aGVsbG8='], 'hello'],
  ['b64', ['aGVsbG8'], 'hello'],
  ['b64', ['aGVsbA=='], 'hell'],
  ['b64', ['aGVsbA='], 'hell'],
  ['b64', ['aGVs'], 'hel'],
  ['b64', [''], ''],
  ['b64', ['a'], null],
  ['b64', ['aGVsbG8=='], 'hello'],
  ['b64', ['aG=s'], null],
  ['b64', ['aGV sbG8='], null],
  ['b64', ['aGVsbG9='], null],
  ['b64', ['='], null],
  ['b64', ['\u0141'], null],
  ['b64', ['_-8='], null],
  ['b64', [['YQ==', 'Yg==']], ['a', 'b']],
  ['b64', [['YQ==', '!']], null],
  ['b64', ['YQBi'], 'a'],
  ['b64', ['YQBi'], 'a\0b', 'BYTEBUF'],
  ['len', ['abc'], 3],
  ['len', ['ab\0c'], 2],
  ['len', ['ab\0c'], 4, 'BYTEBUF'],
  ['len', [''], 0],
  ['len', [['a', 'b', 'c']], 3],
  ['len', [[1, 2]], 2, 'PORT'],
  ['len', [[]], 0],
  ['len', [null], null],
  ['join', [',', ['a', 'b']], 'a,b'],
  ['join', ['', ['a', 'b']], 'ab'],
  ['join', [',', []], ''],
  ['join', [',', ['a', 5]], 'a,5'],
  ['concat', ['a', 'b', 'c'], 'abc'],
  ['concat', ['a\0x', 'b'], 'ab'],
  ['concat', ['a', null], null],
  ['getopt', [['-a', '-b', 'x', 'rest'], 'ab:'], ['a', 'b', 'x']],
  ['getopt', [['-abx', '-c'], 'ab:'], ['a', 'b', 'x', '?']],
  ['getopt', [['-a', '--', '-b', 'x'], 'ab:'], ['a']],
  ['getopt', [['--long', '-a', 'stop', '-a'], 'a'], ['a']],
  ['getopt', [['-b'], 'b:'], ['']],
  ['getopt', [['-'], 'a'], []],
  ['getopt', [['-:'], ':a'], ['?']],
  ['getopt', [[], 'a'], []],
  ['getopt', [['-b', 'x', '-b', 'y'], 'b:'], 'y', 'CHARBUF', 'b'],
  ['getopt', [['-b'], 'b:'], '', 'CHARBUF', 'b'],
  ['getopt', [['-a'], 'ab:'], 'a', 'CHARBUF', 'a'],
  ['getopt', [['-a'], 'ab:'], null, 'CHARBUF', 'b'],
  ['getopt', [['-bv'], 'b:'], 'v', 'CHARBUF', 'b'],
];

for (const [name, values, expected, type, key] of rows) {
  test(`${name} of ${JSON.stringify(values)} is ${JSON.stringify(expected)} (${type ?? 'text'})`, () => {
    expect(run(name, values, type, key)).toEqual(expected);
  });
}

test('the option string may change from event to event', () => {
  const spec = transformers.get('getopt')!;
  const read = spec.make([typed(['-a']), typed('a')], undefined);
  expect(read([['-a', '-b'], 'ab'])).toEqual(['a', 'b']);
  expect(read([['-a', '-b'], 'a'])).toEqual(['a', '?']);
});
