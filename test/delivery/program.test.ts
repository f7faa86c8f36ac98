import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { post, Program, until } from './program.ts';
import { Sink } from './sink.ts';

// The real program: started, killed and started again, with alerts by HTTP. All at the same time, for they mostly wait.

/** Runs with a folder and a receiver of its own. */
async function withSink(run: (folder: string, sink: Sink) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'program-'));
  const sink = new Sink();
  await sink.start();
  try {
    await run(folder, sink);
  } finally {
    await sink.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Posts one request after the other until there is no answer any more; notes what was acknowledged. */
async function load(url: string, safe: Set<string>): Promise<void> {
  for (;;) {
    try {
      for (const uuid of await post(url, 1 + Math.floor(Math.random() * 5))) safe.add(uuid);
    } catch {
      return;
    }
    await sleep(Math.random() * 4);
  }
}

const senders = 8;

test.concurrent.each([
  { framing: 'single', count: 1, concurrency: 1, kills: 20 },
  { framing: 'array', count: 20, concurrency: 4, kills: 30 },
])(
  'killed $kills times at any moment under load, $count a send, $concurrency at a time',
  { timeout: 600_000 },
  async ({ framing, count, concurrency, kills }) => {
    await withSink(async (folder, sink) => {
      const keys = `address: "${sink.url}", framing: ${framing}, maxconcurrentrequests: ${concurrency}`;
      const lines = [`webhook: {${keys}, batchcount: ${count}}`];
      const safe = new Set<string>();
      for (let i = 0; i < kills; i++) {
        const program = Program.start(folder, lines);
        // Now and then while it starts; else once alerts come in.
        if (i % 5 < 4) {
          const url = await program.url;
          const before = safe.size;
          const loads = Array.from({ length: senders }, () => load(url, safe));
          await until(() => safe.size > before, 60_000);
          await sleep(Math.random() * 250);
          await program.kill();
          await Promise.all(loads);
        } else {
          await sleep(Math.random() * 1500);
          await program.kill();
        }
      }
      const last = Program.start(folder, lines);
      await last.url;
      const isThere = (uuid: string): boolean => sink.counts.has(uuid);
      await until(() => [...safe].every(isThere), 120_000).catch(() => undefined);
      expect(await last.stop()).toBe(0);
      const lost = [...safe].filter((uuid) => !isThere(uuid)).length;
      process.stdout.write(
        `${kills} kills, ${count} x ${concurrency}: ${safe.size} acknowledged, ${lost} lost, ${sink.repeats} twice\n`,
      );
      expect(lost).toBe(0);
      // What was under way when it was killed, at most.
      expect(sink.repeats).toBeLessThanOrEqual(kills * count * concurrency);
    });
  },
);

test.concurrent('an output that is down for a minute gets everything, once and in order', { timeout: 600_000 }, () =>
  withSink(async (folder, sink) => {
    const program = Program.start(folder, [`webhook: {address: "${sink.url}"}`]);
    const url = await program.url;
    const sent: string[] = await post(url, 10);
    await until(() => sink.order.length === 10, 60_000);
    await sink.stop();
    const end = performance.now() + 60_000;
    while (performance.now() < end) {
      sent.push(...(await post(url, 5)));
      await sleep(500);
    }
    expect(sink.order).toHaveLength(10);
    await sink.start();
    await until(() => sink.order.length >= sent.length, 120_000);
    expect(await program.stop()).toBe(0);
    expect(sink.order).toEqual(sent);
  }),
);
