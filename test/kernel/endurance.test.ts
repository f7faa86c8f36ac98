import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';
import { compileProgram, type Program, runProgram } from './sensor-kit.ts';

const saker = path.resolve(import.meta.dirname, '../../bin/saker');

/** Told of by the shell that is asked to; CRITICAL, so that it comes through whatever else happens. */
const rules = `
- rule: Asked
  desc: d
  condition: evt.type in (mkdir, mkdirat) and evt.arg.path startswith /saker-nowhere/
  output: asked %evt.arg.path for %proc.pname.
  priority: CRITICAL
- rule: Opens
  desc: d
  condition: evt.type in (open, openat) and evt.arg.name = /saker-nowhere
  output: opened
  priority: NOTICE
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
  for (let i = 0; i < 1000; i++) {
    const value = get();
    if (value !== undefined) return value;
    await sleep(20);
  }
  throw new Error(`no ${what}`);
}

function tasksOnTheMachine(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => {
      try {
        return sum + readdirSync(`/proc/${pid}/task`).length;
      } catch {
        return sum;
      }
    }, 0);
}

/** `saker run`, and what it has said. */
class Watcher {
  readonly #child: ChildProcess;
  readonly #port: number;
  printed = '';
  log = '';

  constructor(folder: string, port: number, options: readonly string[] = []) {
    const args = ['run', '-r', path.join(folder, 'rules.yaml'), '--listen', `127.0.0.1:${port}`, ...options];
    this.#port = port;
    this.#child = spawn(saker, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.printed += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.log += text));
  }

  async watching(): Promise<void> {
    await eventually(`start: ${this.log}`, () => (this.log.includes('watching') ? true : undefined));
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    return Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /** Policy and realtime priority of its threads. */
  policies(): string[] {
    const tasks = `/proc/${this.#child.pid}/task`;
    return readdirSync(tasks).map((tid) => {
      const fields = readFileSync(`${tasks}/${tid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return `${fields[38]} ${fields[37]}`;
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill(signal);
    await once(this.#child, 'close');
  }
}

describe.skipIf(missing('kernel'))('a machine that keeps Saker busy', () => {
  let folder: string;
  let forks: Program;
  let flood: Program;
  let watcher: Watcher;
  const shells: ChildProcess[] = [];

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-busy-'));
    writeFileSync(path.join(folder, 'rules.yaml'), rules);
    forks = compileProgram('trace-cases');
    flood = compileProgram('sensor-flood');
  });
  afterEach(async () => {
    await watcher.end('SIGKILL');
    for (const shell of shells.splice(0)) shell.kill('SIGKILL');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
    forks.remove();
    flood.remove();
  });

  async function start(...options: string[]): Promise<void> {
    watcher = new Watcher(folder, await freePort(), options);
    await watcher.watching();
  }

  /** A shell under a name of its own that makes the call of the rule when it is told a name. */
  function shell(name: string): ChildProcess {
    copyFileSync('/bin/bash', path.join(folder, name));
    const child = spawn(path.join(folder, name), ['-c', 'while read x; do mkdir /saker-nowhere/$x; done'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shells.push(child);
    return child;
  }

  /** The name that Saker gives to the shell. */
  async function nameOf(one: ChildProcess, mark: string): Promise<string> {
    const told = new RegExp(`asked /saker-nowhere/${mark} for (\\S+)\\.`);
    one.stdin!.write(`${mark}\n`);
    return eventually(`alert of ${mark}`, () => told.exec(watcher.printed)?.[1]);
  }

  it('keeps of 20,000 short-lived processes nothing, and of others the right names', async () => {
    const count = 20_000;
    const before = shell('lives-before');
    await start();
    const during = shell('lives-during');
    const threads = await watcher.metric('falcosecurity_scap_n_added_threads_total');
    await Promise.all([
      runProgram(forks.path, ['forks', String(count / 2)]),
      runProgram(forks.path, ['forks', String(count / 2)]),
    ]);
    const after = shell('lives-after');
    expect(await nameOf(before, 'one')).toBe('lives-before');
    expect(await nameOf(during, 'two')).toBe('lives-during');
    expect(await nameOf(after, 'three')).toBe('lives-after');
    expect((await watcher.metric('falcosecurity_scap_n_added_threads_total')) - threads).toBeGreaterThanOrEqual(count);
    // Others on the machine come and go.
    expect(await watcher.metric('saker_state_entries{table="threads"}')).toBeLessThan(tasksOnTheMachine() + 500);
    expect(await watcher.metric('saker_state_evictions_total{table="threads"}')).toBe(0);
    expect(watcher.log).not.toMatch(/critical events was full/);
  });

  it('is killed in the middle of a flood, and knows again what there is when it is started anew', async () => {
    const shellBefore = shell('lives-on');
    await start('--all-events');
    const noise = [runProgram(flood.path, ['1000000', 'open']), runProgram(forks.path, ['forks', '5000'])];
    expect(await nameOf(shellBefore, 'first')).toBe('lives-on');
    await watcher.end('SIGKILL');
    await start('--all-events');
    expect(await nameOf(shellBefore, 'second')).toBe('lives-on');
    await Promise.all(noise);
    expect(await nameOf(shellBefore, 'third')).toBe('lives-on');
    expect(watcher.log).not.toMatch(/critical events was full/);
  });

  // Some containers don't let anyone have realtime priority.
  const mayBeFirst = spawnSync('chrt', ['-f', '2', 'true']).status === 0;

  it.runIf(mayBeFirst).each([
    ['unless told otherwise', [], ['1 2']],
    ['not with the priority of others', ['--nice', '0'], []],
  ])('the thread that makes room for critical events comes first, %s', async (_, options, expected) => {
    await start(...options);
    expect(await nameOf(shell('asks'), 'once')).toBe('asks');
    expect(watcher.policies().filter((policy) => policy.startsWith('1 '))).toEqual(expected);
  });
});
