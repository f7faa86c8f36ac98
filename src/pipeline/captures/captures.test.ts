import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scenario, type Scenario } from '../../../test/kit/events.ts';
import { MachineState } from '../../state/machine-state.ts';
import type { LoadedRule } from '../../model/rule.ts';
import { Pipeline, type Rule } from '../pipeline.ts';
import { AlertCaptures, type CaptureOptions } from './alert-captures.ts';
import { readCapture } from '../../capture/reader.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-captures-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const usual: Omit<CaptureOptions, 'pathPrefix'> = {
  mode: 'rules',
  defaultDurationMs: 3,
  maxFileBytes: 0,
  beforeSeconds: 0.01,
  beforeBytes: 1 << 20,
  limits: { files: 0, bytes: 0, ageSeconds: 0 },
};

interface Told {
  readonly rule: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Recorded {
  readonly files: readonly string[];
  readonly captures: AlertCaptures;
  readonly logged: readonly string[];
  readonly told: readonly Told[];
}

/** Which events match which rule. */
type Judge = (num: number) => Partial<LoadedRule<unknown>> | undefined;

/** Feeds events through state and captures, as a session does for a capture that is read. */
async function record(run: Scenario, judge: Judge, more: Partial<CaptureOptions> = {}): Promise<Recorded> {
  const logged: string[] = [];
  const told: Told[] = [];
  const state = new MachineState();
  const captures = new AlertCaptures(
    { pathPrefix: path.join(folder, 'alert'), ...usual, ...more },
    {
      freeze: () => state.freeze(),
      logger: { log: (_, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`) },
      tell: (_, rule, __, fields) => told.push({ rule, fields }),
      isLive: false,
    },
  );
  const pipeline = new Pipeline({
    state,
    recorders: [captures],
    judge: {
      evaluate: (event) => {
        const rule = judge(event.num);
        return rule === undefined ? [] : [{ capture: false, captureDurationMs: 0, ...rule } as Rule];
      },
    },
    onMatch: (event, rules) => rules.forEach((rule) => captures.matched(event, rule)),
  });
  const file = path.join(folder, 'input');
  writeFileSync(file, run.toCapture());
  await readCapture({ path: file, sink: pipeline, batchEnd: () => captures.drained() });
  await captures.close();
  const files = readdirSync(folder)
    .filter((name) => name.startsWith('alert_'))
    .sort();
  return { files, captures, logged, told };
}

/** What a program sees that reads a capture: of each event its time in ms since the start, its thread and descriptor. */
async function read(name: string): Promise<string[]> {
  const seen: string[] = [];
  const state = new MachineState();
  const pipeline = new Pipeline({
    state,
    judge: {
      evaluate: (event) => {
        const ms = Number((event.time - start) / 1_000_000n);
        seen.push(`${ms} ${event.info.name} ${event.thread?.comm} ${event.fd?.path?.text ?? ''}`.trim());
        return [];
      },
    },
    onMatch: () => undefined,
  });
  await readCapture({ path: path.join(folder, name), sink: pipeline });
  return seen;
}

const start = 1_700_000_000_000_000_000n;

/** bash starts cat (event 1 and 2), which opens a file as 3 (4), reads n times (from 5 on) and closes it. */
function course(reads: number): Scenario {
  const run = scenario({ start }).clone({ child: 200, time: start });
  run.as(200).execve('/usr/bin/cat').openat('/etc/shadow', { fd: 3 });
  for (let i = 0; i < reads; i++) run.event('SYSCALL_READ_X', { res: 10, fd: 3, data: 'x', size: 10 });
  return run.event('SYSCALL_CLOSE_X', { res: 0, fd: 3 });
}

const times = (lines: readonly string[]): number[] => lines.map((line) => Number.parseInt(line, 10));

describe('what a capture holds', () => {
  test('the seconds before the alert, from a state that fits, and the time after it', async () => {
    const { files, captures } = await record(course(60), (num) => (num === 40 ? { capture: true } : undefined));
    expect(files).toHaveLength(1);
    const seen = await read(files[0]!);
    const alert = times(seen).at(-3)!;
    // At least 10 ms before; no more than twice that.
    expect(alert - times(seen)[0]!).toBeGreaterThanOrEqual(10);
    expect(alert - times(seen)[0]!).toBeLessThanOrEqual(20);
    expect(times(seen).at(-1)! - alert).toBe(2);
    expect(new Set(seen.map((line) => line.replace(/^\d+ /, '')))).toEqual(new Set(['read cat /etc/shadow']));
    expect(captures.counts).toEqual({ begun: 1, failed: 0, eventsLost: 0, cut: 0, removed: 0, withoutPast: 0 });
  });

  test('from the start where there was no more', async () => {
    const { files } = await record(course(3), (num) => (num === 5 ? { capture: true } : undefined), {
      beforeSeconds: 60,
    });
    const seen = await read(files[0]!);
    expect(seen.slice(0, 4).map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'clone bash',
      'clone bash',
      'execve cat',
      'openat cat /etc/shadow',
    ]);
  });

  test('from the alert on, where nothing is kept before it', async () => {
    const { files } = await record(course(9), (num) => (num === 6 ? { capture: true } : undefined), {
      beforeSeconds: 0,
    });
    const seen = await read(files[0]!);
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatch(/ read cat \/etc\/shadow$/);
  });

  test('few bytes: the past is shorter, and never without the state', async () => {
    const { files } = await record(course(300), (num) => (num === 250 ? { capture: true } : undefined), {
      beforeSeconds: 60,
      beforeBytes: 4096,
    });
    const seen = await read(files[0]!);
    expect(seen.length).toBeLessThan(60);
    expect(seen.length).toBeGreaterThan(20);
    expect(new Set(seen.map((line) => line.replace(/^\d+ /, '')))).toEqual(new Set(['read cat /etc/shadow']));
  });

  test('containers that were known before', async () => {
    const id = 'abcdef012345';
    const json = JSON.stringify({ container: { id, full_id: id, name: 'box', image: 'img' } });
    const run = scenario({ start }).event('ASYNCEVENT_E', { plugin_id: 0, name: 'container', data: `${json}\0` });
    for (let i = 0; i < 60; i++) run.openat(`/tmp/${i}`, { fd: 3 });
    const { files } = await record(run, (num) => (num === 50 ? { capture: true } : undefined));
    const state = new MachineState();
    const pipeline = new Pipeline({ state, judge: { evaluate: () => [] }, onMatch: () => undefined });
    await readCapture({ path: path.join(folder, files[0]!), sink: pipeline });
    expect(state.container(id)?.name).toBe('box');
  });
});

describe('when one begins and ends', () => {
  test('name: time and number of the event of the alert', async () => {
    const { files } = await record(course(3), (num) => (num === 5 ? { capture: true } : undefined));
    expect(files[0]).toMatch(/^alert_0\d{19}_00000000000000000005\.scap$/);
    expect(files[0]).toContain(String(start / 1_000_000_000n));
    expect(statSync(path.join(folder, files[0]!)).mode & 0o777).toBe(0o600);
  });

  test('rules without capture begin none, and make one longer', async () => {
    expect((await record(course(9), () => ({}))).files).toEqual([]);
    const { files } = await record(course(30), (num) => (num === 5 || num === 7 ? { capture: num === 5 } : undefined), {
      beforeSeconds: 0,
    });
    // 3 ms after the second match.
    expect(await read(files[0]!)).toHaveLength(5);
  });

  test('all_rules: every rule begins one', async () => {
    const { files } = await record(course(30), (num) => (num === 8 ? {} : undefined), { mode: 'all_rules' });
    expect(files).toHaveLength(1);
  });

  test('the time that the rule says', async () => {
    const judge: Judge = (num) => (num === 5 ? { capture: true, captureDurationMs: 10 } : undefined);
    const { files } = await record(course(30), judge, { beforeSeconds: 0 });
    // Times are compared as doubles: the event exactly at the end may be in.
    expect([10, 11]).toContain((await read(files[0]!)).length);
  });

  test('one after the other', async () => {
    const judge: Judge = (num) => (num === 5 || num === 20 ? { capture: true } : undefined);
    expect((await record(course(30), judge)).files).toHaveLength(2);
  });
});

describe('bounds', () => {
  test('size: the capture ends, and that is told', async () => {
    const run = scenario({ start });
    for (let i = 0; i < 4000; i++) {
      const noise = Array.from({ length: 600 }, (_, k) => String.fromCharCode(((i * 31 + k * k * 7) % 255) | 1)).join(
        '',
      );
      run.openat(`/tmp/${noise}`, { fd: 3, time: start + BigInt(i) });
    }
    const { told, captures, files } = await record(run, (num) => (num === 1 ? { capture: true } : undefined), {
      maxFileBytes: 4096,
      beforeSeconds: 0,
    });
    expect(captures.counts).toMatchObject({ begun: 1, cut: 1 });
    expect(told).toEqual([
      {
        rule: 'Falco internal: capture size limit reached',
        fields: { max_file_size_mb: 0, written_bytes: expect.any(Number) },
      },
    ]);
    expect((await read(files[0]!)).length).toBeLessThan(4000);
  });

  test('number: the oldest go; what others made stays', async () => {
    writeFileSync(path.join(folder, 'alert_1.scap'), '');
    mkdirSync(path.join(folder, `alert_${'0'.repeat(20)}_${'1'.repeat(20)}.scap`));
    const judge: Judge = (num) => (num % 10 === 0 ? { capture: true } : undefined);
    const { files, captures } = await record(course(60), judge, { limits: { files: 2, bytes: 0, ageSeconds: 0 } });
    expect(files.filter((name) => /_00000000000000000\d+\.scap$/.test(name))).toHaveLength(2);
    expect(files).toContain('alert_1.scap');
    expect(captures.counts).toMatchObject({ begun: 6, removed: 4 });
  });

  test('age', async () => {
    const judge: Judge = (num) => (num === 5 ? { capture: true } : undefined);
    await record(course(9), judge);
    // The capture lies long before the files' own times.
    const { captures } = await record(
      scenario({ start: 4_000_000_000_000_000_000n }).openat('/x', { fd: 3 }),
      () => ({ capture: true }),
      {
        limits: { files: 0, bytes: 0, ageSeconds: 60 },
      },
    );
    expect(captures.counts.removed).toBe(1);
  });

  test('a link or file in the place of a capture is neither followed nor overwritten', async () => {
    const judge: Judge = (num) => (num === 5 ? { capture: true } : undefined);
    const { files } = await record(course(9), judge);
    const target = path.join(folder, 'target');
    writeFileSync(target, 'mine');
    rmSync(path.join(folder, files[0]!));
    symlinkSync(target, path.join(folder, files[0]!));
    const again = await record(course(9), judge);
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect(again.captures.counts).toMatchObject({ begun: 0, failed: 1 });
    expect(again.logged[0]).toContain('a capture could not be written');
    expect(again.logged[0]).toContain('EEXIST');
  });

  test('no folder: it is told at once', () => {
    const parts = { freeze: () => () => ({}), logger: { log: () => undefined }, tell: () => undefined, isLive: false };
    expect(() => new AlertCaptures({ ...usual, pathPrefix: `${folder}/none/x` }, parts)).toThrow('ENOENT');
  });
});
