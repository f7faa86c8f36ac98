import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { block, bytes, collector } from '../../test/kit/capture.ts';
import { scenario } from '../../test/kit/events.ts';
import { SourceError } from '../model/source.ts';
import { type ReadOptions, readCapture } from './reader.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-capture-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: Buffer): string {
  const name = path.join(folder, `${Math.random().toString(36).slice(2)}.scap`);
  writeFileSync(name, content);
  return name;
}

async function read(options: Omit<ReadOptions, 'sink'>) {
  const sink = collector();
  let error: unknown;
  const stats = await readCapture({ ...options, sink }).catch((thrown: unknown) => void (error = thrown));
  return { sink, stats, error, message: error instanceof SourceError ? error.message : '' };
}

/** About 3 MB that gzip can't make much smaller. */
function largeScenario() {
  const run = scenario();
  let seed = 1;
  for (let i = 0; i < 20_000; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    run.openat(`/tmp/${(seed * 7919).toString(36)}${seed.toString(36)}${'abcdefghijklmnop'.slice(seed % 16)}`, {
      fd: i,
    });
  }
  return run;
}

const small = scenario().close(3).close(4);
const large = largeScenario();
const largeCapture = large.toCapture();

describe('readCapture', () => {
  it.each([
    ['plain', largeCapture],
    ['gzip', gzipSync(largeCapture)],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(largeCapture.subarray(0, 100_001)), gzipSync(largeCapture.subarray(100_001))]),
    ],
    ['gzip with zero padding', Buffer.concat([gzipSync(largeCapture), Buffer.alloc(600)])],
  ])('%s: all events in order', async (_, content) => {
    const { sink, error, stats } = await read({ path: file(content) });
    expect(error).toBeUndefined();
    expect(stats).toMatchObject({ events: 20_000, sections: 1 });
    expect(sink.snapshots).toEqual([large.snapshot]);
    expect(
      Buffer.concat(sink.collected).equals(
        Buffer.concat(large.blocks.map((b) => b.subarray(10, 10 + b.readUInt32LE(26)))),
      ),
    ).toBe(true);
  });
  it('several captures joined, compressed or not', async () => {
    for (const content of [
      Buffer.concat([small.toCapture(), small.toCapture()]),
      Buffer.concat([gzipSync(small.toCapture()), gzipSync(small.toCapture())]),
    ]) {
      const { sink, error } = await read({ path: file(content) });
      expect(error).toBeUndefined();
      expect(sink.snapshots).toEqual([small.snapshot, small.snapshot]);
      expect(sink.collected).toHaveLength(4);
    }
  });
  it.each([
    ['plain', largeCapture],
    ['gzip', gzipSync(largeCapture)],
  ])('standard input, %s, in odd pieces', async (_, content) => {
    const pieces: Buffer[] = [content.subarray(0, 1), content.subarray(1, 12)];
    for (let at = 12; at < content.length; at += 70_001) pieces.push(content.subarray(at, at + 70_001));
    const { sink, error } = await read({ path: '-', input: Readable.from(pieces, { objectMode: false }) });
    expect(error).toBeUndefined();
    expect(sink.collected).toHaveLength(20_000);
  });
  it('waits for batchEnd', async () => {
    let pending = 0;
    let batches = 0;
    const sink = collector();
    const event = sink.event.bind(sink);
    sink.event = (...args) => {
      expect(pending).toBe(0);
      event(...args);
    };
    const batchEnd = async () => {
      batches++;
      pending++;
      await new Promise((resolve) => setImmediate(resolve));
      pending--;
    };
    await readCapture({ path: file(gzipSync(largeCapture)), sink, batchEnd });
    expect(sink.collected).toHaveLength(20_000);
    expect(batches).toBeGreaterThan(3);
  });
  it('stops by its signal', async () => {
    const stop = new AbortController();
    const { sink, error } = await read({
      path: file(gzipSync(largeCapture)),
      signal: stop.signal,
      batchEnd: () => stop.abort(),
    });
    expect(error).toBeUndefined();
    expect(sink.collected.length).toBeGreaterThan(0);
    expect(sink.collected.length).toBeLessThan(20_000);
  });
  it('an error of the sink comes through as it is', async () => {
    const failure = new Error('sink');
    const sink = {
      ...collector(),
      event: () => {
        throw failure;
      },
    };
    await expect(readCapture({ path: file(gzipSync(largeCapture)), sink })).rejects.toBe(failure);
  });
  it('reports event codes of the future as lost', async () => {
    const future = block(0x216, bytes().u16(0).u64(1, 2).u32(26).u16(600).u32(0));
    const { sink } = await read({ path: file(Buffer.concat([small.toCapture(), future, future])) });
    expect(sink.losses).toEqual([[2, 'event codes of a newer version']]);
  });
});

