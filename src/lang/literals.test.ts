import { describe, expect, test } from 'vitest';
import type { FieldType } from '../model/field.ts';
import { parseIpv4, parseIpv6 } from './addresses.ts';
import { LiteralError, parseHexBytes, parseLiteral } from './literals.ts';

const good: readonly (readonly [FieldType, string, unknown])[] = [
  ['INT64', '5', 5],
  ['INT64', '-5', -5],
  ['INT64', '+5', 5],
  ['INT64', '010', 10],
  ['INT64', ' 7', 7],
  ['INT64', '9007199254740991', 9007199254740991],
  ['INT64', '9007199254740992', 9007199254740992n],
  ['INT64', '-9223372036854775808', -(2n ** 63n)],
  ['UINT64', '18446744073709551615', 2n ** 64n - 1n],
  ['UINT64', '-1', 2n ** 64n - 1n],
  ['UINT32', '-1', 4294967295],
  ['INT16', '-32768', -32768],
  // As scanf reads them.
  ['INT64', '9223372036854775808', 2n ** 63n - 1n],
  ['INT64', `-${'9'.repeat(40)}`, -(2n ** 63n)],
  ['UINT64', '18446744073709551616', 2n ** 64n - 1n],
  ['UINT32', '4294967296', 0],
  ['UINT32', '4294967301', 5],
  ['INT32', '2147483648', -2147483648],
  ['INT16', '32768', -32768],
  ['INT64', '1'.repeat(100_000), 2n ** 63n - 1n],
  ['INT64', `-${'0'.repeat(100_000)}5`, -5],
  ['INT64', '-0', 0],
  ['PORT', '65536', 0],
  ['PORT', '70000', 4464],
  ['RELTIME', '1000000000', 1000000000],
  ['ABSTIME', '5', 5n],
  ['DOUBLE', '50', 50],
  ['BOOL', 'true', true],
  ['BOOL', 'false', false],
  ['PORT', '80', 80],
  ['PORT', 'https', 443],
  ['PORT', 'www', 80],
  ['PORT', 'tcpmux', 1],
  ['PORT', '', 0],
  ['CHARBUF', 'a b', 'a b'],
  ['CHARBUF', '', ''],
  ['BYTEBUF', 'a\0b', 'a\0b'],
  ['IPADDR', '1.2.3.255', '\x01\x02\x03\xff'],
  ['IPADDR', '::1', `${'\0'.repeat(15)}\x01`],
  ['IPADDR', '::ffff:a00:1', `${'\0'.repeat(10)}\xff\xff\x0a\0\0\x01`],
  ['IPNET', '10.0.0.0/8', { address: '\x0a\0\0\0', bits: 8 }],
  ['IPNET', '10.0.0.0/ 008', { address: '\x0a\0\0\0', bits: 8 }],
  ['IPNET', '10.0.0.0/264', { address: '\x0a\0\0\0', bits: 8 }],
  ['IPNET', '0.0.0.0/0', { address: '\0\0\0\0', bits: 0 }],
  ['IPNET', 'fe80::/10', { address: `\xfe\x80${'\0'.repeat(14)}`, bits: 10 }],
];

test.each(good)('%s %j', (type, text, value) => {
  expect(parseLiteral(type, text)).toEqual(value);
});

const bad: readonly (readonly [FieldType, string])[] = [
  ['INT64', ''],
  ['INT64', 'a'],
  ['INT64', '1 '],
  ['INT64', '1.5'],
  ['INT64', '0x'],
  ['INT64', '--1'],
  ['INT64', '0x1f'],
  // With work that grows with the square of the length, this would take half a minute.
  ['INT64', `${'0'.repeat(200_000)}x`],
  ['DOUBLE', '0.5'],
  ['BOOL', 'TRUE'],
  ['PORT', '2147483648'],
  ['PORT', 'nosuchservice'],
  ['CHARBUF', 'a\0b'],
  ['IPADDR', '1.2.3'],
  ['IPADDR', '1.2.3.256'],
  ['IPADDR', '::ffff:10.0.0.1'],
  ['IPADDR', ''],
  ['IPNET', '10.0.0.0'],
  ['IPNET', '10.0.0.0/33'],
  ['IPNET', 'fe80::/0'],
];

test.each(bad)('%s %j is refused', (type, text) => {
  expect(() => parseLiteral(type, text)).toThrow(LiteralError);
});

test('bytes in hex', () => {
  expect(parseHexBytes('00ffAb')).toBe('\0\xff\xab');
  expect(() => parseHexBytes('abc')).toThrow(LiteralError);
  expect(() => parseHexBytes('zz')).toThrow(LiteralError);
});

describe('addresses', () => {
  const v6: readonly (readonly [string, string | undefined])[] = [
    ['::', '00000000000000000000000000000000'],
    ['1::', '00010000000000000000000000000000'],
    ['::1:2', '00000000000000000000000000010002'],
    ['2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
    ['64:ff9b::1.2.3.4', '0064ff9b000000000000000001020304'],
    ['1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1::2::3', undefined],
    [':1::', undefined],
    ['1:', undefined],
    [':', undefined],
    ['', undefined],
    ['1:2:3:4:5:6:7:8::', undefined],
    ['1.2.3.4::', undefined],
    ['::1.2.3', undefined],
    ['::g', undefined],
    ['::12345', undefined],
    ['fe80::1%eth0', undefined],
  ];

  test.each(v6)('%j', (text, hex) => {
    const bytes = parseIpv6(text);
    expect(bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('hex')).toBe(hex);
  });

  test('dotted ones take no leading zeros, signs or blanks', () => {
    expect(parseIpv4('0.0.0.0')).toBe('\0\0\0\0');
    for (const text of ['01.2.3.4', '+1.2.3.4', ' 1.2.3.4', '1.2.3.4 ', '1..3.4', '1.2.3.4.']) {
      expect(parseIpv4(text), text).toBeUndefined();
    }
  });
});
