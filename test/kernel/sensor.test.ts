import { mkdirSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../../src/model/event-table.ts';
import { dropReasons } from '../../src/sources/ebpf/drops.ts';
import { file } from './sensor-rows/kit.ts';
import { itTellsOfTheProgram, readAnswers, type WatchedRun } from './sensor-behaviour.ts';
import { compileProgram, type Program, record, runProgram, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of the sensor are skipped: ${reason}`);

let program: Program;

describe.skipIf(reason !== '')('sensor', () => {
  let run: WatchedRun;
  /** Milliseconds of the clock before and after the recording. */
  let [began, ended] = [0, 0];

  beforeAll(async () => {
    program = compileProgram('sensor-calls');
    const work = path.join(program.folder, 'work');
    mkdirSync(work);
    let printed = '';
    began = Date.now();
    const recording = await record({}, async () => {
      ({ output: printed } = await runProgram(program.path, [work, program.path]));
    });
    ended = Date.now();
    run = { recording, program, answers: readAnswers(printed) };
  });
  afterAll(() => program.remove());

  itTellsOfTheProgram(() => run);

  it('knows of execs that they have no terminal', () => {
    const execs = run.recording.seen.filter((event) => event.params['exe'] === 'argv zero');
    expect(new Set(execs.map((event) => event.params['tty']))).toEqual(new Set([0]));
  });

  it('tells the kernel addresses and the path of unix sockets from both sides', () => {
    const of = (label: string, code: string): string =>
      String(run.recording.seen.find((event) => event.label === label && event.code === code)?.params['tuple']);
    const connect = of('connect-un', 'SOCKET_CONNECT_X');
    expect(connect.slice(17)).toBe('socket\0');
    expect(of('accept', 'SOCKET_ACCEPT_5_X')).toBe(connect);
    expect(connect.slice(1, 9)).not.toBe(connect.slice(9, 17));
  });

  it('keeps time', () => {
    // The clock may be set a little meanwhile.
    const seconds = run.recording.seen.map((event) => Number(event.time / 1_000_000n) / 1000);
    expect(seconds.filter((time) => time < began / 1000 - 10 || time > ended / 1000 + 10)).toEqual([]);
  });

  it('takes a picture of the machine before the events', () => {
    const self = run.recording.snapshot.threads?.find((thread) => thread.tid === process.pid);
    expect(self).toMatchObject({
      pid: process.pid,
      ptid: process.ppid,
      uid: process.geteuid?.(),
      exepath: process.execPath,
    });
    expect(run.recording.snapshot.machine?.hostname).toBe(os.hostname());
    expect(run.recording.snapshot.users?.find((user) => user.uid === 0)?.name).toBe('root');
  });

  it('does not watch itself', () => {
    expect(run.recording.seen.filter((event) => event.tid === process.pid)).toEqual([]);
  });
});

describe.skipIf(reason !== '')('sensor under pressure', () => {
  beforeAll(() => {
    program = compileProgram('sensor-flood');
  });
  afterAll(() => program.remove());

  it('counts what finds the ring full, and keeps the rest whole', async () => {
    const calls = 200_000;
    const { seen, problems, lost } = await record({ bufferBytes: 64 * 1024, syscalls: 'close' }, () =>
      runProgram(program.path, [String(calls)]),
    );
    const closes = seen.filter((event) => event.code === 'SYSCALL_CLOSE_X' && event.params['fd'] === 12345);
    const dropped = lost.reduce((sum, [count]) => sum + count, 0);
    expect(problems).toEqual([]);
    expect(dropped).toBeGreaterThan(0);
    expect(lost[0]?.[1]).toBe(dropReasons.common);
    // Others on the machine close descriptors too.
    expect(closes.length + dropped).toBeGreaterThanOrEqual(calls);
    expect(closes.length).toBeLessThan(calls);
  });

  it('keeps room for the life of processes when others flood the ring', async () => {
    const children = 40;
    const script = `${program.path} 400000 & for i in $(seq ${children}); do ${program.path} 0; done; wait`;
    const { seen, lost } = await record(
      { bufferBytes: 4 * 1024 * 1024, coalesceMs: 50, syscalls: 'close clone clone3 fork vfork execve procexit' },
      // Without environment, so that the events of all children fit the kept part even if nobody fetches any.
      () => runProgram('env', ['-i', '/bin/sh', '-c', script]),
    );
    expect(new Set(lost.map(([, why]) => why))).toEqual(new Set([dropReasons.common]));
    const programs = seen.filter(
      (event) => event.code === 'SYSCALL_EXECVE_19_X' && event.params['filename'] === program.path,
    );
    expect(programs).toHaveLength(children + 1);
    const ended = new Set(seen.filter((event) => event.code === 'PROCEXIT_1_E').map((event) => event.tid));
    expect(programs.filter((event) => !ended.has(event.tid))).toEqual([]);
  });

  it('gets 100 critical calls through a flood that its rings have no room for, and names who makes it', async () => {
    const flood = (): Promise<unknown> => runProgram(program.path, ['200000', 'open']);
    const { seen, problems, lost, lostDetails } = await record(
      { bufferBytes: 64 * 1024, syscalls: 'openat close chroot' },
      () => Promise.all([flood(), flood(), runProgram(program.path, ['100', 'chroot'])]),
    );
    expect(problems).toEqual([]);
    const paths = seen.filter((event) => event.code === 'SYSCALL_CHROOT_X').map((event) => event.params['path']);
    const expected = Array.from({ length: 100 }, (_, i) => `/saker-flood/${i}`);
    expect(paths.filter((name) => String(name).startsWith('/saker-flood'))).toEqual(expected);
    expect(new Set(lost.map(([, why]) => why))).toEqual(new Set([dropReasons.common]));
    const dropped = lost.reduce((sum, [count]) => sum + count, 0);
    expect(dropped).toBeGreaterThan(10_000);
    const names = new Set(
      lostDetails.flatMap(({ byEvent }) => [...byEvent.keys()].map((code) => events[code]?.name ?? '')),
    );
    expect(names.isSupersetOf(new Set(['openat', 'close']))).toBe(true);
    const byFlood = lostDetails
      .flatMap(({ culprits }) => culprits)
      .filter(({ name }) => name === 'sensor-flood')
      .reduce((sum, { drops }) => sum + drops, 0);
    // Other programs on the machine may lose events, too.
    expect(byFlood).toBeGreaterThan(10_000);
    const byCpu = lostDetails.flatMap((details) => [...details.byCpu.values()]).reduce((sum, count) => sum + count, 0);
    expect(Math.abs(byCpu / dropped - 1)).toBeLessThan(0.01);
  });

  it('hands events over in the order of their times, across all rings', async () => {
    const { seen } = await record({ syscalls: 'openat close clone clone3 fork vfork execve procexit' }, () =>
      Promise.all([
        runProgram(program.path, ['20000', 'open']),
        runProgram('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8; do /bin/true; done']),
      ]),
    );
    const late = seen.filter((event, i) => i > 0 && event.time < seen[i - 1]!.time);
    // Two that were written at the same moment on different CPUs may change places, never those of one thread.
    expect(late.length).toBeLessThan(seen.length / 1000);
    const last = new Map<number, bigint>();
    for (const event of seen) {
      expect(event.time >= (last.get(event.tid) ?? 0n)).toBe(true);
      last.set(event.tid, event.time);
    }
  });

  it('sends only what is asked for', async () => {
    const { seen } = await record({ syscalls: 'openat procexit' }, () => runProgram(program.path, ['100']));
    expect(new Set(seen.map((event) => event.code))).toEqual(new Set(['SYSCALL_OPENAT_2_X', 'PROCEXIT_1_E']));
  });

  it('tells the start of calls on request', async () => {
    const { seen, problems } = await record(
      { syscalls: 'open openat openat2 creat connect close procexit', enterEvents: true },
      () => runProgram(program.path, ['2', 'open']),
    );
    expect(problems).toEqual([]);
    const at = seen.findIndex((event) => event.params['name'] === '/etc/passwd');
    const [enter, exit, close] = seen.slice(at).filter((event) => event.tid === seen[at]?.tid);
    expect(enter?.code).toBe('SYSCALL_OPENAT_2_E');
    expect(enter?.params).toEqual({
      dirfd: -100,
      name: '/etc/passwd',
      flags: file('O_RDONLY', 'O_CLOEXEC'),
      mode: 0,
    });
    expect(exit).toMatchObject({ code: 'SYSCALL_OPENAT_2_X', params: { name: '/etc/passwd' } });
    expect(close?.code).toBe('SYSCALL_CLOSE_X');
  });

  it('can be started and stopped again and again without leaving descriptors', async () => {
    const nothing = (): void => undefined;
    const open = (): number => readdirSync('/proc/self/fd').length;
    await record({}, nothing);
    const before = open();
    for (let i = 0; i < 3; i++) await record({}, nothing);
    expect(open()).toBe(before);
  });
});
