import { encodeEvent, type ParamValue } from '../../capture/encode.ts';
import { emptyThread, type ThreadDraft } from '../../capture/process-list.ts';
import { emptyFd, type FdDraft } from '../../model/fd-snapshot.ts';
import { fdType } from '../../model/fd.ts';
import type { Snapshot } from '../../model/machine.ts';

/** Blocks of events, one behind the other. */
export interface Course {
  readonly bytes: Buffer;
  /** Offset of each block. */
  readonly starts: readonly number[];
}

interface Program {
  readonly path: string;
  readonly comm: string;
  readonly args: readonly string[];
  readonly uid: number;
  readonly container: string;
}

const shell: Program = { path: '/usr/bin/bash', comm: 'bash', args: ['-l'], uid: 0, container: '' };
const programs: readonly Program[] = [
  { path: '/usr/bin/ls', comm: 'ls', args: ['-l', '/var'], uid: 0, container: '' },
  { path: '/usr/sbin/nginx', comm: 'nginx', args: ['-g', 'daemon off;'], uid: 33, container: 'a1b2c3d4e5f6' },
  { path: '/usr/bin/python3', comm: 'python3', args: ['/srv/app/main.py', '--port=8000'], uid: 1000, container: '' },
  { path: '/usr/bin/git', comm: 'git', args: ['status'], uid: 1000, container: '' },
  { path: '/opt/java/bin/java', comm: 'java', args: ['-jar', '/srv/service.jar'], uid: 0, container: '0f9e8d7c6b5a' },
  { path: '/usr/bin/sed', comm: 'sed', args: ['-i', 's/a/b/', '/tmp/x'], uid: 0, container: '' },
];
const libraries = ['/etc/ld.so.cache', '/usr/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib/locale/locale-archive'];
const shellTid = 100;
const firstChild = 1000;
const firstThread = 2000;
const firstSubshell = 3000;
/** Forks of each round that execute nothing: the dearest of the frequent events. */
const subshells = 6;
const rounds = 64;
const startNs = 1_700_000_000_000_000_000n;

/** Inodes and times of today's file systems are beyond what fits 31 bits. */
const inode = 2 ** 33 + 4711;

/** The machine before the first event: processes of the host and of a container, one with several threads. */
export function makeSnapshot(): Snapshot {
  const threads: ThreadDraft[] = [runningThread(1, 1, { ...shell, path: '/usr/lib/systemd/systemd', comm: 'systemd' })];
  threads.push(runningThread(shellTid, shellTid, shell));
  for (const [i, program] of programs.entries()) {
    for (let tid = 200 + 10 * i; tid < 203 + 10 * i; tid++) threads.push(runningThread(tid, 200 + 10 * i, program));
  }
  return {
    machine: {
      cpus: 2,
      memoryBytes: 1n << 33n,
      maxPid: 4_194_304n,
      hostname: 'host',
      bootTime: startNs,
      flags: 0n,
      isOwn: true,
    },
    threads,
    users: [{ uid: 0, gid: 0, name: 'root', home: '/root', shell: '/bin/bash' }],
    groups: [{ gid: 0, name: 'root' }],
    interfaces: [],
    fds: threads.filter(({ tid, pid }) => tid === pid).map(({ tid }) => ({ tid, entries: openFds() })),
  };
}

function runningThread(tid: number, pid: number, { path, comm, args, uid, container }: Program): ThreadDraft {
  const ids = {
    tid,
    pid,
    ptid: pid === 1 ? 0 : 1,
    sid: pid,
    vpgid: pid,
    pgid: pid,
    vtid: tid,
    vpid: pid,
    uid,
    gid: uid,
  };
  const file = {
    comm,
    exe: path,
    exepath: path,
    args: [...args],
    exeIno: inode,
    exeInoCtime: startNs,
    exeInoMtime: startNs,
  };
  return { ...emptyThread(), ...ids, ...file, cwd: '/', root: '/', fdLimit: 1_048_576, cgroups: groupsOf(container) };
}

function openFds(): FdDraft[] {
  const peer = { sourceIp: '\x0a\0\0\x01', sourcePort: 40_000, destIp: '\x0a\0\0\x02', destPort: 443, l4proto: 1 };
  return [
    emptyFd(0, inode, fdType.file, '/dev/null'),
    emptyFd(1, inode + 1, fdType.file, '/var/log/service.log'),
    { ...emptyFd(3, 2 ** 32 + 7, fdType.ipv4Socket), ...peer },
    emptyFd(4, 77, fdType.unixSocket, '/run/nscd/socket'),
    emptyFd(5, 78, fdType.fifo, 'pipe:[78]'),
  ];
}

function groupsOf(container: string): string[] {
  const group = container === '' ? '/user.slice' : `/system.slice/docker-${container.repeat(6).slice(0, 64)}.scope`;
  return ['cpuset=/', `cpu=${group}`, `memory=${group}`];
}

/** @returns the values that clone and exec events share. */
function processValues(tid: number, { path, comm, args, uid, container }: Program): Record<string, ParamValue> {
  return {
    res: 0,
    exe: path,
    args,
    tid,
    pid: tid,
    ptid: tid === shellTid ? 1 : shellTid,
    fdlimit: 1024,
    pgft_maj: 0,
    pgft_min: 120,
    vm_size: 9000,
    vm_rss: 3000,
    vm_swap: 0,
    comm,
    cgroups: groupsOf(container),
    uid,
    gid: uid,
  };
}

/**
 * An invented hour on a busy machine, over and over: a shell starts programs, on the host and in containers, which open
 * files and connections, change users and files, and end. What in it is usual counts, not what rules could tell of.
 */
