import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCapture } from '../../test/kit/capture.ts';
import { scenario, viewOf } from '../../test/kit/events.ts';
import type { Snapshot } from '../model/machine.ts';
import { encodedHeader, encodeEvent } from './encode.ts';
import { emptyFd } from '../model/fd-snapshot.ts';
import { emptyThread } from './process-list.ts';
import { snapshotBlocks } from './write-snapshot.ts';
import { CaptureWriteError, CaptureWriter } from './writer.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-writer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function feed(writer: CaptureWriter, block: Buffer): boolean {
  return writer.event(block, viewOf(block), encodedHeader(block));
}

function parsed(snapshot: Snapshot): Snapshot | undefined {
  const end = encodeEvent('SYSCALL_CLOSE_X', { time: 0n, tid: 0 });
  const { sink, error } = parseCapture(Buffer.concat([...snapshotBlocks(snapshot), end]));
  expect(error).toBeUndefined();
  return sink.snapshots[0];
}

describe('CaptureWriter', () => {
  const run = scenario({ fds: { 100: [{ fd: 0, name: '/dev/pts/0', openFlags: 3 }] } });
  run
    .clone({ child: 200 })
    .as(200)
    .execve('/bin/cat')
    .container({ id: 'x'.repeat(1_000_000) })
    .close(1);
  const flagged = encodeEvent('SYSCALL_CLOSE_X', { time: 1n, tid: 1, flags: 77, values: { fd: 3 } });
  const blocks = [...run.blocks, flagged, encodeEvent('ASYNCEVENT_E', { time: 1n, tid: 1, flags: 5 })];

  it.each([true, false])('writes snapshots and blocks as they came (compress: %s)', async (compress) => {
    const file = path.join(folder, `a-${compress}.scap`);
    const writer = new CaptureWriter(file, { compress });
    writer.snapshot(run.snapshot);
    for (const block of blocks) expect(feed(writer, block)).toBe(true);
    writer.snapshot(run.snapshot);
    await writer.drain();
    expect(feed(writer, flagged)).toBe(true);
    await writer.close();
    await writer.close();
    expect(feed(writer, flagged)).toBe(false);
    expect([writer.events, writer.lost]).toEqual([blocks.length + 1, 1]);
    const content = compress ? gunzipSync(readFileSync(file)) : readFileSync(file);
    const head = snapshotBlocks(run.snapshot);
    expect(content.equals(Buffer.concat([...head, ...blocks, ...head, flagged]))).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
  it('refuses events beyond its buffer and counts them', async () => {
    const writer = new CaptureWriter(path.join(folder, 'full.scap'), { maxBuffered: 1 << 19 });
    writer.snapshot({});
    const block = encodeEvent('SYSCALL_READ_X', { time: 1n, tid: 1, values: { data: 'x'.repeat(60_000) } });
    let taken = 0;
    for (let i = 0; i < 100; i++) if (feed(writer, block)) taken++;
    expect(taken).toBeGreaterThan(5);
    expect(taken).toBeLessThan(20);
    expect(writer.lost).toBe(100 - taken);
    await writer.drain();
    expect(feed(writer, block)).toBe(true);
    await writer.close();
  });
  it('large captures with back-pressure arrive whole', async () => {
    const file = path.join(folder, 'large.scap');
    const writer = new CaptureWriter(file);
    writer.snapshot({});
    for (let i = 0; i < 100_000; i++) {
      feed(writer, encodeEvent('SYSCALL_CLOSE_X', { time: BigInt(i), tid: i, values: { fd: i } }));
      if (i % 1000 === 0) await writer.drain();
    }
    await writer.close();
    const { stats, error } = parseCapture(gunzipSync(readFileSync(file)));
    expect([stats.events, error, writer.lost]).toEqual([100_000, undefined, 0]);
  });
  it.each([true, false])('an unwritable path is named (compress: %s)', async (compress) => {
    const target = path.join(folder, `dir-${compress}`);
    mkdirSync(target);
    const told: string[] = [];
    const writer = new CaptureWriter(target, { compress, onFailure: (error) => told.push(error.message) });
    writer.snapshot({});
    for (let i = 0; i < 50_000; i++) feed(writer, flagged);
    await expect(writer.close()).rejects.toThrow(CaptureWriteError);
    await expect(writer.drain()).rejects.toThrow(`${target}: the capture can't be written: `);
    expect(writer.error?.message).toContain('EISDIR');
    expect(told).toEqual([writer.error?.message]);
  });
  it('bytes that are no event block are refused', async () => {
    const writer = new CaptureWriter(path.join(folder, 'b.scap'));
    const wrong = Buffer.alloc(100);
    expect(writer.event(wrong, viewOf(wrong), 20)).toBe(false);
    const long = Buffer.from(flagged);
    long.writeUInt32LE(400, 4);
    expect(feed(writer, long)).toBe(false);
    const short = Buffer.from(flagged);
    short.writeUInt32LE(40, 4);
    expect(feed(writer, short)).toBe(false);
    await writer.close();
  });
});

describe('snapshotBlocks', () => {
  it('what is not known is not written', () => {
    expect(parsed({})).toEqual({});
  });
  it('values at their limits come back', () => {
    const whole: Snapshot = {
      machine: {
        cpus: 0xffffffff,
        memoryBytes: 2n ** 64n - 1n,
        maxPid: 1n,
        hostname: 'h'.repeat(127),
        bootTime: 2n ** 63n,
        flags: 3n,
        isOwn: true,
      },
      threads: [
        {
          ...emptyThread(),
          tid: 2 ** 31,
          args: ['', 'a b', ''],
          envBytes: '\0\0',
          cgroups: ['', 'a'],
          exeIno: 2n ** 64n - 1n,
          majorFaults: 2n ** 60n,
          capEffective: 2n ** 41n - 1n,
          pidnsInitStart: 5n,
          exeLowerLayer: true,
          pgid: 12,
        },
        { ...emptyThread(), cwd: 'c'.repeat(1023), root: 'r'.repeat(1023), envBytes: 'e'.repeat(4096) },
      ],
      users: [{ uid: 0xffffffff, gid: 1, name: 'n'.repeat(255), home: '', shell: '' }],
      groups: [],
      interfaces: [{ name: '', address: 'aaaa', netmask: 'nnnn', broadcast: 'bbbb', linkSpeed: 2n ** 64n - 1n }],
      fds: [
        {
          tid: 1,
          entries: [
            { ...emptyFd(2, 2n ** 64n - 1n, 16), name: 'f'.repeat(1023), dev: 0xffffffff, openFlags: 0xffffffff },
          ],
        },
        { tid: 2, entries: [] },
      ],
    };
    expect(parsed(whole)).toEqual(whole);
  });
  it('longer texts are cut, so that readers take them', () => {
    const thread = { ...emptyThread(), comm: 'x'.repeat(5000), args: ['y'.repeat(70_000)], root: 'z'.repeat(70_000) };
    const fd = { ...emptyFd(1, 2, 9), name: 'n'.repeat(2000) };
    const result = parsed({
      threads: [thread],
      fds: [{ tid: 1, entries: [fd] }],
      groups: [{ gid: 1, name: 'g'.repeat(300) }],
    });
    const [read] = result?.threads ?? [];
    expect([read?.comm.length, read?.args[0]?.length, read?.root.length]).toEqual([1023, 4096, 1023]);
    expect([result?.fds?.[0]?.entries[0]?.name.length, result?.groups?.[0]?.name.length]).toEqual([1023, 255]);
  });
  it('long lists go on in further blocks', () => {
    const threads = Array.from({ length: 2000 }, (_, i) => ({ ...emptyThread(), tid: i, envBytes: 'e'.repeat(4096) }));
    expect(snapshotBlocks({ threads })).toHaveLength(4);
    expect(parsed({ threads })?.threads).toEqual(threads);
  });
  it('when processes began is known again, of those that it was known of', () => {
    const threads = [7n, 0n, 2n ** 62n].map((startTime, tid) => ({ ...emptyThread(), tid, startTime }));
    expect(snapshotBlocks({ threads })).toHaveLength(3);
    expect(parsed({ threads })?.threads).toEqual(threads);
    expect(parsed({ threads: [emptyThread()] })?.threads?.[0]).not.toHaveProperty('startTime');
  });
  it('descriptors of unknown kinds and broken addresses become something readable', () => {
    const entries = [
      { ...emptyFd(1, 2, 99), name: 'what' },
      { ...emptyFd(1, 2, 8), unixSource: 'zz' },
      emptyFd(3, 4, 3),
    ];
    const read = parsed({ fds: [{ tid: 1, entries }] })?.fds?.[0]?.entries;
    expect(read?.map(({ type, name, unixSource, sourceIp }) => [type, name, unixSource, sourceIp])).toEqual([
      [10, 'what', '', ''],
      [8, '', '0', ''],
      [3, '', '', '\0\0\0\0'],
    ]);
  });
});
