import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, sharedFolder } from '../kit/requirements.ts';
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

/**
 * Rule and text of the alerts about the workload, without their times. What tracer and Saker do is not the workload's; Saker's own
 * first thread has one name at its start and another one in /proc.
 */
function about(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonAlert)
    .filter(({ output }) => output.includes(`mark=${mark} `) && !/ process=(saker-trace|node) /.test(output))
    .map(({ rule, output }) => `${rule}: ${output.slice(output.indexOf(' ')).replaceAll('=MainThread ', '=node ')}`)
    .sort();
}

const print = ['-p', 'mark=%proc.env[MARK] pid=%proc.pid'];

/** The whole machine by eBPF, with JSON alerts. */
class WholeMachine {
  printed = '';
  #log = '';
  readonly #saker: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(options: readonly string[]) {
    this.#saker = spawn(saker, ['run', '--json', ...options, ...print], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#saker.stdout!.setEncoding('utf8').on('data', (text: string) => (this.printed += text));
    this.#saker.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.#ended = new Promise((done) => this.#saker.on('close', done));
  }

  async watching(): Promise<void> {
    for (let i = 0; i < 400 && !this.#log.includes('watching'); i++) {
      if (this.#saker.exitCode !== null) throw new Error(`saker run: ${this.#log}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Whether it says that events were lost: then it has not seen everything. */
  get hasLost(): boolean {
    return /\bLOST\b|events were lost/.test(this.#log);
  }

  async end(): Promise<void> {
    this.#saker.kill('SIGINT');
    await this.#ended;
  }
}

interface SideBySide {
  readonly traced: { readonly status: number | null; readonly stdout: string; readonly stderr: string };
  readonly byTracer: string[];
  /** undefined: there is no eBPF here, or it lost events, as it may when others flood the machine. */
  readonly bySensor: string[] | undefined;
}

/** Has the tracer and, where it can, the eBPF sensor watch the same processes at the same time. */
async function onceSideBySide(folder: string, program: Program, options: readonly string[]): Promise<SideBySide> {
  const alertsFile = path.join(folder, 'alerts.json');
  const work = path.join(folder, 'work');
  for (const old of [alertsFile, work, path.join(folder, 'soft')]) rmSync(old, { recursive: true, force: true });
  mkdirSync(work);
  const machine = whyNot() === '' ? new WholeMachine(options) : undefined;
  await machine?.watching();
  const args = ['run', '--json', ...options, ...print, '-o', alertsFile, '--ptrace', '--', 'sh', 'work.sh'];
  const env = { ...process.env, MARK: mark };
  const traced = spawnSync(saker, [...args, program.path, work], { cwd: folder, env, encoding: 'utf8' });
  await new Promise((done) => setTimeout(done, 500));
  await machine?.end();
  return {
    traced,
    byTracer: about(readFileSync(alertsFile, 'utf8')),
    bySensor: machine === undefined || machine.hasLost ? undefined : about(machine.printed),
  };
}

async function sideBySide(folder: string, program: Program, options: readonly string[]): Promise<SideBySide> {
  let both = await onceSideBySide(folder, program, options);
  for (let i = 0; i < 3 && both.bySensor === undefined && whyNot() === ''; i++)
    both = await onceSideBySide(folder, program, options);
  return both;
}

describe.skipIf(reason !== '')('saker run --ptrace with the rules that come with Saker', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'saker-trace-'));
  let program: Program;
  let both: SideBySide;

  beforeAll(async () => {
    program = compileProgram('sensor-calls');
    copyFileSync('/bin/dash', path.join(folder, 'nginx'));
    writeFileSync(path.join(folder, 'work.sh'), workload);
    both = await sideBySide(folder, program, ['--enable-all']);
  });
  afterAll(() => {
    program?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("leaves the command's output and exit code alone", () => {
    const { traced } = both;
    expect(traced.stdout).toBe('served\n');
    expect(traced.status).toBe(4);
    expect(traced.stderr).not.toContain('LOST');
  });

  it.each(rulesSeen)('alerts: %s', (rule) => {
    expect(both.byTracer.some((text) => text.startsWith(`${rule}: `))).toBe(true);
  });

  it.skipIf(whyNot() !== '')('alerts exactly as the eBPF sensor does of the same processes', ({ skip }) => {
    if (both.bySensor === undefined) skip('the sensor lost events each time: this machine is too busy');
    expect(both.byTracer.length).toBeGreaterThanOrEqual(rulesSeen.length);
    expect(both.byTracer).toEqual(both.bySensor);
  });

  it.skipIf(whyNot() !== '' || missing('shared'))('the same with all of the upstream rules', async ({ skip }) => {
    const names = ['falco_rules', 'falco-incubating_rules', 'falco-sandbox_rules'];
    const files = names.flatMap((name) => ['-r', path.join(sharedFolder ?? '', 'rules', `${name}.yaml`)]);
    const { byTracer, bySensor } = await sideBySide(folder, program, [...files, '--enable-all', '--matching', 'all']);
    expect(byTracer.length).toBeGreaterThan(15);
    if (bySensor === undefined) skip('the sensor lost events each time: this machine is too busy');
    expect(byTracer).toEqual(bySensor);
  });

  it('writes alerts to standard error, so that standard output is that of the command', () => {
    const run = spawnSync(saker, ['run', '-q', '--ptrace', '--', 'cat', '/etc/shadow'], { encoding: 'utf8' });
    expect(run.stdout).toBe(readFileSync('/etc/shadow', 'utf8'));
    expect(run.stderr).toContain('account secrets read');
  });

  it.skipIf(missing('others'))('works without any capability', () => {
    const secret = path.join(folder, 'own');
    mkdirSync(secret, { mode: 0o777 });
    const script = 'id -u; grep CapEff /proc/self/status; : > mine; chmod u+s mine';
    const as = { uid: nobody, gid: nobody, cwd: '/tmp', encoding: 'utf8' } as const;
    const run = spawnSync(saker, ['run', '-q', '--ptrace', '--', 'sh', '-c', `cd /tmp && ${script}; rm -f mine`], as);
    expect(run.stdout).toBe(`${nobody}\nCapEff:\t0000000000000000\n`);
    expect(run.stderr).toContain('Setuid or setgid bit set');
  });

  it('watches reads and writes when asked to, and says how where a rule names them', () => {
    const rules = path.join(folder, 'writes.yaml');
    const condition = 'evt.type=write and evt.buffer contains some-text';
    writeFileSync(rules, `- {rule: a, desc: b, condition: ${condition}, output: wrote, priority: INFO}\n`);
    const run = (...more: string[]): string =>
      spawnSync(saker, ['run', '-r', rules, ...more, '--ptrace', '--', 'sh', '-c', 'echo some-text'], {
        encoding: 'utf8',
      }).stderr;
    expect(run()).toMatch(/not watched: calls=write help=--data-calls\n(?!.*Informational wrote)/s);
    expect(run('--data-calls')).toContain('Informational wrote');
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

/** A process that nobody has taken note of yet, once it has ended, counts as gone. */
function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe.skipIf(reason !== '')('a violent end', () => {
  async function killed(which: 'Saker' | 'its tracer'): Promise<{ code: number | null; log: string; isLeft: boolean }> {
    const args = ['run', '--ptrace', '--', 'sh', '-c', 'echo $$; sleep 60 & wait'];
    const child = spawn(saker, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const command = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
    const [, tracer = '0'] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${command}/status`, 'utf8')) ?? [];
    process.kill(which === 'Saker' ? child.pid! : Number(tracer), 'SIGKILL');
    const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
    for (let i = 0; i < 40 && isThere(command); i++) await new Promise((done) => setTimeout(done, 50));
    return { code, log, isLeft: isThere(command) };
  }

  it('of Saker is the end of the command', async () => {
    expect((await killed('Saker')).isLeft).toBe(false);
  });

  it('of the tracer is the end of the command, and is told', async () => {
    const { code, log, isLeft } = await killed('its tracer');
    expect([code, isLeft]).toEqual([1, false]);
    expect(log).toContain('the tracer ended unexpectedly (SIGKILL)');
  });
});

describe.skipIf(reason !== '' || spawnSync('script', ['--version']).status !== 0)('a terminal', () => {
  /** Presses Ctrl-C in a terminal after the command has said that it is ready. */
  async function pressed(script: string): Promise<string> {
    const file = path.join(tmpdir(), `saker-terminal-${process.pid}.sh`);
    writeFileSync(file, script);
    // Ctrl-C reaches the outer shell too: some shells would end of it before they tell the exit code.
    const line = `trap : INT; ${saker} run --ptrace -- sh ${file}; echo exit code $?`;
    const env = { ...process.env, SHELL: '/bin/sh' };
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'], env });
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
