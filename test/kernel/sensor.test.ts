import { mkdirSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { events } from '../../src/model/event-table.ts';
import { dropReasons } from '../../src/sources/ebpf/drops.ts';
import { clone, file, rows } from './sensor-rows.ts';
import { compileProgram, type Program, record, type Recording, runProgram, type Seen, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of the sensor are skipped: ${reason}`);

/** What the calls of sensor-calls.c answered, by label. */
let out = new Map<string, number[]>();
let recording: Recording;
let program: Program;

function result(label: string, index = 0): number {
  return out.get(label)?.[index] ?? Number.NaN;
}

function find(label: string, code: string, from: readonly Seen[] = recording.seen): Seen | undefined {
  return from.find((event) => event.label === label && event.code === code);
}

describe.skipIf(reason !== '')('sensor', () => {
  beforeAll(async () => {
    program = compileProgram('sensor-calls');
    const work = path.join(program.folder, 'work');
    mkdirSync(work);
    let pid = -1;
    recording = await record(
      {},
      async () => {
        const done = await runProgram(program.path, [work, program.path]);
        pid = done.pid;
        out = new Map(
          done.output
            .trim()
            .split('\n')
            .map((line) => line.split(' '))
            .map(([label = '', ...numbers]) => [label, numbers.map(Number)]),
        );
      },
      (event) => event.code === 'PROCEXIT_1_E' && event.tid === pid,
    );
  });
  afterAll(() => program.remove());

  it('writes every event in the layout of the event table, and loses none', () => {
    expect(recording.problems).toEqual([]);
    expect(recording.lost).toEqual([]);
    expect(recording.seen.length).toBeGreaterThan(300);
  });

  it.each(rows)('$label gives $code', ({ label, code, params }) => {
    const event = find(label, code);
    expect(event?.code).toBe(code);
    const expected = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'function' ? value(result) : value]),
    );
    expect(event?.params).toMatchObject(expected);
  });

  it('knows device and inode of an opened file', () => {
    const event = find('openat-dir', 'SYSCALL_OPENAT_2_X');
    const made = recording.seen.find((seen) => seen.label === 'open' && seen.code === 'SYSCALL_OPEN_X');
    expect(event?.params['ino']).toBeGreaterThan(0);
    expect(made?.params['dev']).toBe(event?.params['dev']);
  });

  it('tells the kernel addresses and the path of unix sockets from both sides', () => {
    const connect = String(find('connect-un', 'SOCKET_CONNECT_X')?.params['tuple']);
    const accept = String(find('accept', 'SOCKET_ACCEPT_5_X')?.params['tuple']);
    expect(connect.slice(17)).toBe('socket\0');
    expect(accept).toBe(connect);
    expect(connect.slice(1, 9)).not.toBe(connect.slice(9, 17));
  });

  it.each([
    ['clone', 'SYSCALL_CLONE_20_X', clone('CLONE_FILES')],
    ['fork', 'SYSCALL_FORK_20_X', 0],
    ['clone3', 'SYSCALL_CLONE3_X', clone('CLONE_FS')],
    ['vfork', 'SYSCALL_VFORK_20_X', 0],
  ])('%s is told by the child too', (label, code, flags) => {
    const child = result(label);
    const event = recording.seen.find((seen) => seen.tid === child && seen.code === code);
    const parent = result('pid');
    expect(event?.params).toMatchObject({
      res: 0,
      tid: child,
      pid: child,
      ptid: parent,
      flags,
      comm: label,
      vtid: child,
    });
    expect(event?.params['exe']).toBe(program.path);
    expect(event?.params['args']).toBe(`${path.join(program.folder, 'work')}\0${program.path}\0`);
    expect(event?.params['pidns_init_start_ts']).toBeGreaterThan(0);
  });

  it('tells threads as such', () => {
    const tid = result('thread-id');
    const event = recording.seen.find((seen) => seen.tid === tid && /CLONE/.test(seen.code));
    expect(event?.params).toMatchObject({ res: 0, tid, pid: result('pid') });
    expect(Number(event?.params['flags']) & clone('CLONE_THREAD', 'CLONE_VM', 'CLONE_FILES')).toBe(
      clone('CLONE_THREAD', 'CLONE_VM', 'CLONE_FILES'),
    );
    expect(find('in-thread', 'SYSCALL_OPENAT_2_X')).toMatchObject({ tid, params: { name: 'from a thread' } });
  });

  it.each([
    ['execve-pid', () => program.path],
    ['execveat-pid', () => '/dev/fd/'],
  ])('%s: a successful exec has all 30 parameters', (label, filename) => {
    const pid = result(label);
    const event = recording.seen.find((seen) => seen.tid === pid && seen.code === 'SYSCALL_EXECVE_19_X')!;
    expect(event.params).toMatchObject({
      res: 0,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      tid: pid,
      pid,
      ptid: result('pid'),
      tty: 0,
      flags: 1,
      uid: 0,
      gid: 0,
      trusted_exepath: program.path,
    });
    expect(String(event.params['filename'])).toContain(filename());
    expect(event.params['cgroups']).toMatch(
      /^cpuset=\/[^\0]*\0cpu=\/[^\0]*\0cpuacct=\/[^\0]*\0io=\/[^\0]*\0memory=\/[^\0]*\0$/,
    );
    expect(event.params['exe_ino']).toBeGreaterThan(0);
    const age = event.time - BigInt(event.params['exe_ino_mtime'] ?? 0);
    expect(age > 0n && age < 600_000_000_000n).toBe(true);
  });

  it('recognises a program in a memfd', () => {
    const pid = result('memfd-pid');
    const event = recording.seen.find((seen) => seen.tid === pid && seen.code === 'SYSCALL_EXECVE_19_X');
    expect(event?.params).toMatchObject({ trusted_exepath: 'memfd:payload', flags: 5 });
  });

  it('tells how processes end', () => {
    const end = (label: string): Seen | undefined =>
      recording.seen.find((seen) => seen.code === 'PROCEXIT_1_E' && seen.tid === result(label));
    expect(end('clone')?.params).toMatchObject({ status: 0x300, ret: 3, sig: 0, core: 0, reaper_tid: 0 });
    expect(end('clone3')?.params).toMatchObject({ status: 9, ret: 0, sig: 9, core: 0 });
  });

  it.runIf(process.arch === 'x64')('sees calls by the 32-bit entry as what they are', () => {
    if (!out.has('compat')) return;
    const event = find('compat', 'SYSCALL_OPEN_X');
    expect(event?.params).toMatchObject({ fd: -2, name: 'by the 32-bit entry', flags: file('O_WRONLY') });
    const socket = find('socketcall', 'SOCKET_SOCKET_X');
    expect(socket?.params).toMatchObject({ fd: result('socketcall'), domain: 2, proto: 17, flags: file('O_CLOEXEC') });
  });

  it('keeps time', () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    for (const event of recording.seen) expect(now - event.time < 60_000_000_000n && event.time <= now).toBe(true);
  });

  it('takes a picture of the machine before the events', () => {
    const self = recording.snapshot.threads?.find((thread) => thread.tid === process.pid);
    expect(self).toMatchObject({
      pid: process.pid,
      ptid: process.ppid,
      uid: process.geteuid?.(),
      exepath: process.execPath,
    });
    expect(recording.snapshot.machine?.hostname).toBe(os.hostname());
    expect(recording.snapshot.users?.find((user) => user.uid === 0)?.name).toBe('root');
  });

  it('does not watch itself', () => {
    expect(recording.seen.filter((event) => event.tid === process.pid)).toEqual([]);
  });
});

describe.skipIf(reason !== '')('sensor under pressure', () => {
  beforeAll(() => {
    program = compileProgram('sensor-flood');
  });
  afterAll(() => program.remove());

  it('counts what finds the ring full, and keeps the rest whole', async () => {
    const calls = 200_000;
    const { seen, problems, lost } = await record(
      { bufferBytes: 64 * 1024, syscalls: 'close' },
      (stop) => runProgram(program.path, [String(calls)]).then(stop),
      () => false,
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
      (stop) => runProgram('env', ['-i', '/bin/sh', '-c', script]).then(stop),
      () => false,
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
      (stop) => Promise.all([flood(), flood(), runProgram(program.path, ['100', 'chroot'])]).then(stop),
      () => false,
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
    const { seen } = await record(
      { syscalls: 'openat close clone clone3 fork vfork execve procexit' },
      (stop) =>
        Promise.all([
          runProgram(program.path, ['20000', 'open']),
          runProgram('sh', ['-c', 'for i in 1 2 3 4 5 6 7 8; do /bin/true; done']),
        ]).then(stop),
      () => false,
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
    const { seen } = await record(
      { syscalls: 'openat procexit' },
      () => runProgram(program.path, ['100']),
      (event) => event.code === 'PROCEXIT_1_E',
    );
    expect(new Set(seen.map((event) => event.code))).toEqual(new Set(['SYSCALL_OPENAT_2_X', 'PROCEXIT_1_E']));
  });

  it('tells the start of calls on request', async () => {
    const { seen, problems } = await record(
      { syscalls: 'open openat openat2 creat connect close procexit', enterEvents: true },
      (stop) => runProgram(program.path, ['2', 'open']).then(stop),
      () => false,
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
    const stopAtOnce = (stop: () => void): void => stop();
    const open = (): number => readdirSync('/proc/self/fd').length;
    await record({}, stopAtOnce, () => false);
    const before = open();
    for (let i = 0; i < 3; i++) await record({}, stopAtOnce, () => false);
    expect(open()).toBe(before);
  });
});
