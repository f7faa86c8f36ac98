import { afterEach, expect, it } from 'vitest';
import {
  bufferText,
  clockText,
  connectionText,
  dottedText,
  integerText,
  ipText,
  isMappedIp4,
  iso8601Text,
} from './format.ts';

const zone = process.env['TZ'];

afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

it.each([
  [10, undefined, '10'],
  [-10, 'DEC', '-10'],
  [10, 'ID', '10'],
  [255, 'HEX', 'FF'],
  [0xfedc_ba98_7654_3210n, 'HEX', 'FEDCBA9876543210'],
  [0, 'OCT', '0'],
  [0o644, 'OCT', '0644'],
  [0n, 'OCT', '0'],
  [5, '10_PADDED_DEC', '000000005'],
  [1_234_567_890_123n, '10_PADDED_DEC', '1234567890123'],
] as const)('integer %s as %s: %s', (value, format, text) => {
  expect(integerText(value, format)).toBe(text);
});

function bytes(hex: string): string {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1');
}

// What inet_ntop of glibc gives.
it.each([
  ['7f000001', '127.0.0.1'],
  ['ffffffff', '255.255.255.255'],
  ['0000 0000 0000 0000 0000 0000 0000 0000', '::'],
  ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
  ['2001 0db8 0000 0000 0000 0000 0000 0005', '2001:db8::5'],
  ['2001 0db8 0000 0001 0000 0000 0000 0005', '2001:db8:0:1::5'],
  ['2001 0db8 0000 0001 0001 0000 0001 0005', '2001:db8:0:1:1:0:1:5'],
  ['0001 0000 0000 0001 0000 0000 0000 0000', '1:0:0:1::'],
  ['0001 0000 0000 0002 0000 0000 0003 0004', '1::2:0:0:3:4'],
  ['fe80 0000 0000 0000 0000 0000 0000 0000', 'fe80::'],
  ['0000 0000 0000 0000 0000 ffff 7f00 0001', '::ffff:127.0.0.1'],
  ['0000 0000 0000 0000 0000 0000 7f00 0001', '::127.0.0.1'],
  ['0000 0000 0000 0000 0000 fffe 7f00 0001', '::fffe:7f00:1'],
  ['0001 0002 0003 0004 0005 0006 0007 0008', '1:2:3:4:5:6:7:8'],
  ['0000 0002 0003 0004 0005 0006 0007 0008', '0:2:3:4:5:6:7:8'],
  ['', ''],
  ['0102', ''],
])('address %s: %s', (hex, text) => {
  expect(ipText(bytes(hex))).toBe(text);
});

it('shows connections, those of IPv4 within IPv6 as IPv4', () => {
  const mapped = bytes('00000000 00000000 0000ffff 0a000001');
  const zeros = '\0'.repeat(16);
  expect(connectionText(bytes('0a000001'), 1, bytes('0a000002'), 2)).toBe('10.0.0.1:1->10.0.0.2:2');
  expect(connectionText(mapped, 1, mapped, 2)).toBe('10.0.0.1:1->10.0.0.1:2');
  expect(connectionText(zeros, 1, mapped, 2)).toBe('0.0.0.0:1->10.0.0.1:2');
  expect(connectionText(`${zeros.slice(1)}\x01`, 1, mapped, 2)).toBe('::1:1->::ffff:10.0.0.1:2');
  expect(connectionText(bytes('0a000001'), 1, bytes('0a000002'), 2, false)).toBe('10.0.0.1->10.0.0.2');
  expect(isMappedIp4('\x0a\0\0\x01')).toBe(false);
});

it('shows what can be printed, and dots or base64 for the rest', () => {
  expect(dottedText('a\0b\nc\x7f\xffé~ ')).toBe('a.b.c...~ ');
  expect(bufferText('a\xff', false)).toBe('a.');
  expect(bufferText('a\xff', true)).toBe('Yf8=');
});

it('shows times of day in the zone of the environment', () => {
  const time = 1_700_000_000_000_000_009n;
  process.env['TZ'] = 'UTC';
  expect(clockText(time, { date: false, fraction: true })).toBe('22:13:20.000000009');
  process.env['TZ'] = 'America/New_York';
  expect(clockText(time, { date: true, fraction: true })).toBe('2023-11-14 17:13:20.000000009');
  expect(clockText(time, { date: true, fraction: false })).toBe('2023-11-14 17:13:20');
  expect(iso8601Text(time)).toBe('2023-11-14T22:13:20.000000009+0000');
  expect(iso8601Text(0n)).toBe('1970-01-01T00:00:00.000000000+0000');
});