describe('errors', () => {
  it.each([
    ['missing', () => path.join(folder, 'nope.scap'), /nope\.scap: there is no such file/],
    ['a directory', () => folder, /is a directory/],
    ['empty', () => file(Buffer.alloc(0)), /the file is empty/],
    ['not a capture', () => file(Buffer.from('hello world, this is text')), /not a capture/],
    ['gzip of something else', () => file(gzipSync(Buffer.from('hello world, this is text'))), /not a capture/],
    ['only the magic of gzip', () => file(Buffer.from([0x1f, 0x8b])), /ends early: the file is truncated|is truncated/],
    [
      'garbage behind gzip',
      () => file(Buffer.concat([gzipSync(small.toCapture()), Buffer.from('garbage')])),
      /damaged/,
    ],
    [
      'damage within gzip',
      () => file(gzipSync(Buffer.concat([small.toCapture(), Buffer.alloc(40)]))),
      /at byte \d+ of the uncompressed data: a block/,
    ],
    ['damage without gzip', () => file(Buffer.concat([small.toCapture(), Buffer.alloc(40)])), /at byte \d+: a block/],
  ])('%s', async (_, name, message) => {
    const result = await read({ path: name() });
    expect(result.error).toBeInstanceOf(SourceError);
    expect(result.message).toMatch(message);
  });
  it('standard input without data', async () => {
    expect((await read({ path: '-', input: Readable.from([]) })).message).toMatch(/^standard input: the file is empty/);
  });
  it.each([0.1, 0.5, 0.9, 0.999])('gzip truncated at %d: what could be inflated, then an error', async (part) => {
    const compressed = gzipSync(largeCapture);
    const { sink, message } = await read({ path: file(compressed.subarray(0, Math.floor(compressed.length * part))) });
    expect(message).toMatch(/at byte \d+ of the uncompressed data: the compressed data ends early/);
    const end = Number(/at byte (\d+)/.exec(message)?.[1]);
    const head = largeCapture.length - large.blocks.reduce((sum, b) => sum + b.length, 0);
    let complete = 0;
    for (let at = head; at < end; at += large.blocks[complete++]!.length);
    expect(sink.collected).toHaveLength(complete);
    expect(end).toBeGreaterThan(largeCapture.length * (part - 0.05));
  });
  it('gzip without its last bytes is truncated though every event is there', async () => {
    const compressed = gzipSync(small.toCapture());
    const { sink, message } = await read({ path: file(compressed.subarray(0, -4)) });
    expect(sink.collected).toHaveLength(2);
    expect(message).toMatch(/truncated/);
  });
  it('garbage behind gzip in a piece of its own', async () => {
    const input = Readable.from([gzipSync(small.toCapture()), Buffer.from('garbage')], { objectMode: false });
    const { sink, message } = await read({ path: '-', input });
    expect(message).toMatch(/damaged/);
    expect(sink.collected).toHaveLength(2);
  });
  it('damaged gzip: everything that can be inflated before, then an error', async () => {
    const compressed = gzipSync(largeCapture);
    const at = compressed.length - 5000;
    compressed.fill(0xff, at, at + 100);
    const { sink, message } = await read({ path: file(compressed) });
    expect(message).toMatch(/compressed data is damaged/);
    expect(Number(/at byte (\d+)/.exec(message)?.[1]) / largeCapture.length).toBeGreaterThan(
      (at - 300) / compressed.length - 0.01,
    );
    expect(sink.collected.length / 20_000).toBeGreaterThan(at / compressed.length - 0.02);
  });
  it('gzip with a wrong checksum: every event, then an error', async () => {
    const compressed = gzipSync(small.toCapture());
    compressed[compressed.length - 6]! ^= 1;
    const { sink, message } = await read({ path: file(compressed) });
    expect(sink.collected).toHaveLength(2);
    expect(message).toMatch(/compressed data is damaged/);
  });
});
