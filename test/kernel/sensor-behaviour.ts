import path from 'node:path';
import { expect, it } from 'vitest';
import { clone, file } from './sensor-rows/kit.ts';
import { rows } from './sensor-rows/rows.ts';
import { isEventPossible, type Program, type Recording, type Seen } from './sensor-kit.ts';

/** A run of sensor-calls.c that was watched. */
export interface WatchedRun {
  readonly recording: Recording;
  readonly program: Program;
  /** What its calls answered, by label. */
  readonly answers: ReadonlyMap<string, readonly number[]>;
}

/** What sensor-calls.c printed. */
export function readAnswers(text: string): Map<string, number[]> {
  const lines = text.trim().split('\n');
  return new Map(lines.map((line) => line.split(' ')).map(([label = '', ...rest]) => [label, rest.map(Number)]));
}

/** Looks things up in a run that a hook makes only later. */
class Look {
  readonly run: () => WatchedRun;

  constructor(run: () => WatchedRun) {
    this.run = run;
  }

  readonly result = (label: string, index = 0): number => this.run().answers.get(label)?.[index] ?? Number.NaN;

  first(holds: (event: Seen) => boolean): Seen | undefined {
    return this.run().recording.seen.find(holds);
  }

  find(label: string, code: string): Seen | undefined {
    return this.first((event) => event.label === label && event.code === code);
  }
}

/** What every source tells of the calls of sensor-calls.c, however it comes to know of them. */
export function itTellsOfTheProgram(run: () => WatchedRun): void {
  const look = new Look(run);
  itTellsOfCalls(look);
  itTellsOfNewThreads(look);
  itTellsOfPrograms(look);
}

function itTellsOfCalls(look: Look): void {
  it('writes every event in the layout of the event table, and loses none', () => {
    const { problems, lost, seen } = look.run().recording;
    expect(problems).toEqual([]);
    expect(lost).toEqual([]);
    expect(seen.length).toBeGreaterThan(300);
  });

  it.each(rows.filter(({ code }) => isEventPossible(code)))('$label gives $code', ({ label, code, params }) => {
    const event = look.find(label, code);
    expect(event?.code).toBe(code);
    const expected = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'function' ? value(look.result) : value]),
    );
    expect(event?.params).toMatchObject(expected);
  });

  it('knows device and inode of an opened file', () => {
    const folder = look.find('openat-dir', 'SYSCALL_OPENAT_2_X');
    expect(folder?.params['ino']).toBeGreaterThan(0);
    expect(look.find('openat-tmp', 'SYSCALL_OPENAT_2_X')?.params['dev']).toBe(folder?.params['dev']);
  });

  it.runIf(process.arch === 'x64')('sees calls by the 32-bit entry as what they are', () => {
    if (!look.run().answers.has('compat')) return;
    const opened = { fd: -2, name: 'by the 32-bit entry', flags: file('O_WRONLY') };
    expect(look.find('compat', 'SYSCALL_OPEN_X')?.params).toMatchObject(opened);
    const socket = { fd: look.result('socketcall'), domain: 2, proto: 17, flags: file('O_CLOEXEC') };
    expect(look.find('socketcall', 'SOCKET_SOCKET_X')?.params).toMatchObject(socket);
  });
}

function itTellsOfNewThreads(look: Look): void {
  const makers = [
    { label: 'clone', code: 'SYSCALL_CLONE_20_X', flags: clone('CLONE_FILES') },
    { label: 'fork', code: 'SYSCALL_FORK_20_X', flags: 0 },
    { label: 'clone3', code: 'SYSCALL_CLONE3_X', flags: clone('CLONE_FS') },
    { label: 'vfork', code: 'SYSCALL_VFORK_20_X', flags: 0 },
  ];
  it.each(makers.filter(({ code }) => isEventPossible(code)))(
    '$label is told by the child too',
    ({ label, code, flags }) => {
      const child = look.result(label);
      const event = look.first((seen) => seen.tid === child && seen.code === code);
      const { program } = look.run();
      const ids = { tid: child, pid: child, ptid: look.result('pid'), vtid: child };
      expect(event?.params).toMatchObject({ ...ids, res: 0, flags, comm: label, exe: program.path });
      expect(event?.params['args']).toBe(`${path.join(program.folder, 'work')}\0${program.path}\0`);
      expect(event?.params['pidns_init_start_ts']).toBeGreaterThan(0);
    },
  );

  it('tells threads as such', () => {
    const tid = look.result('thread-id');
    const event = look.first((seen) => seen.tid === tid && /CLONE/.test(seen.code));
    expect(event?.params).toMatchObject({ res: 0, tid, pid: look.result('pid') });
    const shared = clone('CLONE_THREAD', 'CLONE_VM', 'CLONE_FILES');
    expect(Number(event?.params['flags']) & shared).toBe(shared);
    expect(look.find('in-thread', 'SYSCALL_OPENAT_2_X')).toMatchObject({ tid, params: { name: 'from a thread' } });
  });
}

function itTellsOfPrograms(look: Look): void {
  it.each([
    ['execve-pid', () => look.run().program.path],
    ['execveat-pid', () => '/dev/fd/'],
  ])('%s: a successful exec has all 30 parameters', (label, filename) => {
    const pid = look.result(label);
    const event = look.first((seen) => seen.tid === pid && seen.code === 'SYSCALL_EXECVE_19_X')!;
    expect(event.params).toMatchObject({
      res: 0,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      tid: pid,
      pid,
      ptid: look.result('pid'),
      flags: 1,
      uid: 0,
      gid: 0,
      trusted_exepath: look.run().program.path,
    });
    expect(String(event.params['filename'])).toContain(filename());
    expect(event.params['cgroups']).toMatch(/^cpuset=\/[^\0]*\0cpu=\/[^\0]*\0.*memory=\/[^\0]*\0$/);
    expect(event.params['exe_ino']).toBeGreaterThan(0);
    // Compiled before it was run.
    expect(BigInt(event.params['exe_ino_mtime'] ?? 0)).toBeGreaterThan(0n);
    expect(BigInt(event.params['exe_ino_mtime'] ?? 0)).toBeLessThan(event.time);
  });

  it('recognises a program in a memfd', () => {
    const pid = look.result('memfd-pid');
    const event = look.first((seen) => seen.tid === pid && seen.code === 'SYSCALL_EXECVE_19_X');
    expect(event?.params).toMatchObject({ trusted_exepath: 'memfd:payload', flags: 5 });
  });

  it('tells how processes end', () => {
    const end = (label: string): Seen | undefined =>
      look.first((seen) => seen.code === 'PROCEXIT_1_E' && seen.tid === look.result(label));
    expect(end('clone')?.params).toMatchObject({ status: 0x300, ret: 3, sig: 0, core: 0, reaper_tid: 0 });
    expect(end('clone3')?.params).toMatchObject({ status: 9, ret: 0, sig: 9, core: 0 });
  });
}
