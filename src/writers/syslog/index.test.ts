import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogFields } from '../../base/log.ts';
import { type Alert, type Priority, priorities } from '../../model/alert.ts';
import type { OpenWriter } from '../../model/writer.ts';
import { parse } from '../../model/schema.ts';
import syslog from './index.ts';
import { syslogMessage } from './message.ts';

function alert(line: string, priority: Priority = 'Notice'): Alert {
  const rest = { hostname: 'h', rule: 'r', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, priority, ...rest };
}

// A daemon in python, as Node can't be one: prints what it receives as lines of hex. Commands on its standard input let
// it read one message; without, it only lets them gather.
const receiver = `
import socket, sys, os
kind, path, reading = sys.argv[1:4]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == 'dgram' else socket.SOCK_STREAM)
s.bind(path)
if kind == 'stream': s.listen(1)
print('ready', flush=True)
if reading == 'wait': sys.stdin.readline()
if kind == 'stream': s, _ = s.accept()
while True:
    got = s.recv(1 << 20)
    if not got: break
    print(got.hex(), flush=True)
`;

import { missing } from '../../../test/kit/requirements.ts';

function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

const skipped = missing('descriptors') || (process.env['CI'] !== 'true' && !hasPython());
if (skipped) process.stderr.write('skipped: tests of the syslog output need python3, which receives the messages\n');

class Daemon {
  readonly process: ChildProcess;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;

