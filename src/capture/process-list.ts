import type { ThreadSnapshot } from '../model/machine.ts';
import { splitNul } from '../base/nul-list.ts';
import { type Budget, type ByteReader, Damage } from './byte-reader.ts';

export type ThreadDraft = { -readonly [K in keyof ThreadSnapshot]: ThreadSnapshot[K] };

const maxPath = 1024;
const maxArgs = 4096;
const threadUnits = 8;
/** Entries written before 0.10.0 lack two fields in the middle; what then follows the root is at most this long. */
const oldTailSize = 29;

/** A process list entry of which nothing is known yet. */
export function emptyThread(): ThreadDraft {
  return {
    tid: -1,
    pid: -1,
    ptid: -1,
    sid: -1,
    vpgid: -1,
    pgid: -1,
    vtid: -1,
    vpid: -1,
    comm: '',
    exe: '',
    exepath: '',
    args: [],
    envBytes: '',
    cgroups: [],
    cwd: '',
    root: '',
    flags: 0,
    fdLimit: -1,
    uid: 0xffffffff,
    gid: 0xffffffff,
    loginuid: 0xffffffff,
    tty: 0,
    vmSizeKb: 0,
    vmRssKb: 0,
    vmSwapKb: 0,
    majorFaults: 0,
    minorFaults: 0,
    capInheritable: 0n,
    capPermitted: 0n,
    capEffective: 0n,
    exeWritable: false,
    exeUpperLayer: false,
    exeLowerLayer: false,
    exeFromMemfd: false,
    exeIno: 0,
    exeInoCtime: 0n,
    exeInoMtime: 0n,
    pidnsInitStart: 0n,
  };
}

/** The part that all versions have, each with the fields known at its time. */
function readCommon(r: ByteReader, version: number, thread: ThreadDraft): void {
  thread.tid = r.i64('thread id');
  thread.pid = r.i64('process id');
  thread.ptid = r.i64('parent id');
  if (version >= 6) thread.sid = r.i64('session id');
  if (version >= 8) thread.vpgid = r.i64('process group id');
  thread.comm = r.text(maxPath, 'process name');
  thread.exe = r.text(maxPath, 'program name');
  if (version >= 7) thread.exepath = r.text(maxPath, 'program path');
  thread.args = splitNul(r.text(maxArgs, 'arguments'));
  thread.cwd = r.text(maxPath, 'working directory');
  const limit = BigInt.asIntN(64, r.big64('descriptor limit'));
  thread.fdLimit = BigInt.asIntN(53, limit) === limit ? Number(limit) : limit;
  thread.flags = r.u32('thread flags');
  thread.uid = r.u32('user id');
  thread.gid = r.u32('group id');
  if (version >= 2) {
    thread.vmSizeKb = r.u32('memory size');
    thread.vmRssKb = r.u32('resident memory');
    thread.vmSwapKb = r.u32('swapped memory');
    thread.majorFaults = r.u64('major faults');
    thread.minorFaults = r.u64('minor faults');
  }
  if (version >= 3) thread.envBytes = r.text(maxArgs, 'environment');
  if (version >= 4) {
    thread.vtid = r.i64('thread id in its namespace');
    thread.vpid = r.i64('process id in its namespace');
    thread.cgroups = splitNul(r.text(maxArgs, 'cgroups'));
  }
  if (version >= 5) thread.root = r.text(maxPath, 'root directory');
}

const tail: readonly (readonly [number, (r: ByteReader, thread: ThreadDraft) => void])[] = [
  [4, (r, thread) => (thread.loginuid = r.u32('login user id'))],
  [1, (r, thread) => (thread.exeWritable = r.u8('exe_writable') !== 0)],
  [8, (r, thread) => (thread.capInheritable = r.big64('cap_inheritable'))],
  [8, (r, thread) => (thread.capPermitted = r.big64('cap_permitted'))],
  [8, (r, thread) => (thread.capEffective = r.big64('cap_effective'))],
  [1, (r, thread) => (thread.exeUpperLayer = r.u8('exe_upper_layer') !== 0)],
  [8, (r, thread) => (thread.exeIno = r.u64('exe_ino'))],
  [8, (r, thread) => (thread.exeInoCtime = r.big64('exe_ino_ctime'))],
  [8, (r, thread) => (thread.exeInoMtime = r.big64('exe_ino_mtime'))],
  [1, (r, thread) => (thread.exeFromMemfd = r.u8('exe_from_memfd') !== 0)],
  [1, (r, thread) => (thread.exeLowerLayer = r.u8('exe_lower_layer') !== 0)],
  [8, (r, thread) => (thread.pgid = r.i64('pgid'))],
];

/** Fields added since version 9, which carries entry lengths: whatever a writer did not know is missing at the end. */
function readTail(r: ByteReader, thread: ThreadDraft): void {
  if (r.left > oldTailSize) {
    thread.pidnsInitStart = r.big64('start of the pid namespace');
    thread.tty = r.u32('terminal');
  }
  for (const [size, read] of tail) {
    if (r.left < size) return;
    read(r, thread);
  }
}

/** Reads a whole process list (versions 1 to 9) into `threads`. @throws Damage */
export function readProcessList(r: ByteReader, version: number, threads: ThreadSnapshot[], budget: Budget): void {
  const blockEnd = r.end;
  while (blockEnd - r.at >= 4) {
    const start = r.at;
    const thread = emptyThread();
    if (version >= 9) {
      const size = r.u32('length of a process entry');
      if (size < 4 || size > blockEnd - start) throw new Damage(`a process entry claims ${size} bytes`, start);
      r.end = start + size;
    }
    readCommon(r, version, thread);
    if (version >= 9) {
      readTail(r, thread);
      r.at = r.end;
      r.end = blockEnd;
    }
    budget.take(threadUnits + thread.args.length + thread.cgroups.length, start);
    threads.push(thread);
  }
}

/**
 * Reads when processes began (nanoseconds since the epoch, 0: not known): the index of the first of them among those of the
 * lists, then a time for each. @throws Damage
 */
export function readStartTimes(r: ByteReader, threads: ThreadSnapshot[]): void {
  for (let i = r.i64('index of a process'); i >= 0 && i < threads.length && r.left >= 8; i++)
    threads[i]!.startTime = r.big64('start of a process');
}
