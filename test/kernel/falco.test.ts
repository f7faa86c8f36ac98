import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const rules = `
- rule: Folder removed
  desc: d
  condition: evt.type in (rmdir, read) and evt.type = rmdir
  output: removed %evt.arg.path
  priority: NOTICE
- rule: Read
  desc: d
  condition: evt.type = read and proc.name = cat
  output: read by %proc.name
  priority: NOTICE
`;

let folder = '';
let saker: ChildProcess | undefined;
let printed = '';
let log = '';

/** Polls until the condition holds; the bound is generous, since only the order of things is tested. */
async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; printed: ${printed}; log: ${log}`);
}

function configure(more: string): void {
  const file = path.join(folder, 'falco.yaml');
  writeFileSync(
    file,
    `engine: {kind: modern_ebpf}\nlog_stderr: true\nlog_syslog: false\nlog_level: debug\nrules_files: [${folder}/rules.yaml]\n${more}\n`,
  );
}

function start(): void {
  printed = '';
  log = '';
  const config = path.join(folder, 'falco.yaml');
  const started = spawn(process.execPath, [path.join(root, 'src/cli/main.ts'), 'falco', '-c', config]);
  started.stdout.on('data', (text) => void (printed += String(text)));
  started.stderr.on('data', (text) => void (log += String(text)));
  saker = started;
}

/** Removes folders of that name until an alert tells of one: a sensor takes its time to begin. */
async function removedSeen(name: string): Promise<void> {
  await eventually(`alert about ${name}`, () => {
    const made = path.join(folder, name);
    mkdirSync(made);
    rmdirSync(made);
    return printed.includes(`removed ${made}`);
  });
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-falco-'));
  writeFileSync(path.join(folder, 'rules.yaml'), rules);
});
afterEach(async () => {
  if (saker !== undefined && saker.exitCode === null) {
    saker.kill('SIGTERM');
    await once(saker, 'exit');
  }
  rmSync(folder, { recursive: true });
});

describe.skipIf(missing('kernel'))('saker falco, live', () => {
  it('a changed configuration begins anew; one that could not leaves the old one in place', async () => {
    configure('stdout_output: {enabled: true}');
    start();
    await removedSeen('first');
    configure('stdout_output: {enabled: false}');
    await eventually('refusal', () => printed.includes('Hot restart failure: No output enabled'));
    expect(log).toContain('the old configuration and rules stay: No output enabled');
    await removedSeen('second');
    configure('stdout_output: {enabled: true}\njson_output: true');
    await eventually('second start', () => log.split("Opening 'syscall' source").length === 3);
    printed = '';
    await removedSeen('third');
    expect(printed).toContain('"rule":"Folder removed"');
  });

  it('alerts that no output has taken are counted at the end', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    configure(`http_output: {enabled: true, url: "http://127.0.0.1:${port}/"}\noutput_timeout: 100`);
    start();
    await eventually('word of it', () => {
      mkdirSync(path.join(folder, 'one'));
      rmdirSync(path.join(folder, 'one'));
      return log.includes('an output does not take alerts: output=http');
    });
    saker!.kill('SIGINT');
    await once(saker!, 'close');
    silent.close();
    expect(log).toMatch(/alerts were lost: an output did not take them in time: count=[1-9]/);
  });

  it('calls that come often are watched with base_syscalls.all, and only then', async () => {
    configure('stdout_output: {enabled: true}');
    start();
    await removedSeen('first');
    expect(log).toContain('Loaded rules ask for system calls that are not watched: read\n');
    configure('stdout_output: {enabled: true}\nbase_syscalls: {all: true}');
    await eventually('second start', () => log.split("Opening 'syscall' source").length === 3);
    await eventually('alert about a read', () => {
      spawn('cat', [path.join(folder, 'rules.yaml')]);
      return printed.includes('read by cat');
    });
  });

  it('base_syscalls.custom_set takes a call out; simulated drops are told', async () => {
    configure(
      'stdout_output: {enabled: true}\nbase_syscalls: {custom_set: ["!read", "!nothing"]}\n' +
        'syscall_event_drops: {simulate_drops: true, actions: [alert]}',
    );
    start();
    await removedSeen('first');
    await eventually('drop', () => printed.includes('1 system calls dropped in last second'));
    expect(log).toContain('base_syscalls.custom_set names no system calls: names=!nothing');
    expect(log).toContain('Simulating syscall event drop');
  });
});
