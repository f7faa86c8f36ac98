import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missing } from '../../test/kit/requirements.ts';
import { ServiceManager } from './service-manager.ts';

/** A service manager: prints each datagram that its socket gets, as one line of JSON. */
const manager = `
import json, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name[0] == '@' else name)
print('ready', flush=True)
while True: print(json.dumps(s.recv(4096).decode()), flush=True)
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

let folder = '';
let python: ChildProcess | undefined;
let lines: string[] = [];
const logged: string[] = [];
const logger = { log: (_: string, message: string): void => void logged.push(message) };

async function listen(name: string): Promise<void> {
  lines = [];
  const child = spawn('python3', ['-c', manager, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  python = child;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    lines = text.split('\n').slice(0, -1);
  });
  await told(1);
}

async function told(count: number): Promise<string[]> {
  for (let i = 0; i < 200 && lines.length < count; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  return lines.slice(1).map((line) => JSON.parse(line) as string);
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-notify-'));
  logged.length = 0;
});
afterEach(() => {
  python?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe.skipIf(!hasPython || missing('descriptors'))('a service manager', () => {
  test.each([['a path'], ['a name']])('hears by %s of the start, a reload and the end', async (kind) => {
    const socket = kind === 'a path' ? path.join(folder, 'notify') : `@saker-test-${process.pid}`;
    await listen(socket);
    const environment = { NOTIFY_SOCKET: socket, PATH: '/bin' };
    const service = new ServiceManager(environment, logger);
    expect(environment).toEqual({ PATH: '/bin' });
    service.ready('watching');
    service.reloading();
    service.stopping();
    expect(await told(4)).toEqual([
      'READY=1\nSTATUS=watching',
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
      'STOPPING=1',
    ]);
    expect(logged).toEqual([]);
  });

  test('gets a sign of life as long as nothing is wrong', async () => {
    const socket = path.join(folder, 'notify');
    await listen(socket);
    const environment = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '30000', WATCHDOG_PID: String(process.pid) };
    let problem: string | undefined;
    const end = new ServiceManager(environment, logger).watch(() => problem);
    expect((await told(3)).every((text) => text === 'WATCHDOG=1')).toBe(true);
    problem = 'no events';
    const before = lines.length;
    expect((await told(before + 2)).at(-1)).toBe('STATUS=not well: no events');
    end();
  });

  test('that is gone: one message in the log', () => {
    const service = new ServiceManager({ NOTIFY_SOCKET: path.join(folder, 'none') }, logger);
    service.ready('x');
    service.stopping();
    expect(logged).toEqual(['the service manager takes no messages']);
  });
});

test.each([
  ['no manager', {}],
  ['no socket of the kinds that there are', { NOTIFY_SOCKET: 'vsock:2' }],
  ["another's watchdog", { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }],
])('%s: nothing is said', (_, environment) => {
  const service = new ServiceManager(environment, logger);
  service.ready('x');
  service.watch(() => undefined)();
  expect(logged).toEqual([]);
});
