import { describe, expect, it } from 'vitest';
import { block, bytes, parseCapture, sectionHeader } from '../../test/kit/capture.ts';
import { scenario, viewOf } from '../../test/kit/events.ts';
import { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { SourceError } from '../model/source.ts';
import { encodedHeader, encodeEvent } from './encode.ts';
import { CaptureParser } from './parser.ts';
import { snapshotBlocks } from './write-snapshot.ts';

const close = encodeEvent('SYSCALL_CLOSE_X', { time: 5n, tid: 7, cpu: 3, values: { res: 0, fd: 4 } });

function headOf(...blocks: Buffer[]) {
  return Buffer.concat([sectionHeader(), ...blocks, close]);
}

function messageOf(capture: Buffer): string {
  const { error } = parseCapture(capture);
  expect(error).toBeInstanceOf(SourceError);
  return (error as SourceError).message;
}

describe('events', () => {
  const plain = close.subarray(10, close.length - 4);
  const v1 = bytes()
    .raw(plain.subarray(0, 16))
    .u32(plain.readUInt32LE(16) - 4)
    .u16(5)
    .raw(plain.subarray(26))
    .done();
  it.each([
    ['version 2', 0x216, bytes().u16(3).raw(plain).done()],
    ['version 2 with flags', 0x217, bytes().u16(3).u32(9).raw(plain).done()],
    ['version 2 large', 0x221, bytes().u16(3).raw(plain).done()],
    ['version 2 large with flags', 0x222, bytes().u16(3).u32(9).raw(plain).done()],
    ['version 1', 0x204, bytes().u16(3).raw(v1).done()],
    ['version 1, old number', 0x8010abcd, bytes().u16(3).raw(v1).done()],
    ['version 1 with flags', 0x208, bytes().u16(3).u32(9).raw(v1).done()],
  ])('%s', (_, type, body) => {
    const { sink, error, stats } = parseCapture(Buffer.concat([sectionHeader(), block(type, body), block(type, body)]));
    expect(error).toBeUndefined();
    expect(stats.events).toBe(2);
    expect(sink.cpus).toEqual([3, 3]);
    expect(sink.collected.map(String)).toEqual([String(plain.subarray(0, 46)), String(plain.subarray(0, 46))]);
  });
  it('version 1 finds the parameter count of a shorter event', () => {
    const read = eventByCode('SOCKET_ACCEPT_5_X').id;
    const body = bytes()
      .u64(1, 2)
      .u32(22 + 4 + 8 + 3)
      .u16(read)
      .u16(8, 3)
      .u64(5)
      .raw('abc');
    const { sink, error } = parseCapture(
      Buffer.concat([sectionHeader(), block(0x204, bytes().u16(0).raw(body.done()))]),
    );
    expect(error).toBeUndefined();
    const event = new Event();
    const [first] = sink.collected;
    expect(event.read(first!, viewOf(first!), 0, 0)).toBe(true);
    expect([event.paramCount, event.i64(0), event.raw(1)]).toEqual([2, 5, 'abc']);
  });
  it('version 1 notifications claim three bytes too many', () => {
    const body = bytes()
      .u64(1, 2)
      .u32(22 + 4 + 4 + 3)
      .u16(eventByCode('NOTIFICATION_E').id)
      .u16(2, 2)
      .raw('a\0', 'b\0', '\0\0\0');
    const { sink, error } = parseCapture(
      Buffer.concat([sectionHeader(), block(0x204, bytes().u16(0).raw(body.done()))]),
    );
    expect(error).toBeUndefined();
    expect(sink.collected[0]?.subarray(22)).toEqual(bytes().u32(2).u16(2, 2).raw('a\0b\0').done());
  });
  it('skips and counts codes and blocks of the future and unused codes', () => {
    const future = bytes().u16(0).u64(1, 2).u32(30).u16(454).u32(0).raw('abcd');
    const unused = bytes().u16(0).u64(1, 2).u32(26).u16(17).u32(0);
    const { sink, error, stats } = parseCapture(
      headOf(block(0x216, future), block(0x999, Buffer.from('x')), block(0x216, unused)),
    );
    expect(error).toBeUndefined();
    expect(sink.collected).toHaveLength(1);
    expect(stats).toMatchObject({ events: 1, unknownEvents: 1, unknownBlocks: 1, droppedEvents: 1 });
  });
});

describe('sections', () => {
  it('every section gives its snapshot before its first event', () => {
    const one = scenario().close(3);
    const two = scenario({ threads: [{ tid: 5, comm: 'other' }] }).close(4);
    const capture = Buffer.concat([one.toCapture(), two.toCapture(), ...snapshotBlocks(one.snapshot)]);
    const { sink, stats, error } = parseCapture(capture);
    expect(error).toBeUndefined();
    expect(sink.snapshots).toEqual([one.snapshot, two.snapshot]);
    expect(stats).toMatchObject({ events: 2, sections: 3 });
  });
  it('header blocks after events begin a section without its header', () => {
    const { sink } = parseCapture(Buffer.concat([headOf(), block(0x206, bytes().u8(1).u32(3).str('g')), close]));
    expect(sink.snapshots).toEqual([{}, { users: [], groups: [{ gid: 3, name: 'g' }] }]);
  });
});

describe('damage', () => {
  const event = (body: Buffer) => headOf(close, block(0x216, bytes().u16(0).raw(body)));
  const at = 28 + 2 * 0 + close.length;
  it.each<[string, Buffer, RegExp]>([
    ['empty file', Buffer.alloc(0), /test.scap@0: the file is empty/],
    ['short text', Buffer.from('hello'), /is not a capture/],
    ['text', Buffer.from('#!/bin/sh\necho hello world\n'), /is not a capture|not a capture/],
    ['other byte order', bytes().u32(0x0a0d0d0a, 0x1c000000, 0x4d3c2b1a).u64(0, 0).done(), /byte order/],
    ['no magic', sectionHeader(0x12345678), /lacks its magic/],
    ['later major version', sectionHeader(undefined, 2), /format version 2/],
    ['no events', sectionHeader(), /no events/],
    ['events before a section header', close, /does not begin with a section header/],
    ['torn block', headOf(close).subarray(0, -3), /test.scap@\d+: the file ends within a block/],
    [
      'block without frame',
      Buffer.concat([headOf(), bytes().u32(0x216, 8, 0).done()]),
      new RegExp(`@${at + 4}: a block \\(type 0x216\\) claims a length of 8`),
    ],
    [
      'block of 4 GiB',
      Buffer.concat([headOf(), bytes().u32(0x216, 0xfffffffc, 0).done()]),
      /claims a length of 4294967292/,
    ],
    ['header block of 2 GiB', Buffer.concat([headOf(), bytes().u32(0x215, 0x7ffffffc, 0).done()]), /claims a length/],
    [
      'length that is not a multiple of 4',
      Buffer.concat([headOf(), bytes().u32(0x216, 45, 0).raw(Buffer.alloc(33)).done()]),
      /claims a length of 45/,
    ],
    [
      'header block with another length at its end',
      Buffer.concat([sectionHeader(), bytes().u32(0x206, 16, 0, 20).done()]),
      /does not end with its own length/,
    ],
    ['event shorter than its header', event(bytes().u64(1, 2).u32(25).u16(5).u32(0).done()), /claims 25 bytes/],
    [
      'event longer than its block',
      event(bytes().u64(1, 2).u32(64).u16(5).u32(0).done()),
      /claims 64 bytes, its block holds 28|claims 64 bytes/,
    ],
    ['more lengths than bytes', event(bytes().u64(1, 2).u32(30).u16(5).u32(3).u32(0).done()), /claims 3 parameters/],
    [
      'absurd parameter count',
      event(bytes().u64(1, 2).u32(30).u16(5).u32(0xffffffff).u32(0).done()),
      /claims 4294967295 parameters/,
    ],
    [
      'values beyond the event',
      event(bytes().u64(1, 2).u32(30).u16(5).u32(1).u16(9).u16(0).done()),
      /exceed it by 7 bytes/,
    ],
    [
      'version 1 that does not add up',
      headOf(block(0x204, bytes().u16(0).u64(1, 2).u32(30).u16(5).u16(9, 9, 9, 9))),
      /don't add up/,
    ],
    [
      'process entry longer than its block',
      headOf(block(0x215, bytes().u32(500).u64(1))),
      /process entry claims 500 bytes/,
    ],
    ['process entry of no bytes', headOf(block(0x215, bytes().u32(0).u64(1))), /process entry claims 0 bytes/],
    [
      'text longer than allowed',
      headOf(block(0x202, bytes().u64(1, 1, 1).str('x'.repeat(1025)))),
      /process name is 1025 bytes long/,
    ],
    [
      'text beyond its entry',
      headOf(block(0x202, bytes().u64(1, 1, 1).u16(40).raw('abc'))),
      /process name needs 40 bytes/,
    ],
    [
      'descriptor name too long',
      headOf(block(0x203, bytes().u64(1, 1, 1).u8(2).str('x'.repeat(1024)))),
      /descriptor name is 1024/,
    ],
    ['descriptor entry of no bytes', headOf(block(0x218, bytes().u64(1).u32(0).u64(1))), /descriptor entry claims 0/],
    ['user entry of no bytes', headOf(block(0x220, bytes().u32(0).u64(1))), /user entry claims 0/],
    ['interface of unknown type', headOf(block(0x205, bytes().u16(9, 3).raw('abc'))), /interface type 9/],
  ])('%s', (_, capture, message) => {
    expect(messageOf(capture)).toMatch(message);
  });
  it('hands over everything before it', () => {
    const { sink } = parseCapture(event(bytes().u64(1, 2).u32(25).u16(5).u32(0).done()));
    expect(sink.collected).toHaveLength(1);
  });
  it.each([
    ['groups', 0x206, bytes().u8(1).u32(0).str(''), 1 << 14],
    ['interfaces', 0x205, bytes().u16(3, 0).raw('a'.repeat(12)), 1 << 13],
    ['descriptors', 0x203, bytes().u64(0, 0).u8(0), 1 << 13],
    ['lists of arguments', 0x202, bytes().u64(1, 1, 1).str('', '', '\0'.repeat(4096), '').u64(0).u32(0, 0, 0), 1 << 9],
  ])('a bomb of %s is refused', (_, type, entry, count) => {
    const prefix = type === 0x203 ? Buffer.alloc(8) : Buffer.alloc(0);
    const bomb = block(type, Buffer.concat([prefix, Buffer.alloc(entry.done().length * count, entry.done())]));
    const sink = { snapshot: () => {}, event: () => {}, lost: () => {} };
    const parser = new CaptureParser(sink, String, 1 << 18);
    parser.push(sectionHeader());
    expect(() => {
      for (let i = 0; i < 20; i++) parser.push(bomb);
    }).toThrow(/larger than any machine has/);
  });
  it('a claimed length costs no memory', () => {
    const before = process.memoryUsage().arrayBuffers;
    parseCapture(Buffer.concat([sectionHeader(), bytes().u32(0x215, 0x7fffffc, 0).done()]));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });
});

describe('hostile input', () => {
  const run = scenario({ fds: { 100: [{ fd: 0, name: '/dev/null' }] } }).clone({ child: 200 });
  run
    .as(200)
    .execve('/bin/cat')
    .openat('/etc/shadow')
    .container({ id: 'x'.repeat(400) })
    .close(3)
    .exit();
  run.event('SYSCALL_EXECVE_18_E', { filename: '/old' }).event('SYSCALL_EXECVE_18_X', { res: 0, exe: '/old' });
  const capture = Buffer.concat([run.toCapture(), scenario().close(1).toCapture()]);
  const whole = parseCapture(capture);

  it.each([1, 2, 3, 7, 12, 13, 64, 1000])('gives the same in pieces of %i bytes', (size) => {
    const { sink, error } = parseCapture(capture, size);
    expect(error).toBeUndefined();
    expect(sink.snapshots).toEqual(whole.sink.snapshots);
    expect(sink.collected).toEqual(whole.sink.collected);
  });

  it('truncated at any byte: all complete events, then one error', () => {
    const ends: number[] = [];
    for (let at = 0; at < capture.length; at += capture.readUInt32LE(at + 4))
      ends.push(at + capture.readUInt32LE(at + 4));
    for (let length = 0; length < capture.length; length++) {
      const { sink, error } = parseCapture(capture.subarray(0, length), 512);
      const complete = parseCapture(capture.subarray(0, ends.findLast((end) => end <= length) ?? 0));
      expect(sink.collected).toEqual(complete.sink.collected);
      const isTorn = !ends.includes(length);
      if (isTorn || sink.collected.length === 0) expect(error).toBeInstanceOf(SourceError);
      else expect(error).toBeUndefined();
    }
  });

  it('mutated: a result or a SourceError, whatever the change', () => {
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const event = new Event();
    let damaged = 0;
    for (let round = 0; round < 6000; round++) {
      const mutated = Buffer.from(capture);
      for (let n = random(3); n >= 0; n--) {
        const at = random(mutated.length);
        if (random(3) === 0) mutated.writeUInt8([0, 0xff, 0x7f, 0x80][random(4)]!, at);
        else mutated[at]! ^= 1 << random(8);
      }
      const { sink, error } = parseCapture(mutated, 1 + random(4000));
      if (error !== undefined) {
        damaged++;
        expect(error).toBeInstanceOf(SourceError);
      }
      for (const memory of sink.collected) expect(event.read(memory, viewOf(memory), 0, 0)).toBe(true);
    }
    expect(damaged).toBeGreaterThan(1000);
  });
});

describe('the block around an event', () => {
  it.each([undefined, 0, 7])('with flags %s is handed over whole', (flags) => {
    const given = encodeEvent('SYSCALL_CLOSE_X', {
      time: 1n,
      tid: 2,
      values: { fd: 3 },
      ...(flags === undefined ? {} : { flags }),
    });
    expect(given.readUInt32LE(0)).toBe(flags === undefined ? 0x216 : 0x217);
    const { sink } = parseCapture(Buffer.concat([sectionHeader(), given]));
    expect(sink.collected[0]).toEqual(given.subarray(encodedHeader(given), encodedHeader(given) + 26 + 4 + 8));
  });
});
