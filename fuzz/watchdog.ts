import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { workerData } from 'node:worker_threads';
import type { WatchData } from './watch.ts';

/** Runs in a worker: ends the process when one run takes too long or too much memory, its input saved. */

const { shared, file, maxSeconds, maxBytes, offsets } = workerData as WatchData;
const numbers = new Int32Array(shared, 0, 4);
const periodMs = 100;
/** By the clock a run may take longer: the machine may be busy with other work. */
const clockFactor = 12;

let last = -1;
let since = performance.now();
let cpuSince = cpuSeconds();

/** Of the whole process: the run that is looked at, and what collects its memory. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function give(why: string): void {
  const size = Atomics.load(numbers, 1);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, new Uint8Array(shared, offsets.input, size));
  const name = Buffer.from(new Uint8Array(shared, offsets.name, Atomics.load(numbers, 2))).toString();
  writeSync(2, `FAILED ${name}: ${why}\n  run it alone: npm run fuzz -- --target ${name} --input ${file}\n`);
  // Nothing less stops a thread that never comes back.
  process.kill(process.pid, 'SIGKILL');
}

setInterval(() => {
  const run = Atomics.load(numbers, 0);
  if (run !== last) {
    last = run;
    since = performance.now();
    cpuSince = cpuSeconds();
  }
  const isRunning = run % 2 === 1;
  if (!isRunning) return;
  if (cpuSeconds() - cpuSince > maxSeconds) give(`one run takes more than ${maxSeconds} s of CPU time`);
  const most = maxSeconds * clockFactor;
  if (performance.now() - since > most * 1000) give(`one run takes more than ${most} s`);
  if (process.memoryUsage.rss() > maxBytes) give(`the process takes more than ${Math.round(maxBytes / 2 ** 20)} MB`);
}, periodMs);
