import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeNotice, numberedNotices, numberOf } from '../../../test/kit/alerts.ts';
import { ManualClock } from '../../../test/kit/manual-clock.ts';
import { textLogger } from '../../base/log.ts';
import { defaultQueue } from '../defaults.ts';
import type { QueueSettings } from '../settings.ts';
import { type QueueFiles, realFiles } from './files.ts';
import { NoticeQueue } from './queue.ts';
import type { Subscription } from './subscription.ts';

let folder: string;
let clock: ManualClock;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'queue-'));
  clock = new ManualClock();
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(settings: Partial<QueueSettings> = {}, files: QueueFiles = realFiles): Promise<NoticeQueue> {
  const logger = textLogger({ level: 'debug', prefix: 'none', write: (line) => logged.push(line) });
  return NoticeQueue.open({ ...defaultQueue, folder, ...settings }, { clock, logger, files });
}

async function readAll(subscription: Subscription, count: number = 7): Promise<number[]> {
  const found: number[] = [];
  while (subscription.isBehind)
    for (const { notice } of await subscription.read(count, 1e9)) found.push(numberOf(notice));
  return found;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_nothing, i) => from + i);
}

/** Three priorities in turn, so that several files have to be merged. */
function mixed(count: number, from: number = 0) {
  return numbers(from, from + count).map((n) =>
    makeNotice({ output_fields: { n }, priority: ['Error', 'Notice', 'Debug'][n % 3] }),
  );
}

