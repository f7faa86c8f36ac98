import { describe, expect, test } from 'vitest';
import type { Modifier, Operator } from '../../lang/ast.ts';
import type { Value } from '../../model/field.ts';
import type { Literal } from '../bound.ts';
import { holdsValue } from './values.ts';

type Row = [value: Value, op: Operator, literals: readonly Literal[], holds: boolean, modifier?: Modifier];

const v4 = '\x0a\x01\x02\x03';
const v6 = `${'\0'.repeat(15)}\x01`;
const mapped = `${'\0'.repeat(10)}\xff\xff${v4}`;
const big = 2n ** 60n;

const rows: readonly Row[] = [
  ['bash', '=', ['bash'], true],
  ['bash', '=', ['Bash'], false],
  ['bash', '!=', ['sh'], true],
  ['', '=', [''], true],
  ['a\xe9', 'contains', ['\xe9'], true],
  ['/etc/passwd', 'contains', ['c/p'], true],
  ['/etc/passwd', 'contains', ['C/P'], false],
  ['/etc/passwd', 'icontains', ['C/P'], true],
  // Only ASCII letters have two cases: bytes of longer characters are as they are.
  ['caf\xc9', 'icontains', ['caf\xe9'], false],
  ['abc', 'startswith', ['ab'], true],
  ['abc', 'startswith', ['abcd'], false],
  ['abc', 'endswith', ['bc'], true],
  ['abc', 'endswith', [''], true],
  ['\x01\x02', 'bcontains', ['\x02'], true],
  ['\x01\x02', 'bstartswith', ['\x02'], false],
  ['a', '<', ['b'], true],
  ['Z', '<', ['a'], true],
  ['\xff', '>', ['z'], true],
  ['b', '>=', ['b'], true],
  [5, '=', [5n], true],
  [5n, '=', [5], true],
  [5, 'in', [1, 5n], true],
  [big + 1n, '=', [big], false],
  [big, '>', [5], true],
  [5, '<', [big], true],
  [-1, '<', [0n], true],
  ['5', '=', [5], false],
  [true, '=', [true], true],
  [true, '!=', [false], true],
  ['sh', 'in', ['bash', 'sh'], true],
  ['sh', 'in', [], false],
  ['sh', 'intersects', ['bash', 'sh'], true],
  [v4, '=', [v4], true],
  [v4, '=', [v6], false],
  [v4, '!=', [v6], true],
  [v4, '=', [{ address: '\x0a\0\0\0', bits: 8 }], true],
  [v4, '=', [{ address: '\x0a\x01\0\0', bits: 15 }], true],
  [v4, '=', [{ address: '\x0a\x02\0\0', bits: 15 }], false],
  [v4, '=', [{ address: '\0\0\0\0', bits: 0 }], true],
  [
    v4,
    'in',
    [
      { address: '\x0b\0\0\0', bits: 8 },
      { address: v4, bits: 32 },
    ],
    true,
  ],
  [v6, '!=', [{ address: '\x0a\0\0\0', bits: 8 }], true],
  [mapped, '=', [{ address: '\x0a\0\0\0', bits: 8 }], false],
  [v6, '=', [{ address: v6, bits: 128 }], true],
  ['/var/run/docker', 'pmatch', ['/var/run', '/etc'], true],
  ['/var/runner', 'pmatch', ['/var/run'], false],
  ['/var', 'pmatch', ['/var/run'], false],
  ['//var///run/', 'pmatch', ['var/run/'], true],
  ['/anything', 'pmatch', ['/'], true],
  ['/home/me/.ssh/key', 'pmatch', ['/home/*/.ssh'], true],
  ['/home/me/x/.ssh', 'pmatch', ['/home/*/.ssh'], false],
  ['/a/bc', 'pmatch', ['/a/b[cd]'], true],
  ['/a/b', 'pmatch', ['/a*/q', '/?/b'], true],
  ['/a/b', 'glob', ['/*'], true],
  ['.hidden', 'glob', ['*'], true],
  ['ABC', 'glob', ['a*'], false],
  ['ABC', 'iglob', ['a*'], true],
  ['abc', 'regex', ['b'], false],
  ['abc', 'regex', ['.b.'], true],
  ['abc', 'regex', ['a|abc'], true],
  ['caf\xc3\xa9', 'regex', ['caf.'], true],
  ['caf\xe9', 'regex', ['caf\xef\xbf\xbd'], true],
  ['abc', 'startswith', ['a', 'b'], true, 'oneof'],
  ['abc', 'startswith', ['a', 'ab'], false, 'oneof'],
  ['abc', 'contains', ['b', 'z'], true, 'anyof'],
  ['abc', 'contains', ['b', 'z'], false, 'allof'],
  ['abc', 'contains', ['b', 'c'], true, 'allof'],
  ['abc', 'contains', [], false, 'allof'],
  ['abc', '!=', ['x', 'y'], true, 'allof'],
  ['abc', '!=', ['x', 'abc'], false, 'allof'],
  ['abc', '!=', ['x', 'abc'], true, 'anyof'],
  ['abc', 'regex', ['a.*', '.*z'], true, 'oneof'],
  [['a', 'b'], 'in', ['a', 'b', 'c'], true],
  [['a', 'z'], 'in', ['a', 'b', 'c'], false],
  [['a', 'z'], 'intersects', ['a'], true],
  [['z'], 'intersects', ['a'], false],
  [[], 'intersects', ['a'], false],
  [[], 'exists', [], true],
];

describe('operators', () => {
  test.each(rows)('row %#', (value, op, literals, holds, modifier) => {
    expect(holdsValue(op, modifier, value, literals, new Map())).toBe(holds);
  });
});
