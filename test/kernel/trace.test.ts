import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagTables } from '../../src/model/event-table.ts';
import { missing } from '../kit/requirements.ts';
import { compileProgram, type Program, type Seen, trace, type Trace, whyNotTrace } from './sensor-kit.ts';
import { file } from './sensor-rows/kit.ts';
import { itTellsOfTheProgram, readAnswers } from './sensor-behaviour.ts';

const reason = whyNotTrace();
if (reason !== '') console.warn(`kernel tests of the tracer are skipped: ${reason}`);
const nobody = 65534;

function ends(seen: readonly Seen[]): Seen[] {
  return seen.filter((event) => event.code === 'PROCEXIT_1_E');
}

describe.skipIf(reason !== '').each([
  ['stopped by a filter', true],
  ['stopped at every call', false],
])('calls under ptrace, %s', (_, filter) => {
  let program: Program;
  let traced: Trace;
  let answers: Map<string, number[]>;

  beforeAll(async () => {
    program = compileProgram('sensor-calls');
    const work = path.join(program.folder, 'work');
    const printed = path.join(program.folder, 'printed');
    mkdirSync(work);
    const command = ['sh', '-c', 'exec "$0" "$1" "$0" > "$2"', program.path, work, printed];
    traced = await trace({ command, filter, enterEvents: true });
    answers = readAnswers(readFileSync(printed, 'latin1'));
  });
  afterAll(() => program.remove());

  itTellsOfTheProgram(() => ({ recording: traced, program, answers }));

  it('tells how the command ended', () => {
    expect(traced.exitCode).toBe(0);
  });

  it.each([
    ['open', 'SYSCALL_OPEN_E', { name: 'file', mode: 0o644 }],
    ['openat', 'SYSCALL_OPENAT_2_E', { dirfd: -100, name: 'file' }],
    ['openat2', 'SYSCALL_OPENAT2_E', { name: 'how', resolve: 8 }],
    ['creat', 'SYSCALL_CREAT_E', { name: 'made', mode: 0o600 }],
    ['connect-un', 'SOCKET_CONNECT_E', { addr: '\x01socket\0' }],
  ])('tells the start of %s', (label, code, params) => {
    const event = traced.seen.find((seen) => seen.label === label && seen.code === code);
    expect(event?.params).toMatchObject(params);
  });

  it('begins with the processes of the tree and what they descend from', () => {
    const threads = traced.snapshot.threads ?? [];
    expect(threads.find((thread) => thread.tid === process.pid)?.exepath).toBe(process.execPath);
    const first = traced.seen[0]!;
    expect(threads.some((thread) => thread.tid === first.tid)).toBe(true);
    expect(first.code).toBe('SYSCALL_EXECVE_19_X');
  });
});