export function makeCourse(): Course {
  const blocks: Buffer[] = [];
  const starts: number[] = [];
  let at = 0;
  let time = startNs;
  const add = (tid: number, code: string, values: Record<string, ParamValue>): void => {
    const block = encodeEvent(code, { tid, time, values });
    blocks.push(block);
    starts.push(at);
    at += block.length;
    time += 10_000n;
  };
  for (let round = 0; round < rounds; round++) addProgram(add, firstChild + round, round);
  return { bytes: Buffer.concat(blocks), starts };
}

type Add = (tid: number, code: string, values: Record<string, ParamValue>) => void;

function addProgram(add: Add, tid: number, round: number): void {
  const program = programs[round % programs.length]!;
  for (let i = 0; i < subshells; i++) {
    addFork(add, firstSubshell + subshells * round + i, i === 0);
    add(firstSubshell + subshells * round + i, 'PROCEXIT_1_E', { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 0 });
  }
  addFork(add, tid, round % 4 === 0);
  add(tid, 'SYSCALL_EXECVE_19_X', {
    ...processValues(tid, program),
    env: ['PATH=/usr/bin', 'HOME=/root'],
    tty: round % 3 === 0 ? 34816 : 0,
    vpgid: tid,
    loginuid: program.uid,
    flags: 0,
    cap_inheritable: 0,
    cap_permitted: program.uid === 0 ? 0x1fffffffn : 0,
    cap_effective: program.uid === 0 ? 0x1fffffffn : 0,
    exe_ino: inode + (round % programs.length),
    exe_ino_ctime: startNs,
    exe_ino_mtime: startNs,
    trusted_exepath: program.path,
    pgid: tid,
    filename: program.path,
  });
  for (const library of libraries) addFile(add, tid, library, 'O_RDONLY', 3);
  for (let i = 0; i < 6; i++) addFile(add, tid, `/srv/data/${program.comm}/part-${round}-${i}`, 'O_RDONLY', 3);
  addFile(add, tid, 'notes.txt', 'O_RDWR|O_CREAT', 4);
  addFile(add, tid, `/var/lib/${program.comm}/state`, 'O_WRONLY|O_CREAT|O_TRUNC', 4);
  addFile(add, tid, '/etc/missing.conf', 'O_RDONLY', -2);
  addConnections(add, tid, round);
  add(tid, 'SYSCALL_RENAME_X', { res: 0, oldpath: '/tmp/part', newpath: '/tmp/whole' });
  add(tid, 'SYSCALL_UNLINKAT_2_X', { res: 0, dirfd: -100, name: '/tmp/whole', flags: 0 });
  add(tid, 'SYSCALL_CHDIR_X', { res: 0, path: '/srv' });
  if (program.uid !== 0) add(tid, 'SYSCALL_SETUID_X', { res: 0, uid: program.uid });
  if (round % 3 === 0) addThread(add, tid, firstThread + round, program);
  add(tid, 'PROCEXIT_1_E', { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 0 });
}

/** Parents tell of their children only where a rule is about it, and no one knows which of the two is first. */
function addFork(add: Add, tid: number, isToldByParent: boolean): void {
  const ids = { vtid: tid, vpid: tid, flags: 0, pidns_init_start_ts: 0 };
  if (isToldByParent) add(shellTid, 'SYSCALL_CLONE_20_X', { ...processValues(shellTid, shell), ...ids, res: tid });
  add(tid, 'SYSCALL_CLONE_20_X', { ...processValues(tid, shell), ...ids });
}

function addThread(add: Add, pid: number, tid: number, program: Program): void {
  const flags = 'CLONE_FILES|CLONE_FS|CLONE_SIGHAND|CLONE_THREAD|CLONE_VM';
  add(tid, 'SYSCALL_CLONE_20_X', {
    ...processValues(pid, program),
    tid,
    flags,
    vtid: tid,
    vpid: pid,
    pidns_init_start_ts: 0,
  });
  addFile(add, tid, '/srv/shared', 'O_RDONLY', 6);
  add(tid, 'PROCEXIT_1_E', { status: 0, ret: 0, sig: 0, core: 0, reaper_tid: 0 });
}

function addFile(add: Add, tid: number, name: string, flags: string, fd: number): void {
  const isOpen = fd >= 0;
  const where = isOpen ? { dev: 2049, ino: inode } : {};
  add(tid, 'SYSCALL_OPENAT_2_X', { fd, dirfd: -100, name, flags, mode: 0, ...where });
  if (isOpen) add(tid, 'SYSCALL_CLOSE_X', { res: 0, fd });
}

function addConnections(add: Add, tid: number, round: number): void {
  const dest = { address: `10.1.${round}.7`, port: round % 2 === 0 ? 443 : 5432 };
  const tuple = { source: { address: '10.0.0.1', port: 40000 + round }, dest };
  add(tid, 'SOCKET_SOCKET_X', { fd: 5, domain: 'AF_INET', type: 1, proto: 0, flags: 0 });
  add(tid, 'SOCKET_CONNECT_X', { res: round % 4 === 0 ? -115 : 0, tuple, fd: 5, addr: dest });
  add(tid, 'SYSCALL_CLOSE_X', { res: 0, fd: 5 });
  const path = '/run/nscd/socket';
  const unix = { unixSource: 0xffff888100000001n, unixDest: 0xffff888100000002n, path };
  add(tid, 'SOCKET_SOCKET_X', { fd: 5, domain: 'AF_UNIX', type: 1, proto: 0, flags: 0 });
  add(tid, 'SOCKET_CONNECT_X', { res: 0, tuple: unix, fd: 5, addr: { path } });
  add(tid, 'SYSCALL_CLOSE_X', { res: 0, fd: 5 });
}
