import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';

const program = path.resolve(import.meta.dirname, 'main.ts');
const rulesText = `
- rule: Program started
  desc: A program was started.
  condition: evt.type = execve
  output: "%proc.name"
  priority: NOTICE
`;

let folder = '';
let capture = '';
let rules = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-main-'));
  capture = path.join(folder, 'capture.scap');
  rules = path.join(folder, 'rules.yaml');
  writeFileSync(rules, rulesText);
  const many = scenario().as(100);
  for (let i = 0; i < 20_000; i++) many.execve(`/usr/bin/program${i}`);
  writeFileSync(capture, many.toCapture());
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[], input?: Buffer) {
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input && { input }),
  });
}

test('alerts to standard output, the rest to standard error', () => {
  const { status, stdout, stderr } = run(['replay', '-r', rules, '--json', capture]);
  expect(status).toBe(0);
  const lines = stdout.split('\n').slice(0, -1);
  expect(lines).toHaveLength(20_000);
  expect(JSON.parse(lines[19_999]!)).toMatchObject({ output_fields: { 'proc.name': 'program19999' } });
  expect(stderr).toContain('saker: 20,000 alerts:');
});

test('a capture from standard input', () => {
  const input = readFileSync(capture);
  const { status, stdout } = run(['replay', '-q', '-r', rules, '-'], input);
  expect(status).toBe(0);
  expect(stdout.split('\n')).toHaveLength(20_001);
});

test('a full disk is told in one line', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [program, 'list', 'fields'], {
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^saker: can't write to standard output: ENOSPC.*\n$/);
});

test('a reader that has enough ends it quietly', async () => {
  const child = spawn(process.execPath, [program, 'replay', '-q', '-r', rules, capture]);
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => void (stderr += data.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  expect(code).toBe(0);
});

test('a full disk: the end says how many alerts are missing', () => {
  const { status, stderr } = run(['replay', '-r', rules, '-o', '/dev/full', capture]);
  expect(stderr).toContain("error=can't write to /dev/full: ENOSPC");
  expect(stderr).toContain('saker: 20,000 alerts could not be written to output file');
  expect(stderr.split('\n').length).toBeLessThan(30);
  expect(status).toBe(1);
});

test('exit codes', () => {
  expect(run(['version']).status).toBe(0);
  expect(run(['replay', '-q', '-r', rules, '/no/such.scap']).status).toBe(1);
  expect(run(['rpelay']).status).toBe(2);
  expect(run(['falco', '--no-such-flag']).status).toBe(1);
});

test('a signal to reopen files neither ends what has none nor opens a debugger', async () => {
  const config = path.join(folder, 'deliver.yaml');
  writeFileSync(config, `listenport: 0\nqueue: {directory: ${path.join(folder, 'queue')}}\n`);
  const child = spawn(path.resolve(import.meta.dirname, '../../bin/saker'), ['deliver', '-c', config]);
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      log += String(text);
      if (log.includes('alerts can be posted')) resolve();
    });
    child.on('close', () => reject(new Error(log)));
  });
  child.kill('SIGUSR1');
  // Signals come one after the other: had it opened one, it would have said so before it ends.
  child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(log).not.toContain('Debugger');
  expect(code).toBe(0);
});