describe.skipIf(reason !== '')('behaviour of traced processes', () => {
  let program: Program;

  beforeAll(() => {
    program = compileProgram('trace-cases');
    chmodSync(program.folder, 0o777);
  });
  afterAll(() => program.remove());

  function run(...args: string[]): Promise<Trace> {
    return trace({ command: ['sh', '-c', 'cd "$0" && "$@"', program.folder, program.path, ...args] });
  }

  it.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
    ['true', 0],
  ])('the exit code of %s is passed on', async (script, code) => {
    expect((await trace({ command: ['sh', '-c', script] })).exitCode).toBe(code);
  });

  it.each([
    ['no-such-command', 127, "there is no command 'no-such-command'"],
    ['/nowhere/at-all', 127, 'no such file'],
    ['/etc/passwd', 126, 'permission denied'],
  ])('%s can not be executed', async (command, code, message) => {
    let answered: number | undefined;
    const commandEnded = (exitCode: number): void => void (answered = exitCode);
    const failing = trace({ command: [command] }, undefined, { commandEnded });
    await expect(failing).rejects.toThrow(message);
    expect(answered).toBe(code);
  });

  it('an exec by a thread that is not the leader takes the id of the leader', async () => {
    const { seen, exitCode } = await run('thread-exec', '/bin/sh', '-c', 'exit 6');
    expect(exitCode).toBe(6);
    const exec = seen.filter((event) => event.code === 'SYSCALL_EXECVE_19_X' && event.params['exe'] === '/bin/sh');
    expect(exec).toHaveLength(1);
    expect(exec[0]?.params).toMatchObject({ tid: exec[0]?.tid, pid: exec[0]?.tid, filename: '/bin/sh' });
    // The two threads that are no more have ended, the process has once more at its end.
    expect(ends(seen).at(-1)?.params['ret']).toBe(6);
  });

  it('sees what each of 500 threads opens', async () => {
    const { seen, exitCode, problems } = await run('threads', '500');
    expect([exitCode, problems]).toEqual([0, []]);
    const names = seen.filter((event) => event.code === 'SYSCALL_OPENAT_2_X').map((event) => event.params['name']);
    const opened = new Set(names.filter((name) => String(name).startsWith('thread-')));
    expect(opened.size).toBe(500);
  });

  it('loses nothing of 2,000 short processes', async () => {
    const { seen, exitCode, lost } = await run('forks', '2000');
    expect([exitCode, lost]).toEqual([0, []]);
    const born = seen.filter((event) => /CLONE|FORK/.test(event.code) && event.params['res'] === 0);
    expect(new Set(born.map((event) => event.tid)).size).toBe(born.length);
    const codes = ends(seen).filter((event) => born.some((birth) => birth.tid === event.tid));
    expect(codes).toHaveLength(born.length);
    const sum = codes.reduce((total, event) => total + Number(event.params['ret']), 0);
    expect(sum).toBe(20 * ((99 * 100) / 2));
    // Each is born before it ends.
    const place = new Map(born.map((event) => [event.tid, seen.indexOf(event)]));
    expect(codes.every((event) => seen.indexOf(event) > place.get(event.tid)!)).toBe(true);
  });

  it('lets processes wait while nobody takes their events, and loses none', async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));
    const script = 'i=0; while [ $i -lt 12000 ]; do : < "$0"; i=$((i+1)); done';
    const place = path.join(program.folder, 'x'.repeat(200));
    writeFileSync(place, '');
    const started = performance.now();
    const { seen, exitCode } = await trace({ command: ['sh', '-c', script, place] }, undefined, { batchEnd: slow });
    const opened = seen.filter((event) => event.params['name'] === place);
    expect([exitCode, opened.length]).toEqual([0, 12_000]);
    // 12,000 events of 300 bytes: more than pipe and buffer hold, so that the command had to wait.
    expect(performance.now() - started).toBeGreaterThan(1500);
  });

  it('sees more when more is wanted, also what a filter was not made for', async () => {
    let names = ['execve', 'procexit'];
    const listeners: (() => void)[] = [];
    const interest = {
      names: () => names,
      onChange(listener: () => void) {
        listeners.push(listener);
        return () => undefined;
      },
    };
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do : < /etc/hostname; sleep 0.1; done';
    async function widen(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 450));
      names = [...names, 'openat'];
      for (const listener of listeners) listener();
    }
    const { seen, exitCode } = await trace({ command: ['sh', '-c', script] }, widen, { interest });
    const opened = seen.filter((event) => event.params['name'] === '/etc/hostname').length;
    expect(exitCode).toBe(0);
    expect(opened).toBeGreaterThan(1);
    expect(opened).toBeLessThan(10);
  });

  it('tells of signals that are wanted, who sent them, and not of those that do nothing', async () => {
    const script = 'trap : USR1; kill -USR1 $$; :; kill -WINCH $$; kill -TERM $$';
    const { seen, exitCode } = await trace({ syscalls: 'execve signaldeliver', command: ['sh', '-c', script] });
    const told = seen
      .filter((event) => event.code === 'SIGNALDELIVER_E')
      .map(({ tid, params }) => [params['sig'], params['spid'] === tid]);
    expect(exitCode).toBe(143);
    expect(told).toEqual([
      [10, true],
      [15, true],
    ]); // prettier-ignore
  });

  it('follows children that ask not to be traced', async () => {
    const { seen, exitCode } = await run('untraced');
    expect(exitCode).toBe(0);
    expect(seen.some((event) => event.params['name'] === 'hidden')).toBe(true);
  });

  it('knows who adopts the children of a process that ends', async () => {
    const { seen } = await run('orphan');
    const dying = ends(seen).find((event) => event.params['ret'] === 4);
    expect(dying?.params['reaper_tid']).toBeGreaterThan(0);
    expect(dying?.params['reaper_tid']).not.toBe(dying?.tid);
  });

  it.each(['nested', 'signals'])('case %s of trace-cases.c', async (name) => {
    expect((await run(name)).exitCode).toBe(0);
  });

  it('a stopped process stays stopped until it is told to go on', async () => {
    const script =
      'sleep 30 & p=$!; kill -STOP $p; sleep 0.3; a=$(grep State: /proc/$p/status); kill -CONT $p; ' +
      'sleep 0.3; b=$(grep State: /proc/$p/status); kill $p; wait $p; case "$a$b" in *stop*sleeping*) exit 11;; esac'; // prettier-ignore
    expect((await trace({ command: ['sh', '-c', script] })).exitCode).toBe(11);
  });

  it('ends a command when it is stopped, also one that does not want to', async () => {
    const { exitCode } = await trace({ command: ['sleep', '100'] }, (stop) => stop());
    expect(exitCode).toBe(143);
    const stubborn = ['sh', '-c', "trap '' TERM; sleep 100"];
    const { exitCode: forced } = await trace({ command: stubborn }, async (stop) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      stop();
    });
    expect(forced).toBe(137);
  });

  it.skipIf(missing('others')).each([true, false])('runs as a user without rights (filter %s)', (filter) => {
    const script = `
      import { trace } from ${JSON.stringify(new URL('./sensor-kit.ts', import.meta.url).href)};
      const { seen, problems, exitCode } = await trace({ filter: ${filter}, command: ['sh', '-c', 'id -u; cat /etc/shadow; exit 5'] });
      const exec = seen.find((event) => event.code === 'SYSCALL_EXECVE_19_X' && event.params.exe === 'cat');
      const open = seen.find((event) => event.params.name === '/etc/shadow');
      console.log(JSON.stringify([exitCode, problems, exec.params.uid, exec.params.cap_effective, open.params.fd]));`;
    const as = { uid: nobody, gid: nobody, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { ...as, encoding: 'utf8' });
    expect(child.stdout.trim().split('\n')).toEqual([String(nobody), `[5,[],${nobody},0,-13]`]);
  });
});

