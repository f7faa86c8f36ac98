import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../kit/requirements.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const program = path.join(root, 'bin/saker');
const folder = mkdtempSync(path.join(tmpdir(), 'saker-captures-'));
const rulesFile = path.join(folder, 'rules.yaml');
const secret = path.join(folder, 'secret-file');

const rules = `
- rule: Secret read
  desc: The file of the test was read.
  condition: evt.type in (open, openat) and fd.name endswith secret-file and proc.name = cat
  output: "%proc.cmdline|%proc.exepath|%proc.cwd|%proc.pcmdline|%proc.aname[2]|%fd.name|%fd.num|%user.name|%proc.env[MARK]"
  priority: WARNING
  capture: true
  capture_duration: 1000
- rule: Told before
  desc: Happens before and after the alert.
  condition: evt.type = mkdir and proc.name = mkdir
  output: "%evt.arg.path"
  priority: NOTICE
`;

let saker: ChildProcess;
let printed = '';
let log = '';

async function eventually<T>(what: string, get: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const value = get();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no ${what}; printed: ${printed}; log: ${log}`);
}

const lines = (text: string, rule: string): string[] => text.split('\n').filter((line) => line.includes(`"${rule}"`));

describe.skipIf(missing('kernel'))('captures on alert, live', () => {
  beforeAll(async () => {
    writeFileSync(rulesFile, rules);
    writeFileSync(secret, 'x');
    saker = spawn(program, ['run', '--json', '-r', rulesFile, '--capture', path.join(folder, 'alert')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    saker.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    saker.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    await eventually('start', () => (log.includes('watching') ? true : undefined));
  });
  afterAll(() => {
    saker?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('a full disk is told and counted, and the rest goes on', () => {
    const small = path.join(folder, 'small');
    mkdirSync(small);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', small]).status).toBe(0);
    const whole = path.join(folder, 'whole.scap');
    const noise = path.join(folder, 'noise.yaml');
    writeFileSync(
      noise,
      '- {rule: Any, desc: d, condition: "evt.type in (open, openat)", output: "%fd.name", priority: NOTICE}\n',
    );
    // A machine where nothing else happens has nothing to record.
    const busy = spawn('sh', ['-c', 'while :; do cat /etc/hostname; sleep 0.01; done'], { stdio: 'ignore' });
    spawnSync(program, ['record', '-q', '-w', whole, '--duration', '2s']);
    busy.kill('SIGKILL');
    const capture = ['--capture', path.join(small, 'alert'), '--capture-all', '--capture-after', '1h'];
    const { status, stdout, stderr } = spawnSync(program, ['replay', '-r', noise, ...capture, whole], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const recording = ['replay', '-r', noise, '--record', path.join(small, 'all.scap'), whole];
    const recorded = spawnSync(program, recording, { encoding: 'utf8', maxBuffer: 1 << 28 });
    spawnSync('umount', [small]);
    expect(recorded.stderr).toMatch(/saker: error: nothing more is recorded: error=.*ENOSPC/);
    expect(stderr).toMatch(/a capture could not be written: error=.*(ENOSPC|no space left)/);
    expect(stderr).toMatch(/saker: \d+ captures? could not be written/);
    expect(stdout).not.toBe('');
    expect(status).toBe(1);
  });

  it('a capture is written and, replayed, gives the alert and what was told before it', async () => {
    spawnSync('mkdir', [path.join(folder, 'before')]);
    await eventually('what comes before', () => (printed.includes('/before') ? true : undefined));
    spawnSync('sh', ['-c', `cd ${folder}; MARK=here cat secret-file; true`]);
    await eventually('alert', () => lines(printed, 'Secret read')[0]);
    spawnSync('mkdir', [path.join(folder, 'after')]);
    await eventually('what comes after', () => (printed.includes('/after') ? true : undefined));
    const capture = await eventually('capture', () =>
      readdirSync(folder).find((name) => /^alert_[0-9]{20}_[0-9]{20}\.scap$/.test(name)),
    );
    const ended = once(saker, 'exit');
    saker.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(log).toContain('saker: 1 capture recorded');
    const again = execFileSync(program, ['replay', '-q', '--json', '-r', rulesFile, path.join(folder, capture)], {
      encoding: 'utf8',
    });
    expect(lines(again, 'Secret read')).toEqual(lines(printed, 'Secret read'));
    const alert = JSON.parse(lines(again, 'Secret read')[0]!) as { output: string };
    expect(alert.output).toMatch(
      /: Warning cat secret-file\|\/[^|]*cat\|[^|]*saker-captures-[^|]*\|sh -c [^|]*\|[^|]+\|[^|]*secret-file\|3\|root\|here/,
    );
    expect(lines(again, 'Told before')).toEqual(lines(printed, 'Told before'));
  });
});
