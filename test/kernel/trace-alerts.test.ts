import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, type Program, whyNot, whyNotTrace } from './sensor-kit.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const saker = path.join(root, 'bin/saker');
const reason = whyNotTrace();
const mark = `trace-${process.pid}`;
const nobody = 65534;

/** What intruders do, as far as the rules that come with Saker know it; its exit code is 4. */
const workload = `
cat /etc/shadow > /dev/null
echo 1 > /etc/saker-${mark}; rm /etc/saker-${mark}
: > tool; chmod u+s tool
./nginx -c 'sh -c "echo served"; true'
ln -s /etc/shadow soft
cp /bin/true /dev/shm/saker-${mark}; /dev/shm/saker-${mark}; rm /dev/shm/saker-${mark}
LD_PRELOAD=/tmp/none-${mark}.so /bin/true 2> /dev/null
"$1" "$2" "$1" > /dev/null
exit 4
`;

const rulesSeen = [
  'Account secrets read by an unexpected program',
  'System configuration written',
  'Setuid or setgid bit set',
  'Shell started by a server',
  'Symbolic link to a sensitive file',
  'Program run from shared memory',
  'Library forced into a program from a writable directory',
  'Program run from memory only',
];

interface JsonAlert {
  rule: string;
  output: string;
}

/** Rule and text of the alerts about the workload, without their times; what the tracer itself does is not its work. */
function about(text: string): string[] {
  const alerts = text.split('\n').filter((line) => line !== '');
  return alerts
    .map((line) => JSON.parse(line) as JsonAlert)
    .filter(({ output }) => output.includes(`mark=${mark} `) && !output.includes('process=saker-trace '))
    .map(({ rule, output }) => `${rule}: ${output.slice(output.indexOf(' '))}`)
    .sort();
}

describe.skipIf(reason !== '')('saker run --ptrace with the rules that come with Saker', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'saker-trace-'));
  const print = ['-p', 'mark=%proc.env[MARK] pid=%proc.pid'];
  const environment = { ...process.env, MARK: mark };
  const alertsFile = path.join(folder, 'alerts.json');
  let program: Program;
  let wholeMachine: ChildProcess | undefined;
  let printed = '';
  let log = '';
  let traced: { status: number | null; stdout: string; stderr: string };

  async function watchAll(): Promise<void> {
    wholeMachine = spawn(saker, ['run', '--json', '--enable-all', ...print], { stdio: ['ignore', 'pipe', 'pipe'] });
    wholeMachine.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    wholeMachine.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    for (let i = 0; i < 200 && !log.includes('watching'); i++) await new Promise((done) => setTimeout(done, 50));
  }

  beforeAll(async () => {
    program = compileProgram('sensor-calls');
    copyFileSync('/bin/dash', path.join(folder, 'nginx'));
    writeFileSync(path.join(folder, 'work.sh'), workload);
    const work = path.join(folder, 'work');
    mkdirSync(work);
    if (whyNot() === '') await watchAll();
    // Both watch the same processes at the same time.
    const args = ['run', '--json', '--enable-all', ...print, '-o', alertsFile, '--ptrace', '--', 'sh', 'work.sh'];
    traced = spawnSync(saker, [...args, program.path, work], { cwd: folder, env: environment, encoding: 'utf8' });
    await new Promise((done) => setTimeout(done, 500));
    if (wholeMachine === undefined) return;
    const ended = new Promise((done) => wholeMachine?.on('close', done));
    wholeMachine.kill('SIGINT');
    await ended;
  });
  afterAll(() => {
    wholeMachine?.kill('SIGKILL');
    program?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("leaves the command's output and exit code alone", () => {
    expect(traced.stdout).toBe('served\n');
    expect(traced.status).toBe(4);
    expect(traced.stderr).not.toContain('LOST');
  });

  it.each(rulesSeen)('alerts: %s', (rule) => {
    expect(about(readFileSync(alertsFile, 'utf8')).some((text) => text.startsWith(`${rule}: `))).toBe(true);
  });

  it.skipIf(whyNot() !== '')('alerts exactly as the eBPF sensor does of the same processes', () => {
    const byTracer = about(readFileSync(alertsFile, 'utf8'));
    expect(byTracer.length).toBeGreaterThanOrEqual(rulesSeen.length);
    expect(byTracer).toEqual(about(printed));
  });

  it('writes alerts to standard error, so that standard output is that of the command', () => {
    const run = spawnSync(saker, ['run', '-q', '--ptrace', '--', 'cat', '/etc/shadow'], { encoding: 'utf8' });
    expect(run.stdout).toBe(readFileSync('/etc/shadow', 'utf8'));
    expect(run.stderr).toContain('account secrets read');
  });

  it('works without any capability', () => {
    const secret = path.join(folder, 'own');
    mkdirSync(secret, { mode: 0o777 });
    const script = 'id -u; grep CapEff /proc/self/status; : > mine; chmod u+s mine';
    const as = { uid: nobody, gid: nobody, cwd: '/tmp', encoding: 'utf8' } as const;
    const run = spawnSync(saker, ['run', '-q', '--ptrace', '--', 'sh', '-c', `cd /tmp && ${script}; rm -f mine`], as);
    expect(run.stdout).toBe(`${nobody}\nCapEff:\t0000000000000000\n`);
    expect(run.stderr).toContain('Setuid or setgid bit set');
  });

  it('records what can be replayed with the same alerts', () => {
    const capture = path.join(folder, 'trace.scap');
    const args = [
      'run',
      '-q',
      '--json',
      '--record',
      capture,
      '--ptrace',
      '--',
      'sh',
      '-c',
      'cat /etc/shadow >/dev/null',
    ];
    const live = spawnSync(saker, args, { encoding: 'utf8' });
    const again = spawnSync(saker, ['replay', '-q', '--json', capture], { encoding: 'utf8' });
    const rules = (text: string): string[] =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as JsonAlert).output); // prettier-ignore
    expect(rules(live.stderr)).toHaveLength(1);
    expect(rules(again.stdout)).toEqual(rules(live.stderr));
  });
});

describe.skipIf(reason !== '' || spawnSync('script', ['--version']).status !== 0)('a terminal', () => {
  /** Presses Ctrl-C in a terminal after the command has said that it is ready. */
  async function pressed(script: string): Promise<string> {
    const file = path.join(tmpdir(), `saker-terminal-${process.pid}.sh`);
    writeFileSync(file, script);
    const line = `${saker} run --ptrace -- sh ${file}; echo exit code $?`;
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!shown.includes('ready') && (shown + text).includes('ready'))
        setTimeout(() => terminal.stdin.write('\x03'), 300);
      shown += text;
    });
    await new Promise((resolve) => terminal.on('close', resolve));
    rmSync(file);
    return shown;
  }

  it('sends Ctrl-C to the command once, and Saker ends with it', async () => {
    const shown = await pressed(
      "trap 'n=x$n' INT; echo ready; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done; echo got $n; exit 9",
    );
    expect(shown).toContain('got x\r');
    expect(shown).toContain('saker: 0 alerts');
    expect(shown).toContain('exit code 9');
  });

  it('ends a command that does nothing about it', async () => {
    expect(await pressed('echo ready; exec sleep 60')).toContain('exit code 130');
  });
});
