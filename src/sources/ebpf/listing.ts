import { flagTables } from '../../model/event-table.ts';
import { fdType } from '../../model/fd.ts';
import type { FdSnapshot, Snapshot, ThreadSnapshot } from '../../model/machine.ts';

/** struct saker_listed (native/include/saker_abi.h): its size and its kinds. */
const recordSize = 72;
const kinds = { thread: 1, unixSocket: 2, overlayFile: 3 } as const;
const programFlags = flagTables['execve_flags'] ?? {};
const upperLayer = programFlags['EXE_UPPER_LAYER'] ?? 0;
const lowerLayer = programFlags['EXE_LOWER_LAYER'] ?? 0;
const cloneFlags = flagTables['clone_flags'] ?? {};
const threadFlags = (cloneFlags['CLONE_THREAD'] ?? 0) | (cloneFlags['CLONE_FILES'] ?? 0);

interface ListedThread {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly gid: number;
  readonly loginuid: number;
  readonly comm: string;
  /** Of the program (execve_flags). */
  readonly flags: number;
}

/** What only the kernel knows of the machine at the start. */
export interface Listing {
  readonly threads: ReadonlyMap<number, ListedThread>;
  /** Kernel addresses of both ends in hex, by inode; the other one is 0 when there is none. */
  readonly unixSockets: ReadonlyMap<number, { readonly own: string; readonly peer: string }>;
  /** Layer of files in an overlay (file_flags), by process and descriptor. */
  readonly layers: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

function threadAt(bytes: Buffer, at: number): ListedThread {
  return {
    pid: bytes.readUInt32LE(at + 4),
    parent: bytes.readUInt32LE(at + 40),
    uid: bytes.readUInt32LE(at + 44),
    gid: bytes.readUInt32LE(at + 48),
    loginuid: bytes.readUInt32LE(at + 52),
    comm: bytes.latin1Slice(at + 56, at + 72).replace(/\0.*$/s, ''),
    flags: bytes.readUInt32LE(at + 12),
  };
}

/** Reads what the sensor's addon lists. */
export function readListing(bytes: Buffer): Listing {
  const threads = new Map<number, ListedThread>();
  const unixSockets = new Map<number, { own: string; peer: string }>();
  const layers = new Map<number, Map<number, number>>();
  for (let at = 0; at + recordSize <= bytes.length; at += recordSize) {
    const kind = bytes.readUInt32LE(at);
    const [pid, id] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)];
    if (kind === kinds.thread) {
      threads.set(id, threadAt(bytes, at));
    } else if (kind === kinds.unixSocket) {
      const [own, peer] = [bytes.readBigUInt64LE(at + 24), bytes.readBigUInt64LE(at + 32)];
      unixSockets.set(Number(bytes.readBigUInt64LE(at + 16)), { own: own.toString(16), peer: peer.toString(16) });
    } else if (kind === kinds.overlayFile) {
      const files = layers.get(pid) ?? new Map<number, number>();
      layers.set(pid, files.set(id, bytes.readUInt32LE(at + 12)));
    }
  }
  return { threads, unixSockets, layers };
}

/** A thread that ended before its turn in the scan, but may be told of by events: what the kernel's list has of it. */
function endedThread(tid: number, { pid, parent, uid, gid, loginuid, comm, flags }: ListedThread): ThreadSnapshot {
  const has = (name: string): boolean => (flags & (programFlags[name] ?? 0)) !== 0;
  const unknownIds = { sid: -1, vpgid: -1, pgid: -1, vtid: tid, vpid: pid };
  const unknownTexts = { exe: comm, exepath: '', args: [], envBytes: '', cgroups: [], root: '/', cwd: '' };
  const unknownSizes = { fdLimit: -1, tty: 0, vmSizeKb: 0, vmRssKb: 0, vmSwapKb: 0, majorFaults: 0, minorFaults: 0 };
  const noRights = { capInheritable: 0n, capPermitted: 0n, capEffective: 0n };
  const noFile = { exeIno: 0, exeInoCtime: 0n, exeInoMtime: 0n };
  return {
    tid,
    pid,
    ptid: parent,
    comm,
    uid,
    gid,
    loginuid,
    flags: tid === pid ? 0 : threadFlags,
    ...unknownIds,
    ...unknownTexts,
    ...unknownSizes,
    ...noRights,
    ...noFile,
    exeWritable: has('EXE_WRITABLE'),
    exeUpperLayer: has('EXE_UPPER_LAYER'),
    exeLowerLayer: has('EXE_LOWER_LAYER'),
    exeFromMemfd: has('EXE_FROM_MEMFD'),
    pidnsInitStart: 0n,
  };
}

function completeFd(fd: FdSnapshot, pid: number, listing: Listing, paths: ReadonlyMap<string, string>): FdSnapshot {
  if (fd.type === fdType.unixSocket) {
    const ends = listing.unixSockets.get(Number(fd.ino));
    if (ends === undefined) return fd;
    // As events have it: the name is that of the end which others connect to.
    const name = fd.name === '' ? (paths.get(ends.peer) ?? '') : fd.name;
    return { ...fd, name, unixSource: ends.own, unixDest: ends.peer };
  }
  const layer = listing.layers.get(pid)?.get(fd.fd);
  return layer === undefined ? fd : { ...fd, openFlags: fd.openFlags | layer };
}

/** Adds to a scan of /proc what it lacks: layers of overlays, the other ends of unix sockets, threads that ended meanwhile. */
export function completeSnapshot(snapshot: Snapshot, listing: Listing): Snapshot {
  const threads = (snapshot.threads ?? []).map((thread) => {
    const flags = listing.threads.get(thread.tid)?.flags ?? 0;
    if ((flags & (upperLayer | lowerLayer)) === 0) return thread;
    return { ...thread, exeUpperLayer: (flags & upperLayer) !== 0, exeLowerLayer: (flags & lowerLayer) !== 0 };
  });
  const known = new Set(threads.map((thread) => thread.tid));
  for (const [tid, thread] of listing.threads) {
    if (!known.has(tid)) threads.push(endedThread(tid, thread));
  }
  const paths = new Map<string, string>();
  for (const { entries } of snapshot.fds ?? []) {
    for (const { type, ino, name } of entries) {
      const own = type === fdType.unixSocket ? listing.unixSockets.get(Number(ino))?.own : undefined;
      if (own !== undefined && name !== '') paths.set(own, name);
    }
  }
  const fds = snapshot.fds?.map(({ tid, entries }) => ({
    tid,
    entries: entries.map((fd) => completeFd(fd, tid, listing, paths)),
  }));
  return { ...snapshot, threads, ...(fds === undefined ? {} : { fds }) };
}
