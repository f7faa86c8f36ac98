import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SystemLog, systemLog } from './system-log.ts';

// Node can't listen for datagrams on a path.
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True: print(s.recv(1 << 20).decode(), flush=True)
`;
const here = path.resolve(import.meta.dirname, '../..');
const skipped =
  process.env['CI'] !== 'true' &&
  (spawnSync('python3', ['--version']).status !== 0 || !existsSync(path.join(here, 'build/native/saker-fd.node')));
if (skipped) process.stderr.write('skipped: tests of the system log need python3 and the built addon\n');

let folder = '';
let failures: string[] = [];
let daemon: ChildProcess | undefined;
let log: SystemLog | undefined;

async function started(): Promise<() => Promise<string>> {
  daemon = spawn('python3', ['-c', receiver, path.join(folder, 'log')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: daemon.stdout! })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return next;
}

async function stop(): Promise<void> {
  if (daemon === undefined) return;
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  daemon = undefined;
  rmSync(path.join(folder, 'log'), { force: true });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-log-'));
  failures = [];
  log = systemLog({
    level: 'notice',
    ident: 'falco',
    path: path.join(folder, 'log'),
    onFailure: (reason) => void failures.push(reason),
  });
});
afterEach(async () => {
  log?.close();
  await stop();
  rmSync(folder, { recursive: true });
});

const date = '[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d';

describe.skipIf(skipped)('the system log', () => {
  it('gets messages with their severity, without time and level', async () => {
    const next = await started();
    log?.logger.log('error', 'two\nlines', { key: 'a b' });
    log?.logger.log('info', 'not wanted');
    log?.logger.log('notice', 'last');
    expect(await next()).toMatch(new RegExp(`^<11>${date} falco: two lines: key=a b$`));
    expect(await next()).toMatch(new RegExp(`^<13>${date} falco: last$`));
    expect(failures).toEqual([]);
  });

  it('that is not there is told once, and how much was lost when it comes back', async () => {
    log?.logger.log('notice', 'first');
    expect(failures).toEqual([]);
    log?.logger.log('warning', 'second');
    log?.logger.log('error', 'third');
    expect(failures).toEqual([expect.stringContaining('ENOENT')]);
    const next = await started();
    log?.logger.log('error', 'fourth');
    expect(await next()).toMatch(/^<12>.* falco: messages to the system log were lost: total=3$/);
    expect(await next()).toMatch(/^<11>.* falco: fourth$/);
    await stop();
    log?.logger.log('error', 'fifth');
    expect(failures).toHaveLength(2);
  });

  it('that was restarted gets the next message', async () => {
    await started();
    log?.logger.log('error', 'before');
    await stop();
    const next = await started();
    log?.logger.log('error', 'after');
    expect(await next()).toMatch(/^<11>.* falco: after$/);
    expect(failures).toEqual([]);
  });
});
