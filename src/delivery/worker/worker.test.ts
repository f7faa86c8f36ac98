import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeNotice, numberedNotices, numberOf } from '../../../test/kit/alerts.ts';
import { ManualClock, settle } from '../../../test/kit/manual-clock.ts';
import { textLogger } from '../../base/log.ts';
import type { Notice } from '../../model/notice.ts';
import type { Outcome } from '../../model/output.ts';
import { defaultDelivery, defaultMatch, defaultOutput } from '../defaults.ts';
import type { Delivery } from '../delivery.ts';
import type { DeliverySettings, OutputSettings } from '../settings.ts';
import { startDelivery } from '../start.ts';
import type { OutputStats } from '../stats.ts';

type Answer = Outcome | Error | 'hang';

let folder: string;
let clock: ManualClock;
let logged: string[];
let delivery: Delivery;
/** Numbers of each send. */
let sends: number[][];
/** When each send began. */
let times: number[];
let answers: Answer[];
let most: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'worker-'));
  clock = new ManualClock();
  logged = [];
  sends = [];
  times = [];
  answers = [];
  most = 0;
});
afterEach(async () => {
  const closing = delivery.close(0);
  await clock.advance(20_000);
  await closing;
  rmSync(folder, { recursive: true });
});

const ok: Outcome = { kind: 'ok' };
const retry: Outcome = { kind: 'retry', reason: 'status 500' };
const drop: Outcome = { kind: 'drop', reason: 'status 400' };

function output(changes: Partial<OutputSettings> = {}): OutputSettings {
  let running = 0;
  return {
    ...defaultOutput,
    name: 'a',
    revision: '1',
    retry: { leastMs: 100, mostMs: 1000, attempts: 0, ageMs: 3_600_000 },
    breaker: { failures: 0, openMs: 1000 },
    open: () =>
      Promise.resolve({
        async send(batch: readonly Notice[], signal: AbortSignal): Promise<Outcome> {
          sends.push(batch.map(numberOf));
          times.push(clock.now());
          most = Math.max(most, ++running);
          const answer = answers.shift() ?? ok;
          try {
            await settle(1);
            if (answer === 'hang') await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
            if (answer instanceof Error) throw answer;
            return answer as Outcome;
          } finally {
            running--;
          }
        },
        close: () => undefined,
      }),
    ...changes,
  };
}

async function start(changes: Partial<OutputSettings> = {}, settings: Partial<DeliverySettings> = {}): Promise<void> {
  delivery = await startDelivery(
    { ...defaultDelivery, outputs: [output(changes)], deadLetters: { folder, bytes: 1e6 }, ...settings },
    {
      logger: textLogger({ level: 'debug', prefix: 'none', write: (line) => logged.push(line) }),
      clock,
      random: () => 0.5,
    },
  );
}

async function accept(notices: readonly Notice[]): Promise<void> {
  await delivery.accept(notices);
  await settle(30);
}

function stats(name: string = 'a'): OutputStats {
  return delivery.stats().outputs.get(name)!;
}

