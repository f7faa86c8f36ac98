import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { encodeBytes } from '../../base/utf8.ts';
import { Tallies } from '../../app/top/tally.ts';
import { views } from '../../app/top/views.ts';
import { main } from '../dispatch.ts';
import { cell, short, shortBytes, tableLines } from './text.ts';

const hostile = '\x1b[2J\x1b]0;owned\x07evil\r\nname\u202egnp.exe\u009b31m';
const rulesText = `
- rule: Secret read
  desc: A file was read that holds a secret.
  condition: evt.type = openat and fd.name = /etc/shadow
  output: read
  priority: WARNING
`;

let folder = '';
let capture = '';
let rules = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-top-'));
  rules = path.join(folder, 'rules.yaml');
  writeFileSync(rules, rulesText);
  const run = scenario().clone({ child: 200 });
  run.as(200).execve('/usr/bin/cat', { args: ['/etc/shadow'] });
  run.openat('/etc/shadow', { fd: 3 });
  for (let i = 0; i < 3; i++) run.event('SYSCALL_READ_X', { res: 1000, fd: 3, data: 'x', size: 1000 });
  run.openat('/none', { fd: -2 });
  run.as(100).execve('/tmp/x', { exe: encodeBytes(hostile), args: ['\x1b[31m'] });
  capture = path.join(folder, 'x.scap');
  writeFileSync(capture, run.toCapture());
});
afterAll(() => rmSync(folder, { recursive: true }));

async function top(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), environment: {} };
  const from = args.includes('-r') ? [] : ['-r', capture];
  const code = await main(['top', ...from, '--rules', rules, ...args], io);
  return { code, out, err };
}

interface Json {
  readonly events: number;
  readonly alerts: number;
  readonly lost: object;
  readonly saker: { readonly cpu_percent: number };
  readonly processes: Record<string, unknown>[];
  readonly rules: Record<string, unknown>[];
  readonly syscalls: Record<string, unknown>[];
  readonly files: Record<string, unknown>[];
}

async function json(...args: string[]): Promise<Json> {
  const { out, code } = await top('--json', ...args);
  expect(code).toBe(0);
  return JSON.parse(out) as Json;
}

describe('a capture', () => {
  test('root has its name also in a container of which nobody knows the accounts', async () => {
    const cgroups = `memory=/docker/${'ab'.repeat(32)}`;
    const run = scenario().clone({ child: 300, values: { cgroups } }).as(300).openat('/etc/hosts', { fd: 3 });
    const file = path.join(folder, 'inside.scap');
    writeFileSync(file, run.toCapture());
    const { processes } = await json('-r', file);
    expect(processes.find((row) => row['pid'] === 300)).toMatchObject({ container: 'abababababab', user: 'root' });
  });

  test('all tables, for programs', async () => {
    const found = await json();
    expect(found).toMatchObject({ alerts: 1, lost: {}, saker: { cpu_percent: expect.any(Number) } });
    const cat = found.processes.find((row) => row['pid'] === 200)!;
    expect(cat).toMatchObject({ command: '/usr/bin/cat /etc/shadow', container: 'host', alerts: 1, user: 'root' });
    // A capture tells no CPU time.
    expect(cat).not.toHaveProperty('cpu');
    expect(found.rules).toEqual([
      { matches: 1, priority: 'Warning', rule: 'Secret read', process: '/usr/bin/cat /etc/shadow' },
    ]);
    const rate = (rows: Record<string, unknown>[], key: string, name: string): unknown[] =>
      rows.filter((row) => row[key] === name).map((row) => [row['events'], row['in']]);
    // Rates of 9 events in 8 ms.
    expect(rate(found.syscalls, 'syscall', 'read')).toEqual([[375, 375_000]]);
    expect(rate(found.files, 'file', '/etc/shadow')).toEqual([[500, 375_000]]);
    expect(found.files.find((row) => row['file'] === '/none')).toMatchObject({ failed: 125 });
  });

  test('a filter, in the language of rules', async () => {
    const found = await json('--filter', 'evt.type = read and proc.name = cat');
    expect(found.events).toBe(3);
    expect(found.syscalls.map((row) => row['syscall'])).toEqual(['read']);
    const bad = await top('--filter', 'proc.nam = x');
    expect(bad.code).toBe(1);
    expect(bad.err).toContain('proc.nam');
  });

  test('intervals of event time', async () => {
    const { out } = await top('--json', '--interval', '0.1s');
    expect(out.split('\n')).toHaveLength(2);
  });

  test.each([
    [['--view', 'files'], /^saker top: files; .*\n.*FILE\n.*\/etc\/shadow\n/],
    [['--view', 'syscalls', '--sort', 'syscall', '-n', '1'], /SYSCALL\n.*clone\n\n$/],
    [['--view', 'files', '--sort', 'opens', '--filter', 'evt.type=openat'], /filter: evt.type=openat\n/],
  ])('%j as text', async (args, wanted) => {
    expect((await top(...args)).out).toMatch(wanted);
  });

  test('names of others do nothing to a terminal', async () => {
    const { out } = await top();
    expect(out).toContain('evil');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    // One line for each process, one for the titles, one for the head.
    expect(out.trimEnd().split('\n')).toHaveLength(4);
  });
});

test.each([
  [['--sort', 'size'], "--sort is 'size'"],
  [['--view', 'users'], "--view is 'users'"],
  [['--lines', '0'], "--lines is '0'"],
  [['--interval', '0s'], '--interval is from'],
  [['x'], "unexpected 'x'"],
])('%j is refused', async (args, message) => {
  const { code, err } = await top(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test.each([
  ['abc', 5, 'abc  '],
  ['abcdef', 5, 'abcd…'],
  ['abcde', 5, 'abcde'],
  ['日本語', 5, '日本…'],
  ['日本語', 6, '日本語'],
  ['a日本', 4, 'a日…'],
  ['a\x1bb\u0301c\u202e', 9, 'a?b?c?   '],
  ['x', 0, ''],
])('the cell of %j in %d columns', (text, width, shown) => {
  expect(cell(text, width)).toBe(shown);
});

test.each([
  [0, '0'],
  [12.34, '12.3'],
  [100.4, '100'],
  [9999, '9999'],
  [10_000, '10K'],
  [12_345_678, '12.3M'],
])('the number %d', (value, shown) => {
  expect(short(value)).toBe(shown);
});

test.each([
  [0, '0'],
  [1023, '1023'],
  [1536, '1.5K'],
  [5_368_709_120, '5.0G'],
])('%d bytes', (value, shown) => {
  expect(shortBytes(value)).toBe(shown);
});

test.each([72, 80, 120, 200])(
  'in %d columns a table has its first and last column, and the one it is sorted by',
  (width) => {
    const row = { pid: 1, cpu: 1, events: 1, failed: 1, opens: 1, connects: 1, execs: 1, in: 1, out: 1, alerts: 1 };
    const text = { user: 'root', container: 'a-container-with-a-long-name', command: 'a command with many arguments' };
    const lines = tableLines(views.processes, [{ ...row, ...text }], width, 'connects');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[0]).toMatch(/^ +PID .*\*CONN\/s .*COMMAND$/);
    expect(lines[1]).toContain('a command with many ar');
  },
);

test('tables are bounded: what is too much is counted together', () => {
  const tallies = new Tallies<number>(2);
  for (const subject of [1, 2, 3, 1, 4]) tallies.of(subject).events++;
  expect(Array.from(tallies.entries(), ([subject, { events }]) => [subject, events])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(tallies.others.events).toBe(2);
});
