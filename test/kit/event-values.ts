import type { ParamValue } from '../../src/capture/encode.ts';
import type { SocketAddress, SocketTuple } from '../../src/capture/encode-value.ts';
import { emptyThread, type ThreadDraft } from '../../src/capture/process-list.ts';
import { flagTables } from '../../src/model/event-table.ts';
import type { ThreadSnapshot } from '../../src/model/machine.ts';

const cloneFlags = flagTables['clone_flags']!;
/** Flags of a clone that makes a process. */
export const forkFlags = cloneFlags['CLONE_CHILD_CLEARTID']! | cloneFlags['CLONE_CHILD_SETTID']!;
/** Flags of a clone that makes a thread. */
export const threadFlags =
  cloneFlags['CLONE_THREAD']! |
  cloneFlags['CLONE_VM']! |
  cloneFlags['CLONE_FILES']! |
  cloneFlags['CLONE_FS']! |
  cloneFlags['CLONE_SIGHAND']!;

/** Codes of the events of calls that do the same. */
export const openCodes = {
  open: 'SYSCALL_OPEN_X',
  openat: 'SYSCALL_OPENAT_2_X',
  openat2: 'SYSCALL_OPENAT2_X',
  creat: 'SYSCALL_CREAT_X',
} as const;
export const cloneCodes = {
  clone: 'SYSCALL_CLONE_20_X',
  fork: 'SYSCALL_FORK_20_X',
  vfork: 'SYSCALL_VFORK_20_X',
  clone3: 'SYSCALL_CLONE3_X',
} as const;
export const execCodes = { execve: 'SYSCALL_EXECVE_19_X', execveat: 'SYSCALL_EXECVEAT_X' } as const;

/** The name that a program at a path goes by, as the kernel cuts it. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('/') + 16);
}

/** A thread of which little is said. */
export function threadOf(values: Partial<ThreadSnapshot> & { tid: number }): ThreadDraft {
  const pid = values.pid ?? values.tid;
  const defaults = {
    pid,
    ptid: values.tid === 1 ? 0 : 1,
    sid: pid,
    vpgid: pid,
    pgid: pid,
    vtid: values.tid,
    vpid: pid,
  };
  const program = {
    comm: baseName(values.exepath ?? values.exe ?? ''),
    exe: values.exepath ?? '',
    exepath: values.exe ?? '',
  };
  const rest = { cwd: '/', root: '/', fdLimit: 1024, uid: 0, gid: 0, cgroups: ['cpu=/', 'memory=/'] };
  return { ...emptyThread(), ...defaults, ...program, ...rest, ...values };
}

/** What runs where a test names no threads: init and a shell. */
export const defaultThreads = [
  { tid: 1, exepath: '/usr/lib/systemd/systemd', exe: '/sbin/init' },
  { tid: 100, exepath: '/usr/bin/bash', exe: 'bash', args: ['-l'], cwd: '/root', tty: 34816 },
];

/** The connection of a socket that connects to an address. */
export function tupleTo(addr: SocketAddress): SocketTuple {
  if ('path' in addr) return { unixSource: 0xffff888100000001n, unixDest: 0xffff888100000002n, path: addr.path };
  return { source: { address: addr.address.includes(':') ? 'fd00::1' : '10.0.0.1', port: 40000 }, dest: addr };
}

function processValues(t: ThreadDraft): Record<string, ParamValue> {
  return {
    res: 0,
    exe: t.exe,
    args: t.args,
    tid: t.tid,
    pid: t.pid,
    ptid: t.ptid,
    // The driver leaves it out: it costs too much there, and the state knows it.
    cwd: null,
    fdlimit: t.fdLimit,
    pgft_maj: t.majorFaults,
    pgft_min: t.minorFaults,
    vm_size: t.vmSizeKb,
    vm_rss: t.vmRssKb,
    vm_swap: t.vmSwapKb,
    comm: t.comm,
    cgroups: t.cgroups,
    uid: t.uid,
    gid: t.gid,
  };
}

/** Values of an event of clone, of the thread that it makes or that makes it. */
export function cloneValues(t: ThreadDraft): Record<string, ParamValue> {
  return { ...processValues(t), vtid: t.vtid, vpid: t.vpid, pidns_init_start_ts: t.pidnsInitStart };
}

/** Values of an event of execve, of the thread as it is then. */
export function execValues(t: ThreadDraft): Record<string, ParamValue> {
  return {
    ...processValues(t),
    env: t.envBytes,
    tty: t.tty,
    vpgid: t.vpgid,
    loginuid: t.loginuid,
    flags: 0,
    cap_inheritable: t.capInheritable,
    cap_permitted: t.capPermitted,
    cap_effective: t.capEffective,
    exe_ino: t.exeIno,
    exe_ino_ctime: t.exeInoCtime,
    exe_ino_mtime: t.exeInoMtime,
    trusted_exepath: t.exepath,
    pgid: t.pgid,
  };
}
