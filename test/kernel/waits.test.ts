import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { queryObjects } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import type { SourceContext } from '../../src/model/source.ts';
import { runSensor } from '../../src/sources/ebpf/run.ts';
import { defaults, whyNot } from './sensor-kit.ts';

const rounds = 400;
const folder = mkdtempSync(path.join(tmpdir(), 'saker-waits-'));

/** A process that makes one folder for each line that it gets: each time the sensor wakes up anew. */
function maker(): ChildProcess {
  return spawn('sh', ['-c', `i=0; while read -r line; do mkdir ${folder}/$i; i=$((i + 1)); done`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

describe.skipIf(whyNot() !== '')('a sensor that waits again and again', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  // A wait raced against a promise that lives as long as the session leaves a note of each wait in it.
  it('keeps nothing of its waits', async () => {
    const stop = new AbortController();
    let [seen, started] = [(): void => undefined, (): void => undefined];
    const ready = new Promise<void>((resolve) => (started = resolve));
    const context: SourceContext = {
      signal: stop.signal,
      sink: { snapshot: () => started(), event: () => seen(), lost: () => undefined },
      batchEnd: () => undefined,
    };
    const running = runSensor({ ...defaults, syscalls: 'mkdir' }, context);
    await Promise.race([ready, running]);
    const child = maker();
    const round = async (): Promise<void> => {
      const event = new Promise<void>((resolve) => (seen = resolve));
      child.stdin!.write('\n');
      await event;
    };
    for (let i = 0; i < 50; i++) await round();
    const before = queryObjects(Promise, { format: 'count' });
    for (let i = 0; i < rounds; i++) await round();
    const after = queryObjects(Promise, { format: 'count' });
    child.stdin!.end();
    await once(child, 'exit');
    stop.abort();
    await running;
    expect(after - before).toBeLessThan(rounds / 4);
  });
});
