import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sink } from './sink.ts';

let folder: string;
let sink: Sink;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'kill-'));
  sink = new Sink();
  await sink.start();
});
afterEach(async () => {
  await sink.stop();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  /** Resolves with the first line. */
  readonly started: Promise<void>;
  readonly ended: Promise<number | null>;
}

function run(safe: Set<string>, mode: string, count: number, concurrency: number): Run {
  const file = path.join(import.meta.dirname, 'child.ts');
  const args = [file, path.join(folder, 'queue'), sink.url, mode, String(count), String(concurrency)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  const started = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (part: Buffer) => {
      const lines = (rest + part.toString()).split('\n');
      // A line that was cut by the kill was not acknowledged.
      rest = lines.pop()!;
      for (const line of lines) if (line.length === 36) safe.add(line);
      resolve();
    });
    child.on('exit', () => reject(new Error('ended before it began')));
  });
  return { child, started, ended: new Promise((resolve) => child.on('close', (code) => resolve(code))) };
}

test.each([
  { count: 1, concurrency: 1, kills: 20 },
  { count: 20, concurrency: 4, kills: 30 },
])(
  'killed $kills times at any moment under load, $count a send, $concurrency at a time',
  async ({ count, concurrency, kills }) => {
    const safe = new Set<string>();
    for (let i = 0; i < kills; i++) {
      const { child, started, ended } = run(safe, 'load', count, concurrency);
      await started;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
      child.kill('SIGKILL');
      await ended;
    }
    const last = run(safe, 'drain', count, concurrency);
    await last.started;
    expect(await last.ended).toBe(0);
    const lost = [...safe].filter((uuid) => !sink.counts.has(uuid));
    process.stdout.write(
      `${kills} kills, ${count} x ${concurrency}: ${safe.size} accepted, ${lost.length} lost, ${sink.repeats} twice\n`,
    );
    expect(lost).toEqual([]);
    expect(safe.size).toBeGreaterThan(kills * 10);
    // What was under way when it was killed, at most.
    expect(sink.repeats).toBeLessThanOrEqual(kills * count * concurrency);
  },
);
