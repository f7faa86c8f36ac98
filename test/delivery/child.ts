// A process that takes alerts and delivers them, until it is killed or, with `drain`, everything is delivered.
// Each alert that is safe is told to the parent: its uuid, one a line.
import { writeSync } from 'node:fs';
import { makeNotice } from '../kit/alerts.ts';
import { hook, startOnDisk } from './setup.ts';

const [folder = '', url = '', mode = '', count = '1', concurrency = '1'] = process.argv.slice(2);
const output = hook({
  url,
  framing: count === '1' ? 'single' : 'array',
  changes: { batch: { count: Number(count), bytes: 1e6, waitMs: 0 }, concurrency: Number(concurrency) },
});
const delivery = await startOnDisk(folder, [output]);

async function load(): Promise<never> {
  for (;;) {
    const notices = Array.from({ length: 1 + Math.floor(Math.random() * 5) }, () => makeNotice());
    await delivery.accept(notices);
    writeSync(1, notices.map(({ uuid }) => `${uuid}\n`).join(''));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  }
}

if (mode === 'drain') {
  writeSync(1, 'started\n');
  const isDone = await delivery.drain(60_000);
  await delivery.close(5000);
  process.exitCode = isDone ? 0 : 1;
} else {
  await Promise.all(Array.from({ length: 8 }, load));
}