describe.each([
  ['on disk', {}],
  ['on disk, nothing in memory', { tailBytes: 0 }],
  ['on disk, small files', { tailBytes: 0, segmentBytes: 2000 }],
  ['in memory', { folder: undefined }],
])('%s', (_name, settings: Partial<QueueSettings>) => {
  test('every output reads everything, in order, at its own pace', async () => {
    const queue = await open(settings);
    const fast = queue.attach('fast');
    const slow = queue.attach('slow');
    await queue.append(mixed(50));
    expect(await readAll(fast)).toEqual(numbers(0, 50));
    fast.save({ low: fast.position, done: [] });
    expect((await slow.read(3, 1e9)).map(({ notice }) => numberOf(notice))).toEqual([0, 1, 2]);
    await Promise.all(mixed(50, 50).map((notice) => queue.append([notice])));
    expect(await readAll(slow, 11)).toEqual(numbers(3, 100));
    expect(await readAll(fast)).toEqual(numbers(50, 100));
    expect(queue.stats().count).toBe(100);
    for (const each of [fast, slow]) each.save({ low: each.position, done: [] });
    expect(queue.stats()).toMatchObject({ count: 0, oldestMs: 0, damaged: 0 });
    await queue.close();
  });

  test('outputs that fall behind and catch up again read everything once', async () => {
    let seed = 3;
    function next(bound: number): number {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % bound;
    }
    const tailBytes = settings.tailBytes ?? 5000;
    const queue = await open({ segmentBytes: 20_000, ...settings, ...(tailBytes > 0 ? { tailBytes } : {}) });
    const readers = ['a', 'b', 'c'].map((name) => ({ reader: queue.attach(name), found: [] as number[] }));
    let count = 0;
    for (let round = 0; round < 120; round++) {
      const added = next(30);
      await queue.append(mixed(added, count));
      count += added;
      for (const { reader, found } of readers) {
        for (let i = next(4); i > 0; i--) {
          for (const { notice } of await reader.read(1 + next(20), 1e9)) found.push(numberOf(notice));
        }
        if (next(3) === 0) reader.save({ low: reader.position, done: [] });
      }
    }
    for (const { reader, found } of readers) expect([...found, ...(await readAll(reader))]).toEqual(numbers(0, count));
    await queue.close();
  });

  test('an output starts with what comes after it, and goes on where it was', async () => {
    const queue = await open(settings);
    queue.attach('other');
    await queue.append(numberedNotices(5));
    const late = queue.attach('late');
    expect(await readAll(late)).toEqual([]);
    await queue.append(numberedNotices(5));
    const [first] = await late.read(1, 1e9);
    late.save({ low: first!.sequence + 1, done: [[first!.sequence + 2, first!.sequence + 3]] });
    await late.close(false);
    expect(await readAll(queue.attach('late'))).toEqual(
      settings.folder === undefined && 'folder' in settings ? [1, 2, 3, 4] : [1, 4],
    );
    await queue.close();
  });

  test('bounds: a batch by count and bytes, one at least', async () => {
    const queue = await open(settings);
    const reader = queue.attach('a');
    await queue.append(numberedNotices(6));
    expect(await reader.read(100, 1)).toHaveLength(1);
    expect(await reader.read(2, 1e9)).toHaveLength(2);
    const bytes = numberedNotices(1)[0]!.json.length;
    expect(await reader.read(100, bytes * 2 + 10)).toHaveLength(2);
    await queue.close();
  });

  test('when it is full, the oldest of the lowest priority go first, and are counted', async () => {
    const bytes = numberedNotices(1)[0]!.json.length + 60;
    const queue = await open({ ...settings, bytes: bytes * 100, segmentBytes: bytes * 5 });
    const reader = queue.attach('a');
    for (let i = 0; i < 20; i++)
      await queue.append(numberedNotices(1, { priority: 'Critical', output_fields: { n: i } }));
    for (let i = 20; i < 300; i++)
      await queue.append(numberedNotices(1, { priority: 'Debug', output_fields: { n: i } }));
    const found = await readAll(reader);
    expect(found.slice(0, 20)).toEqual(numbers(0, 20));
    expect(found.at(-1)).toBe(299);
    expect(found.length).toBeGreaterThan(80);
    const { evicted, bytes: held } = queue.stats();
    expect(evicted.Critical).toBe(0);
    expect(evicted.Debug).toBe(300 - found.length);
    expect(reader.lost.evicted).toBe(300 - found.length);
    expect(held).toBeLessThanOrEqual(bytes * 100);
    await queue.close();
  });

  test('what is too old goes, and is counted', async () => {
    const queue = await open({ ...settings, ageMs: 1_000_000 });
    const reader = queue.attach('a');
    await queue.append(numberedNotices(4));
    await clock.advance(300_000);
    await queue.append(numberedNotices(2));
    for (let i = 0; i < 15; i++) {
      await clock.advance(61_000);
      // Files are deleted in the meantime.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(queue.stats().expired.Warning).toBe(4);
    expect(await readAll(reader)).toEqual([0, 1]);
    await queue.close();
  });

  test('more than may wait to be written is refused', async () => {
    const queue = await open({ ...settings, pendingBytes: 100 });
    queue.attach('a');
    const results = await Promise.allSettled([1, 2, 3].map(() => queue.append(numberedNotices(1))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(queue.stats().failed).toBe(2);
    await queue.close();
    await expect(queue.append(numberedNotices(1))).rejects.toMatchObject({ problem: 'closed' });
  });
});

describe('on disk', () => {
  test('survives the end of the process, with places and targets', async () => {
    const first = await open();
    const a = first.attach('a');
    await first.append(mixed(30));
    await first.append(numberedNotices(1), 'a');
    await a.read(10, 1e9);
    a.save({ low: 10, done: [[12, 14]] });
    await a.close(false);
    await first.close();
    const second = await open();
    const again = second.attach('a');
    expect(await readAll(again)).toEqual([10, 11, ...numbers(15, 30), 0]);
    await second.append(numberedNotices(1));
    const [entry] = await again.read(1, 1e9);
    expect(entry!.sequence).toBe(31);
    await second.close();
  });

  test('files and folder are for nobody else; one process at a time', async () => {
    const queue = await open();
    queue.attach('a');
    await queue.append(mixed(3));
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    await expect(open()).rejects.toThrow('in use by another process');
    await queue.close();
    await (await open()).close();
  });

  test('files are deleted when every output has had them', async () => {
    const queue = await open({ segmentBytes: 4000 });
    const a = queue.attach('a');
    for (let i = 0; i < 40; i++) await queue.append(numberedNotices(1));
    expect(queue.stats().segments).toBeGreaterThan(3);
    await readAll(a);
    a.save({ low: a.position, done: [] });
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(queue.stats().segments).toBeLessThanOrEqual(1);
    await queue.close();
  });

  test('what an output that was removed has not had is kept for a time', async () => {
    const queue = await open({ segmentBytes: 1000, forgetMs: 600_000 });
    const gone = queue.attach('gone');
    await queue.append(numberedNotices(3));
    await gone.close(false);
    const other = queue.attach('other');
    other.save({ low: other.position, done: [] });
    await clock.advance(120_000);
    expect(queue.stats().count).toBe(3);
    await clock.advance(600_000);
    await clock.advance(1000);
    expect(queue.stats().count).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('cursor-'))).toHaveLength(1);
    await queue.close();
  });

  test.each([0, 4, 8, 9, 300, -1, -100])('everything before a cut at %d is there', async (at) => {
    const queue = await open();
    const a = queue.attach('a');
    await queue.append(numberedNotices(4));
    await a.close(false);
    await queue.close();
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.log'));
    const file = path.join(folder, name!);
    const whole = readFileSync(file);
    const size = at < 0 ? whole.length + at : at;
    writeFileSync(file, whole.subarray(0, size));
    const cut = await open();
    const reader = cut.attach('a');
    expect(await readAll(reader)).toEqual(numbers(0, at < 0 ? 3 : 0));
    // New ones are never mistaken for those that were lost.
    await cut.append(numberedNotices(1));
    expect(await readAll(reader)).toEqual([0]);
    expect(cut.stats().damaged).toBe([0, 8].includes(at) ? 0 : 1);
    await cut.close();
  });

  test('a flipped bit costs one alert, wherever it is', async () => {
    const queue = await open();
    const a = queue.attach('a');
    await queue.append(numberedNotices(10));
    await a.close(false);
    await queue.close();
    const [name] = readdirSync(folder).filter((each) => each.endsWith('.log'));
    const file = path.join(folder, name!);
    const whole = readFileSync(file);
    for (let at = 8; at < whole.length; at += 441) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      writeFileSync(file, flipped);
      const damaged = await open();
      const reader = damaged.attach('a');
      const found = await readAll(reader);
      const lost = Math.floor(((at - 8) * 10) / (whole.length - 8));
      expect(found).toEqual(numbers(0, 10).filter((n) => n !== lost));
      expect(damaged.stats()).toMatchObject({ damaged: 1, damagedBytes: (whole.length - 8) / 10 });
      await reader.close(false);
      await damaged.close();
    }
    expect(logged).toContain(`Alerts in the queue can not be read back: places=1 bytes=${(whole.length - 8) / 10}`);
  });

  test('a place that can not be read costs repeats, no alerts', async () => {
    const queue = await open();
    const a = queue.attach('a');
    await queue.append(numberedNotices(5));
    await readAll(a);
    a.save({ low: 3, done: [] });
    await a.close(false);
    await queue.close();
    const [name] = readdirSync(folder).filter((each) => each.startsWith('cursor-'));
    const file = path.join(folder, name!);
    const bytes = readFileSync(file);
    bytes.fill(0x41, 10, 20).fill(0x41, 16_394, 16_400);
    writeFileSync(file, bytes);
    const again = await open();
    expect(await readAll(again.attach('a'))).toEqual(numbers(0, 5));
    await again.close();
  });

  test.each([
    ['write', 'ENOSPC', 'full'],
    ['write', 'EIO', 'failed'],
    ['create', 'EROFS', 'failed'],
  ] as const)('%s fails with %s: refused, counted, and taken again later', async (call, code, problem) => {
    let isBroken = false;
    function guard(name: string): void {
      if (isBroken && name === call) throw Object.assign(new Error(`${code}: no`), { code });
    }
    const files: QueueFiles = {
      ...realFiles,
      async create(file) {
        guard('create');
        const made = await realFiles.create(file);
        return {
          ...made,
          async write(bytes, position) {
            // A full disk takes a part.
            if (isBroken && code === 'ENOSPC') await made.write(bytes.subarray(0, 20), position);
            guard('write');
            await made.write(bytes, position);
          },
        };
      },
    };
    const queue = await open({ segmentBytes: call === 'create' ? 500 : 1e6 }, files);
    const a = queue.attach('a');
    await queue.append(numberedNotices(2));
    isBroken = true;
    for (let i = 0; i < 3; i++) await expect(queue.append(numberedNotices(1))).rejects.toMatchObject({ problem });
    expect(queue.stats()).toMatchObject({ failed: 3, problem: `${code}: no` });
    isBroken = false;
    await queue.append(numberedNotices(2, { output_fields: { n: 7 } }));
    expect(queue.stats()).toMatchObject({ failed: 3, problem: undefined });
    expect(await readAll(a)).toEqual([0, 1, 7, 7]);
    expect(logged.filter((line) => line.includes('can not be written'))).toHaveLength(1);
    await a.close(false);
    await queue.close();
    const again = await open();
    expect(again.stats().count).toBe(4);
    await again.close();
  });
});
