import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, type Program, runProgram, whyNot } from './sensor-kit.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const reason = whyNot();
const folder = mkdtempSync(path.join(tmpdir(), 'saker-filter-'));

/** Rules that tell of what happens to descriptors whose opens are none of their business. */
const rules = `
- rule: secret read
  desc: d
  priority: WARNING
  condition: evt.type in (open, openat) and evt.is_open_read=true and fd.name=${folder}/secret
  output: "%proc.name read %fd.name as %fd.num"
- rule: mode changed
  desc: d
  priority: WARNING
  condition: evt.type in (fchmod, fchown) and fd.name startswith ${folder}/
  output: "%proc.name %evt.type %fd.name as %fd.num"
- rule: copied
  desc: d
  priority: WARNING
  condition: evt.type in (dup, dup2, dup3, fcntl) and fd.name startswith ${folder}/
  output: "%proc.name %evt.type %fd.name as %fd.num"
- rule: connected
  desc: d
  priority: WARNING
  condition: evt.type=connect and fd.sport=9
  output: "%proc.name %evt.type %fd.name as %fd.num"
- rule: written by one program
  desc: d
  priority: WARNING
  condition: evt.type in (open, openat) and evt.is_open_write=true and proc.name=renamed and fd.name startswith ${folder}/
  output: "%proc.name wrote %fd.name as %fd.num, child of %proc.pname and %proc.aname[2] in %proc.cwd, %proc.tty %proc.loginshellid"
- rule: started
  desc: d
  priority: WARNING
  condition: evt.type in (execve, execveat) and proc.stdin.name startswith ${folder}/
  output: "%proc.name started with %proc.stdin.type %proc.stdin.name"
- rule: no socket
  desc: d
  priority: WARNING
  condition: (evt.type=unlink and evt.arg.path=${folder}/gone or evt.type=unlinkat and evt.arg.name=${folder}/gone) and not proc.stdin.type in (ipv4, ipv6)
  output: "%proc.name unlinked"
- rule: end
  desc: d
  priority: WARNING
  condition: evt.type in (mkdir, mkdirat) and evt.arg.path=${folder}/no/end
  output: "%proc.name ends"
`;

let program: Program;

async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no ${what}`);
}

/** What is told of a run of filter-calls, and what Saker says at the end. */
async function alertsOf(...options: string[]): Promise<{ alerts: string[]; log: string }> {
  let printed = '';
  let log = '';
  const saker: ChildProcess = spawn(
    path.join(root, 'bin/saker'),
    ['run', '-r', path.join(folder, 'rules.yaml'), ...options],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  saker.stdout!.setEncoding('latin1').on('data', (text: string) => (printed += text));
  saker.stderr!.setEncoding('latin1').on('data', (text: string) => (log += text));
  await eventually('start', () => log.includes('watching'));
  await runProgram(program.path, [folder]);
  await eventually('end', () => printed.includes('ends'));
  saker.kill('SIGINT');
  await once(saker, 'close');
  const alerts = printed
    .split('\n')
    .filter((line) => line !== '')
    // The kernel chooses the port that a connection comes from.
    .map((line) => line.replace(/^.*?: \w+ /, '').replace(/:\d+->/, ':0->'));
  return { alerts, log };
}

describe.skipIf(reason !== '')('filter of opens', () => {
  beforeAll(() => {
    program = compileProgram('filter-calls');
    writeFileSync(path.join(folder, 'rules.yaml'), rules);
  });
  afterAll(() => {
    program.remove();
    rmSync(folder, { recursive: true });
  });

  it('changes no alert, whatever happens to the descriptors of what it leaves out', async () => {
    const all = await alertsOf('--all-events');
    const filtered = await alertsOf();
    expect(all.log).not.toContain('left out');
    // The program makes 2,000 opens that no rule is about, and as many closes.
    expect(Number(/([\d,]+) events left out/.exec(filtered.log)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(1000);
    expect(filtered.alerts).toEqual(all.alerts);
    expect(all.alerts.join('\n')).toContain('child of filter-calls and');
    expect(new Set(all.alerts.map((line) => line.replace(/^(\S+) (\S+).*/, '$1 $2')))).toEqual(
      new Set([
        'filter-calls read',
        'filter-calls fchmod',
        'filter-calls fchown',
        'filter-calls dup',
        // The call that the C library has for it.
        process.arch === 'x64' ? 'filter-calls dup2' : 'filter-calls dup3',
        'filter-calls fcntl',
        'filter-calls connect',
        'filter-calls unlinked',
        'renamed started',
        'renamed fchmod',
        'renamed wrote',
        'filter-calls ends',
      ]),
    );
  });
});