describe.skipIf(reason !== '')('attaching', () => {
  it('takes hold of a process and its descendants, and lets them go unharmed', async () => {
    const script = '(while :; do cat /etc/hostname >/dev/null; sleep 0.05; done) & while :; do sleep 0.05; done';
    const target = spawn('sh', ['-c', script], { stdio: 'ignore', detached: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const traced = await trace({ pid: target.pid! }, async (stop) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      stop();
    });
    const status = readFileSync(`/proc/${target.pid}/status`, 'utf8');
    process.kill(-target.pid!, 'SIGKILL');
    expect(traced.problems).toEqual([]);
    expect(traced.exitCode).toBeUndefined();
    expect(traced.snapshot.threads?.some((thread) => thread.tid === target.pid)).toBe(true);
    // By the child that was there before.
    expect(traced.seen.some((event) => event.params['name'] === '/etc/hostname')).toBe(true);
    expect(status).toMatch(/^State:\s*S/m);
    expect(status).toMatch(/^TracerPid:\s*0$/m);
  });

  it('ends with the process', async () => {
    const target = spawn('sh', ['-c', 'sleep 0.5; exit 3'], { stdio: 'ignore' });
    const traced = await trace({ pid: target.pid! });
    expect(ends(traced.seen).some((event) => event.tid === target.pid && event.params['ret'] === 3)).toBe(true);
  });

  it.skipIf(missing('others'))('says what is missing to attach to what belongs to another user', () => {
    const target = spawn('sleep', ['20'], { stdio: 'ignore' });
    const saker = path.resolve(import.meta.dirname, '../../bin/saker');
    const refused = spawnSync(saker, ['run', '--ptrace', '--pid', String(target.pid)], {
      uid: nobody,
      gid: nobody,
      encoding: 'utf8',
    });
    target.kill();
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(`process ${target.pid} belongs to user 0, Saker runs as ${nobody}`);
  });
});

describe.skipIf(reason !== '')('setuid programs', () => {
  it.skipIf(missing('others'))('run without the rights of their owner for a user without rights', () => {
    const program = compileProgram('trace-cases');
    const id = path.join(program.folder, 'id');
    copyFileSync('/usr/bin/id', id);
    chownSync(id, 0, 0);
    chmodSync(id, 0o4755);
    chmodSync(program.folder, 0o755);
    writeFileSync(
      path.join(program.folder, 'rules.yaml'),
      '- rule: never\n  desc: d\n  condition: evt.type=execve and proc.name=none\n  output: o\n  priority: INFO\n',
    ); // prettier-ignore
    const saker = path.resolve(import.meta.dirname, '../../bin/saker');
    const args = ['run', '-q', '-r', path.join(program.folder, 'rules.yaml'), '--ptrace', '--', id, '-u'];
    const plain = spawnSync(saker, args, { encoding: 'utf8' });
    const limited = spawnSync(saker, args, { uid: nobody, gid: nobody, encoding: 'utf8' });
    program.remove();
    expect([plain.status, plain.stdout.trim()]).toEqual([0, '0']);
    expect([limited.status, limited.stdout.trim()]).toEqual([0, String(nobody)]);
  });
});

describe.skipIf(reason !== '')('overlays', () => {
  it('tells the layer of executables and opened files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'saker-overlay-'));
    const [lower, upper, work, mount] = ['lower', 'upper', 'work', 'mount'].map((name) => path.join(folder, name));
    for (const one of [lower, upper, work, mount]) mkdirSync(one!);
    copyFileSync('/bin/true', path.join(lower!, 'old'));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, mount!]);
    if (mounted.status !== 0) return;
    const script = 'cp old new; ./old; ./new; : < old; : > made';
    const { seen } = await trace({ command: ['sh', '-c', `cd ${mount} && ${script}`] });
    spawnSync('umount', [mount!]);
    rmSync(folder, { recursive: true });
    const flagsOf = (code: string, name: string, value: string): number =>
      Number(seen.findLast((event) => event.code === code && event.params[name] === value)?.params['flags']);
    const exe = flagTables['execve_flags']!;
    const layers = exe['EXE_UPPER_LAYER']! | exe['EXE_LOWER_LAYER']!;
    // The kernel tells it since 6.6.
    const [major = 0, minor = 0] = release().split('.').map(Number);
    const isTold = major > 6 || (major === 6 && minor >= 6);
    const wanted = isTold ? [exe['EXE_LOWER_LAYER'], exe['EXE_UPPER_LAYER']] : [0, 0];
    const found = ['./old', './new'].map((name) => flagsOf('SYSCALL_EXECVE_19_X', 'filename', name) & layers);
    expect(found).toEqual(wanted);
    if (!isTold) return;
    expect(flagsOf('SYSCALL_OPENAT_2_X', 'name', 'old') & file('FD_LOWER_LAYER')).toBe(file('FD_LOWER_LAYER'));
    expect(flagsOf('SYSCALL_OPENAT_2_X', 'name', 'made') & file('FD_UPPER_LAYER')).toBe(file('FD_UPPER_LAYER'));
  });
});
