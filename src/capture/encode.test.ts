import { describe, expect, it } from 'vitest';
import { viewOf } from '../../test/kit/events.ts';
import { Event } from '../model/event.ts';
import { events, type ParamInfo } from '../model/event-table.ts';
import { encodedHeader, encodeEvent, type ParamValue } from './encode.ts';
import { encodeValue, ipAddress } from './encode-value.ts';
import { paramSizes } from './param-size.ts';

function read(block: Buffer): Event {
  const event = new Event();
  expect(event.read(block, viewOf(block), encodedHeader(block), block.readUInt16LE(8))).toBe(true);
  return event;
}

describe('encodeEvent', () => {
  it('writes a block that the cursor reads', () => {
    const block = encodeEvent('SYSCALL_OPENAT_2_X', {
      time: 2n ** 60n + 1n,
      tid: 99,
      cpu: 5,
      values: { fd: -2, name: '/etc/x', flags: 'O_RDWR|O_CREAT', ino: 2n ** 63n },
    });
    const event = read(block);
    expect([event.info.code, event.time, event.tid, event.cpu, event.paramCount]).toEqual([
      'SYSCALL_OPENAT_2_X',
      2n ** 60n + 1n,
      99,
      5,
      7,
    ]);
    expect([event.i64(0), event.has(1), event.text(2), event.u32(3), event.has(4), event.big64(6)]).toEqual([
      -2,
      false,
      '/etc/x',
      7,
      false,
      2n ** 63n,
    ]);
    expect(block.length % 4).toBe(0);
    expect(block.readUInt32LE(block.length - 4)).toBe(block.length);
  });
  it.each(events.map((info) => info.code))('%s: every parameter empty, and every one full', (code) => {
    const info = events.find((event) => event.code === code)!;
    expect(read(encodeEvent(info, { time: 0n, tid: -1 })).paramCount).toBe(info.params.length);
    const event = read(
      encodeEvent(info, {
        time: 0n,
        tid: 1,
        flags: 1,
        values: Object.fromEntries(info.params.map((p) => [p.name, sample(p)])),
      }),
    );
    info.params.forEach((param, i) => {
      expect(event.has(i)).toBe(true);
      if (paramSizes[param.type] > 0) expect(event.size(i)).toBe(paramSizes[param.type]);
    });
  });
  it('large events have 32-bit lengths', () => {
    const event = read(
      encodeEvent('ASYNCEVENT_E', { time: 0n, tid: 0, values: { plugin_id: 1, name: 'x', data: 'y'.repeat(100_000) } }),
    );
    expect(event.size(2)).toBe(100_000);
  });
  it.each<[string, Record<string, ParamValue>, RegExp]>([
    ['SYSCALL_CLOSE_X', { nope: 1 }, /SYSCALL_CLOSE_X has no parameter nope; it has res, fd/],
    ['SYSCALL_CLOSE_X', { fd: 'x' }, /fd \(FD\): no flag x/],
    ['SYSCALL_CLOSE_X', { fd: 1.5 }, /1.5 is not an integer/],
    ['SYSCALL_OPEN_X', { mode: 2 ** 32 }, /mode \(UINT32\): 4294967296 does not fit 4 bytes/],
    ['SYSCALL_OPEN_X', { flags: 'O_NOPE' }, /no flag O_NOPE; there are O_/],
    ['SYSCALL_OPEN_X', { name: 'žluť' }, /byte string expected/],
    ['SYSCALL_OPEN_X', { name: 5 }, /text expected, got number/],
    ['SYSCALL_READ_X', { data: 'x'.repeat(70_000) }, /more than 65535/],
    ['SOCKET_CONNECT_X', { addr: { address: '1.2.3', port: 1 } }, /1.2.3 is not an IP address/],
    [
      'SOCKET_CONNECT_X',
      { tuple: { source: { address: '::1', port: 1 }, dest: { address: '1.1.1.1', port: 1 } } },
      /different address families/,
    ],
    ['SYSCALL_PTRACE_X', { addr: { kind: 9, value: 1 } }, /kind 9 is not one of/],
    ['SYSCALL_NOPE_X', {}, /no event code SYSCALL_NOPE_X/],
  ])('%s %o is refused', (code, values, message) => {
    expect(() => encodeEvent(code, { time: 0n, tid: 0, values })).toThrow(message);
  });
});

function sample(param: ParamInfo): ParamValue {
  const samples: Partial<Record<ParamInfo['type'], ParamValue>> = {
    CHARBUF: 'text',
    FSPATH: '/path',
    FSRELPATH: 'path',
    BYTEBUF: 'bytes',
    CHARBUFARRAY: ['a', 'b'],
    CHARBUF_PAIR_ARRAY: ['a', 'b'],
    SOCKADDR: { path: '/s' },
    SOCKTUPLE: { unixSource: 1n, unixDest: 2n, path: '/s' },
    FDLIST: [{ fd: 1, flags: 2 }],
    IPV4ADDR: '1.2.3.4',
    IPV6ADDR: '::1',
    BOOL: true,
  };
  const alternative = param.dyn?.[0];
  if (alternative) return { kind: 0, value: sample(alternative) };
  return samples[param.type] ?? 1;
}

describe('values', () => {
  const param = (type: ParamInfo['type']): ParamInfo => ({
    name: 'p',
    type,
    format: 'NA',
    flags: undefined,
    dyn: undefined,
    dirfdParam: undefined,
  });
  it.each<[ParamInfo['type'], ParamValue, string]>([
    ['INT8', -1, 'ff'],
    ['UINT32', -1, 'ffffffff'],
    ['ERRNO', -2, 'feffffffffffffff'],
    ['BOOL', true, '01000000'],
    ['CHARBUF', '', '00'],
    ['CHARBUF', null, ''],
    ['CHARBUF', undefined, ''],
    ['BYTEBUF', ['a', 'b'], '61006200'],
    ['BYTEBUF', [], ''],
    ['UINT64', Buffer.from('any'), '616e79'],
    ['SOCKADDR', { address: '10.2.3.4', port: 8192 }, '020a0203040020'],
    ['SOCKADDR', { address: '::1', port: 53 }, '0a000000000000000000000000000000013500'],
    ['SOCKADDR', { path: '/dev/log' }, '012f6465762f6c6f6700'],
    [
      'SOCKTUPLE',
      { source: { address: '10.2.3.4', port: 35912 }, dest: { address: '10.2.3.4', port: 8192 } },
      '020a020304488c0a0203040020',
    ],
    ['SOCKTUPLE', { unixSource: 0xffff888109f87c04n, unixDest: 0n, path: '' }, '01047cf8098188ffff000000000000000000'],
    ['FDLIST', [{ fd: 5, flags: 0 }], '010005000000000000000000'],
    ['DOUBLE', 1, '000000000000f03f'],
  ])('%s %o', (type, value, hex) => {
    expect(encodeValue(param(type), value).toString('hex')).toBe(hex);
  });
  it.each([
    ['::', '00000000000000000000000000000000'],
    ['fe80::1:2', 'fe800000000000000000000000010002'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
    ['1::', '00010000000000000000000000000000'],
  ])('address %s', (text, hex) => {
    expect(ipAddress(text).toString('hex')).toBe(hex);
  });
});
