import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const day = 86_400;

interface Told {
  readonly time: string;
  readonly output_fields: { readonly 'evt.arg.path': string; readonly 'proc.duration': number };
}

describe.skipIf(missing('kernel'))("the machine's clock is set", () => {
  let folder: string;
  let shift: number;
  let saker: ChildProcess;
  let [printed, log] = ['', ''];

  function setClock(seconds: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeSync(shift, bytes, 0, 8, 0);
  }

  async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
    for (let i = 0; i < 300; i++) {
      const value = get();
      if (value !== undefined) return value;
      await sleep(50);
    }
    throw new Error(`no ${what}: ${printed}${log}`);
  }

  function timesLogged(): number {
    return log.split('clock was set').length - 1;
  }

  function alertOf(name: string): Promise<Told> {
    return eventually(`alert about ${name}`, () =>
      printed
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Told)
        .find((told) => told.output_fields['evt.arg.path'].endsWith(`/${name}`)),
    );
  }

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-clock-'));
    const library = path.join(folder, 'clock-shift.so');
    const source = path.join(import.meta.dirname, 'clock-shift.c');
    const built = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    shift = openSync(path.join(folder, 'shift'), 'w+');
    setClock(0);
    writeFileSync(
      path.join(folder, 'rules.yaml'),
      `- rule: Folder removed\n  desc: d\n  priority: NOTICE\n  output: removed %evt.arg.path %proc.duration\n` +
        `  condition: evt.type = rmdir and evt.arg.path startswith ${folder}/\n`,
    );
    const args = ['run', '--json', '-r', path.join(folder, 'rules.yaml')];
    saker = spawn(path.join(root, 'bin/saker'), args, {
      env: { ...process.env, LD_PRELOAD: library, CLOCK_SHIFT: path.join(folder, 'shift') },
    });
    saker.stdout!.on('data', (text) => void (printed += String(text)));
    saker.stderr!.on('data', (text) => void (log += String(text)));
    await eventually('start', () => (log.includes('watching') ? true : undefined));
  });
  afterAll(async () => {
    saker.kill('SIGTERM');
    await once(saker, 'exit');
    closeSync(shift);
    rmSync(folder, { recursive: true });
  });

  // Set back, what comes then is older than what waits; it must be told all the same, and at once.
  it.each([
    ['forward', day],
    ['back', -2 * day],
    ['and again', 0],
  ])('%s: events are told by it, none is lost, durations stay right', async (name, seconds) => {
    const before = timesLogged();
    setClock(seconds);
    await eventually('word of it', () => (timesLogged() > before ? true : undefined));
    const expected = Date.now() + seconds * 1000;
    mkdirSync(path.join(folder, name));
    rmdirSync(path.join(folder, name));
    const told = await alertOf(name);
    const off = Date.parse(told.time.replace(/\d{6}Z$/, 'Z')) - expected;
    expect(Math.abs(off)).toBeLessThan(60_000);
    const duration = told.output_fields['proc.duration'] / 1e9;
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeLessThan(day / 2);
  });
});