  private constructor(kind: string, socket: string, reading: string) {
    this.process = spawn('python3', ['-c', receiver, kind, socket, reading], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.process.stdout! });
    this.#iterator = this.#lines[Symbol.asyncIterator]();
  }

  static async start(kind: string, socket: string, reading: 'read' | 'wait' = 'read'): Promise<Daemon> {
    const daemon = new Daemon(kind, socket, reading);
    expect(await daemon.#line()).toBe('ready');
    return daemon;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#iterator.next();
    if (done === true) throw new Error('the daemon has ended');
    return value as string;
  }

  async message(): Promise<string> {
    return Buffer.from(await this.#line(), 'hex').toString('utf8');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }
}

let folder = '';
let socket = '';
let daemons: Daemon[] = [];
let logged: [string, LogFields | undefined][] = [];
let outputs: OpenWriter[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-syslog-'));
  socket = path.join(folder, 'log');
  daemons = [];
  logged = [];
  outputs = [];
});
afterEach(async () => {
  for (const output of outputs) await output.close();
  for (const daemon of daemons) await daemon.stop();
  rmSync(folder, { recursive: true });
});

async function started(kind: 'dgram' | 'stream', reading?: 'read' | 'wait'): Promise<Daemon> {
  const daemon = await Daemon.start(kind, socket, reading);
  daemons.push(daemon);
  return daemon;
}

async function open(maxBytes = 0): Promise<OpenWriter> {
  const logger = { log: (_: string, message: string, fields?: LogFields) => void logged.push([message, fields]) };
  const output = await syslog.open({ path: socket, ident: 'saker', maxBytes }, { logger });
  outputs.push(output);
  return output;
}

const head = /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d saker: /;

test.each(syslog.examples)('example: $title', ({ config }) => {
  expect(parse(syslog.config, config).success).toBe(true);
});

describe('messages', () => {
  const date = new Date(2026, 10, 1, 4, 5, 6);
  test.each([
    ['all of RFC 3164', 'Warning', 'hällo', 1024, '<12>Nov  1 04:05:06 x: hällo', false],
    ['most severe', 'Emergency', 'a', 1024, '<8>Nov  1 04:05:06 x: a', false],
    ['one message stays one', 'Debug', 'a\0<0>b\r\n<0>c', 1024, '<15>Nov  1 04:05:06 x: a <0>b <0>c', false],
    ['just fits', 'Debug', 'abcdef', 29, '<15>Nov  1 04:05:06 x: abcdef', false],
    [
      'cut with a mark',
      'Debug',
      'x'.repeat(100),
      50,
      `<15>Nov  1 04:05:06 x: ${'x'.repeat(10)} [cut: 100 bytes]`,
      true,
    ],
    [
      'cut between characters',
      'Debug',
      'ü'.repeat(50),
      50,
      `<15>Nov  1 04:05:06 x: ${'ü'.repeat(5)} [cut: 100 bytes]`,
      true,
    ],
    [
      'before a character',
      'Debug',
      'ü'.repeat(50),
      51,
      `<15>Nov  1 04:05:06 x: ${'ü'.repeat(5)} [cut: 100 bytes]`,
      true,
    ],
  ] as const)('%s', (_, priority, text, maxBytes, expected, isCut) => {
    const message = syslogMessage({ priority, ident: 'x', date, text, maxBytes });
    expect(message.bytes.toString()).toBe(expected);
    expect(message.isCut).toBe(isCut);
  });
});

describe.skipIf(skipped)('a daemon', () => {
  test('gets a datagram per alert, with the severity of its priority', async () => {
    const daemon = await started('dgram');
    const output = await open();
    for (const [severity, priority] of priorities.entries()) {
      await output.write(alert(`${priority} ü €`, priority));
      const message = await daemon.message();
      expect(Number(head.exec(message)?.[1])).toBe(8 + severity);
      expect(message.replace(head, '')).toBe(`${priority} ü €`);
    }
  });

  test('gets a stream, messages ended by NUL, where it wants one', async () => {
    const daemon = await started('stream', 'wait');
    const output = await open();
    await output.write(alert('one'));
    await output.write(alert('two'));
    daemon.process.stdin!.write('go\n');
    const parts = (await daemon.message()).split('\0').map((part) => part.replace(head, ''));
    expect(parts).toEqual(['one', 'two', '']);
  });

  test('is asked again after it was restarted, and no alert is lost in between', async () => {
    const first = await started('dgram');
    const output = await open();
    await output.write(alert('one'));
    expect(await first.message()).toMatch(/one$/);
    await first.stop();
    rmSync(socket);
    const next = started('dgram');
    await next;
    await output.write(alert('two'));
    expect(await (await next).message()).toMatch(/two$/);
  });

  test('that is away is reported with the path, and found when it comes', async () => {
    const output = await open();
    await expect(output.write(alert('lost'))).rejects.toThrow(`can't write to ${socket}: ENOENT`);
    const daemon = await started('dgram');
    await output.write(alert('there'));
    expect(await daemon.message()).toMatch(/there$/);
    await daemon.stop();
    // It does not come back: given up after a while, and then at once.
    await expect(output.write(alert('lost'))).rejects.toThrow(/ECONNREFUSED/);
    await expect(output.write(alert('lost'))).rejects.toThrow(/ECONNREFUSED/);
  });

  test.each(['dgram', 'stream'] as const)('that reads slowly is waited for: %s', async (kind) => {
    const daemon = await started(kind, 'wait');
    const output = await open(200_000);
    const texts = Array.from({ length: 600 }, (_, i) => `${i} ${'x'.repeat(kind === 'stream' ? 2000 : 10)}`);
    let written = 0;
    const all = (async () => {
      for (const text of texts) {
        await output.write(alert(text));
        written++;
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(written).toBeLessThan(texts.length);
    daemon.process.stdin!.write('go\n');
    let received = '';
    while (!received.includes(`599 x`) || !received.endsWith(kind === 'stream' ? '\0' : 'x')) {
      received += await daemon.message();
    }
    await all;
    for (const text of texts) expect(received).toContain(text);
  });

  test('that hangs does not hold up the end', async () => {
    await started('dgram', 'wait');
    const output = await open();
    let last: Promise<void> = Promise.resolve();
    const failure = (async () => {
      for (;;) {
        last = Promise.resolve(output.write(alert('x')));
        await last;
      }
    })();
    const caught = failure.catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await output.close();
    expect(await caught).toMatch(/the output is closed/);
  });

  test('gets long messages cut, marked and counted', async () => {
    const daemon = await started('dgram');
    const output = await open();
    await output.write(alert('y'.repeat(8000)));
    expect((await daemon.message()).replace(head, '')).toBe('y'.repeat(8000));
    for (let i = 1; i <= 3; i++) {
      await output.write(alert('y'.repeat(10_000)));
      const message = await daemon.message();
      expect(message).toMatch(/y \[cut: 10000 bytes\]$/);
      expect(message).toHaveLength(8096);
    }
    const text = 'alerts are too long for the system log and were cut';
    expect(logged).toEqual([
      [text, { total: 1, bytes: 10_000 }],
      [text, { total: 2, bytes: 10_000 }],
    ]);
  });

  test('gets what fits into a datagram where the limit is beyond that', async () => {
    const daemon = await started('dgram');
    const output = await open(10_000_000);
    await output.write(alert('z'.repeat(1_000_000)));
    const message = await daemon.message();
    expect(message).toMatch(/z \[cut: 1000000 bytes\]$/);
    expect(message.length).toBeGreaterThan(50_000);
    expect(logged).toHaveLength(1);
  });
});
