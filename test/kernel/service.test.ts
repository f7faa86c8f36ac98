import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const program = path.resolve(import.meta.dirname, '../../bin/saker');
const rules = `
- rule: Folder removed
  desc: d
  condition: evt.type = rmdir and evt.arg.path contains saker-load
  output: "%evt.arg.path"
  priority: NOTICE
`;
/** Removes so many folders that are not there, as fast as it can. */
const load = `
import os, sys
for i in range(int(sys.argv[1])):
    try: os.rmdir('/tmp/saker-load-%d' % i)
    except OSError: pass
`;
/** A service manager: prints what it is told. */
const manager = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening', flush=True)
while True: print(s.recv(4096).decode(), flush=True)
`;

let folder = '';
let saker: ChildProcess | undefined;
let python: ChildProcess | undefined;
let printed = '';
let log = '';
let told = '';

async function eventually<T>(what: string, get: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = await get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; log: ${log}; told: ${told}`);
}

function start(args: readonly string[], environment: Record<string, string> = {}): void {
  printed = '';
  log = '';
  const options = { env: { ...process.env, ...environment } };
  const started = spawn(program, [...args, '-r', path.join(folder, 'rules.yaml')], options);
  started.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  started.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  saker = started;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(missing('kernel'))('as a service', () => {
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-service-'));
    writeFileSync(path.join(folder, 'rules.yaml'), rules);
  });
  afterEach(() => {
    saker?.kill('SIGKILL');
    python?.kill('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('SIGTERM under load: everything that had happened is judged and written', async () => {
    start(['run']);
    await eventually('start', () => (log.includes('watching') ? true : undefined));
    const count = 30_000;
    spawnSync('python3', ['-c', load, String(count)]);
    const ended = once(saker!, 'close');
    saker!.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const seen = new Set(printed.match(/saker-load-\d+/g));
    expect(log).not.toContain('LOST');
    expect(seen.size).toBe(count);
    expect(log).toContain(`saker: ${count.toLocaleString('en')} alerts`);
  });

  it('the service manager is told of start, life and end; the pages say ready', async () => {
    const socket = path.join(folder, 'notify');
    python = spawn('python3', ['-c', manager, socket]);
    python.stdout!.setEncoding('utf8').on('data', (text: string) => (told += text));
    await eventually('manager', () => (told.includes('listening') ? true : undefined));
    const port = await freePort();
    start(['run', '--listen', `127.0.0.1:${port}`], { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000' });
    const ready = await eventually('page', () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        async (answer) => (answer.status === 200 ? await answer.text() : undefined),
        () => undefined,
      ),
    );
    expect(ready).toBe('{"status": "ready"}');
    await eventually('sign of life', () => (/READY=1[^]*WATCHDOG=1/.test(told) ? true : undefined));
    expect(told).toMatch(/^listening\n(WATCHDOG=1\n)*READY=1\nSTATUS=watching with 1 rules\n/);
    const ended = once(saker!, 'close');
    saker!.kill('SIGTERM');
    await ended;
    await eventually('end', () => (told.includes('STOPPING=1') ? true : undefined));
  });
});