/** Dead letters are written to the disk, which takes time of its own. */
async function untilDead(count: number): Promise<void> {
  for (let i = 0; i < 400 && stats().dead < count; i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(stats().dead).toBe(count);
  await settle();
}

function letters(name: string = 'a'): { reason: string; attempts: number; notice: { output_fields: { n: number } } }[] {
  const lines = readFileSync(path.join(folder, `${name}.ndjson`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as ReturnType<typeof letters>[number]);
}

describe('batches', () => {
  test('one by one, in order', async () => {
    await start();
    await accept(numberedNotices(5));
    expect(sends).toEqual([[0], [1], [2], [3], [4]]);
    expect(most).toBe(1);
    expect(stats()).toMatchObject({ sent: 5, sends: 5, failures: 0, depth: 0, inFlight: 0 });
  });

  test('up to a number, or what has come in a time', async () => {
    await start({ batch: { count: 3, bytes: 1e9, waitMs: 200 } });
    await accept(numberedNotices(7));
    expect(sends).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    await clock.advance(199);
    expect(sends).toHaveLength(2);
    await clock.advance(1);
    expect(sends).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });

  test('up to a size', async () => {
    const notices = numberedNotices(5);
    await start({ batch: { count: 100, bytes: notices[0]!.json.length * 2 + 10, waitMs: 1000 } });
    await accept(notices);
    await clock.advance(1000);
    expect(sends).toEqual([[0, 1], [2, 3], [4]]);
  });

  test('several at a time, no more than allowed', async () => {
    await start({ concurrency: 3 });
    await accept(numberedNotices(9));
    expect(most).toBe(3);
    expect(sends.map(([n]) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('faults', () => {
  test('a failed send is tried again, later and later, up to a bound', async () => {
    answers = [retry, retry, new Error('refused'), retry, retry, retry];
    await start();
    await accept(numberedNotices(2));
    await clock.advance(10_000);
    expect(sends.map(([n]) => n)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
    const waits = times.slice(1, 7).map((time, i) => time - times[i]!);
    expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
    expect(stats()).toMatchObject({ sent: 2, failures: 6, retried: 6, lastError: 'status 500' });
    expect(logged).toEqual([
      'An output does not take alerts; they wait: output=a reason=status 500',
      'An output takes alerts again: output=a',
    ]);
  });

  test('what the receiver asks for is kept to, by all sends', async () => {
    answers = [{ kind: 'retry', reason: 'status 429', afterMs: 5000 }];
    await start({ concurrency: 2 });
    await accept(numberedNotices(4));
    await clock.advance(4999);
    expect(sends.map(([n]) => n)).toEqual([0, 1]);
    await clock.advance(200);
    expect(sends.map(([n]) => n).sort((a, b) => a! - b!)).toEqual([0, 0, 1, 2, 3]);
  });

  test('a send that hangs ends in time', async () => {
    answers = ['hang'];
    await start({ timeoutMs: 2000 });
    await accept(numberedNotices(2));
    await clock.advance(3000);
    expect(sends.map(([n]) => n)).toEqual([0, 0, 1]);
    expect(stats().lastError).toBe('no answer within 2000 ms');
  });

  test('the breaker opens, and one send at a time probes', async () => {
    answers = [retry, retry, retry, retry, retry];
    await start({ breaker: { failures: 2, openMs: 10_000 }, concurrency: 2 });
    await accept(numberedNotices(3));
    expect(sends).toHaveLength(2);
    expect(stats().breaker).toBe('open');
    await clock.advance(9999);
    expect(sends).toHaveLength(2);
    await clock.advance(1);
    expect(sends).toHaveLength(3);
    // Twice as long.
    await clock.advance(19_999);
    expect(sends).toHaveLength(3);
    await clock.advance(1);
    expect(sends).toHaveLength(4);
    // And no longer: who is back again is to be noticed.
    await clock.advance(20_000);
    expect(sends).toHaveLength(5);
    await clock.advance(20_000);
    expect(stats()).toMatchObject({ sent: 3, breaker: 'closed' });
  });

  test('only those of a batch that failed go again', async () => {
    answers = [{ kind: 'each', items: [ok, retry, drop, ok] }];
    await start({ batch: { count: 4, bytes: 1e9, waitMs: 0 } });
    await accept(numberedNotices(4));
    await untilDead(1);
    await clock.advance(1000);
    expect(sends).toEqual([[0, 1, 2, 3], [1]]);
    expect(letters()).toMatchObject([{ reason: 'status 400', attempts: 1, notice: { output_fields: { n: 2 } } }]);
    expect(stats()).toMatchObject({ sent: 3, dead: 1, failures: 0 });
  });

  test('an output that says too little has not acknowledged', async () => {
    answers = [{ kind: 'each', items: [ok] }];
    await start({ batch: { count: 2, bytes: 1e9, waitMs: 0 } });
    await accept(numberedNotices(2));
    await clock.advance(1000);
    expect(sends).toEqual([[0, 1], [1]]);
  });

  test('an output that can not be opened is tried again', async () => {
    let attempts = 0;
    const made = output();
    await start({ open: () => (attempts++ < 3 ? Promise.reject(new Error('no such broker')) : made.open()) });
    await accept(numberedNotices(1));
    expect(stats()).toMatchObject({ ready: false, depth: 1, lastError: 'no such broker' });
    await clock.advance(5000);
    expect(stats()).toMatchObject({ ready: true, sent: 1 });
  });
});

describe('dead letters', () => {
  test('after so many attempts, or so long', async () => {
    answers = [retry, retry, retry];
    await start({ retry: { leastMs: 100, mostMs: 1000, attempts: 3, ageMs: 3_600_000 } });
    await accept(numberedNotices(2));
    await clock.advance(10_000);
    await untilDead(1);
    expect(sends.map(([n]) => n)).toEqual([0, 0, 0, 1]);
    expect(letters()).toMatchObject([{ reason: 'status 500', attempts: 3 }]);
    expect(statSync(path.join(folder, 'a.ndjson')).mode & 0o777).toBe(0o600);
  });

  test('age', async () => {
    answers = [retry, retry, retry, retry];
    await start({ retry: { leastMs: 100, mostMs: 1000, attempts: 0, ageMs: 300 } });
    await accept(numberedNotices(1));
    await clock.advance(10_000);
    await untilDead(1);
    expect(stats()).toMatchObject({ sent: 0, depth: 0 });
  });

  test('are put in the queue again, for their output alone', async () => {
    answers = [drop, drop];
    const other: number[] = [];
    const b = output({
      name: 'b',
      open: () =>
        Promise.resolve({
          send(batch: readonly Notice[]) {
            other.push(...batch.map(numberOf));
            return Promise.resolve(ok);
          },
          close: () => undefined,
        }),
    });
    await start({}, { outputs: [output(), b] });
    await accept(numberedNotices(3));
    await untilDead(2);
    expect(await delivery.replayDeadLetters('a')).toBe(2);
    await settle(40);
    expect(sends.map(([n]) => n)).toEqual([0, 1, 2, 0, 1]);
    expect(other).toEqual([0, 1, 2]);
    expect(await delivery.replayDeadLetters()).toBe(0);
    await expect(delivery.replayDeadLetters('none')).rejects.toThrow('there is no output none');
  });

  test('are bounded: the older half goes', async () => {
    answers = Array.from({ length: 40 }, () => drop);
    const line = numberedNotices(1)[0]!.json.length + 150;
    await start({}, { deadLetters: { folder, bytes: line * 10 } });
    await accept(numberedNotices(40));
    await untilDead(40);
    const kept = letters().map(({ notice }) => notice.output_fields.n);
    expect(kept.at(-1)).toBe(39);
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_nothing, i) => 40 - kept.length + i));
  });
});

describe('routing', () => {
  test('what is not for it is passed over, and counted', async () => {
    const route = { ...defaultOutput.route, minimumPriority: 'Error', condition: 'proc.pid >= 2' } as const;
    await start({ route });
    const errors = [0, 1, 2, 3].map((n) => makeNotice({ priority: 'Error', output_fields: { n, 'proc.pid': n } }));
    await accept([...errors, ...numberedNotices(3)]);
    expect(sends.map(([n]) => n)).toEqual([2, 3]);
    expect(stats()).toMatchObject({ depth: 0, held: { priority: 3, condition: 2 } });
  });

  test('a group is told of at its end', async () => {
    await start({ grouping: { fields: [], windowMs: 60_000, groups: 10 } });
    await accept(numberedNotices(5));
    expect(sends).toEqual([[0]]);
    await clock.advance(60_000);
    await settle(20);
    expect(sends).toHaveLength(2);
    expect(stats()).toMatchObject({ held: { grouped: 4 }, summaries: 1 });
    await accept(numberedNotices(1));
    expect(sends).toHaveLength(3);
  });

  test('what is held back is told of before the end', async () => {
    await start({ rateLimit: { burst: 1, perSecond: 0.001, summaryMs: 60_000, rules: 10 } });
    await accept(numberedNotices(5));
    const closing = delivery.close(5000);
    await clock.advance(5000);
    expect((await closing).waiting).toEqual(new Map([['a', 0]]));
    expect(sends).toHaveLength(2);
  });

  test('silenced', async () => {
    await start();
    const match = { ...defaultMatch, rules: ['Terminal*'] };
    await delivery.silence({ match, start: clock.now(), end: clock.now() + 1000, author: 'me', comment: '' });
    await accept(numberedNotices(2));
    await clock.advance(1000);
    await accept(numberedNotices(1));
    expect(stats()).toMatchObject({ sent: 1, held: { silenced: 2 } });
  });
});

describe('the whole', () => {
  test('paused, resumed', async () => {
    await start();
    delivery.pause('a');
    await accept(numberedNotices(2));
    expect(sends).toEqual([]);
    expect(stats()).toMatchObject({ paused: true, depth: 2 });
    delivery.resume('a');
    await settle(20);
    expect(sends).toHaveLength(2);
    expect(() => delivery.pause('none')).toThrow(RangeError);
  });

  test('a reload loses nothing and leaves alone what is the same', async () => {
    await start();
    delivery.pause('a');
    await accept(numberedNotices(3));
    const changed = { ...defaultDelivery, outputs: [output({ revision: '2' }), output({ name: 'b' })] };
    const reloading = delivery.reload(changed);
    await clock.advance(10_000);
    await reloading;
    await settle(30);
    expect(sends.map(([n]) => n)).toEqual([0, 1, 2]);
    expect([...delivery.stats().outputs.keys()]).toEqual(['a', 'b']);
    await expect(
      delivery.reload({
        ...changed,
        outputs: [output({ route: { ...defaultOutput.route, condition: 'a.b =' } }), output()],
      }),
    ).rejects.toThrow(/^outputs\[0\]\.route\.condition: .*; outputs\[1\]\.name: is there twice$/);
  });

  test('a test goes at once, and says what came of it', async () => {
    answers = [drop];
    await start();
    delivery.pause('a');
    await settle();
    expect(await delivery.test('a', makeNotice())).toEqual(drop);
    await expect(delivery.test('none', makeNotice())).rejects.toThrow('there is no output none');
  });

  test('the end waits for what gets through, not for what does not', async () => {
    answers = [retry, retry];
    await start({ breaker: { failures: 1, openMs: 60_000 } });
    await accept(numberedNotices(3));
    const closing = delivery.close(60_000);
    await clock.advance(100);
    expect((await closing).waiting).toEqual(new Map([['a', 3]]));
    await expect(delivery.accept(numberedNotices(1))).rejects.toMatchObject({ problem: 'closed' });
  });

  test('numbers of the intake', async () => {
    await start();
    expect(delivery.read(Buffer.from('{}')).refused).toHaveLength(1);
    await accept(numberedNotices(2));
    expect(delivery.stats().intake).toMatchObject({
      accepted: 2,
      rejected: { priority: 1 },
      byPriority: { Warning: 2 },
    });
  });
});
