import { type Fd, fdType } from '../model/fd.ts';
import type { FdSnapshot, MachineInfo, Snapshot, ThreadSnapshot } from '../model/machine.ts';
import type { StateContext } from './context.ts';
import type { TrackedThread } from './tracked-thread.ts';

function threadSnapshot(thread: TrackedThread): ThreadSnapshot {
  const { tid, pid, ptid, sid, vpgid, pgid, vtid, vpid, comm, exe, exepath, args, envBytes, cgroups, root } = thread;
  const { flags, fdLimit, uid, gid, loginuid, tty, vmSizeKb, vmRssKb, vmSwapKb, majorFaults, minorFaults } = thread;
  const { capInheritable, capPermitted, capEffective, exeWritable, exeUpperLayer, exeLowerLayer } = thread;
  const { exeFromMemfd, exeIno, exeInoCtime, exeInoMtime, pidnsInitStart } = thread;
  return {
    tid,
    pid,
    ptid,
    sid,
    vpgid,
    pgid,
    vtid,
    vpid,
    comm,
    exe,
    exepath,
    args,
    envBytes,
    cgroups,
    root,
    flags,
    fdLimit,
    uid,
    gid,
    loginuid,
    tty,
    vmSizeKb,
    vmRssKb,
    vmSwapKb,
    majorFaults,
    minorFaults,
    capInheritable,
    capPermitted,
    capEffective,
    exeWritable,
    exeUpperLayer,
    exeLowerLayer,
    exeFromMemfd,
    exeIno,
    exeInoCtime,
    exeInoMtime,
    pidnsInitStart,
    cwd: thread.cwd?.text ?? '',
    startTime: thread.cloneTime,
  };
}

function fdSnapshot(number: number, fd: Fd): FdSnapshot {
  const { type, ino, openFlags, dev, sourceIp, sourcePort, destIp, destPort, l4proto, unixSource, unixDest } = fd;
  const isIp = type >= fdType.ipv4Socket && type <= fdType.ipv6Server;
  return {
    fd: number,
    type,
    ino,
    name: isIp ? '' : (fd.path?.text ?? ''),
    openFlags,
    dev,
    sourceIp,
    sourcePort,
    destIp,
    destPort,
    l4proto,
    unixSource,
    unixDest,
  };
}

/** What is known of the machine now, without stand-ins and threads that have exited. */
export function takeSnapshot(context: StateContext, machine: MachineInfo | undefined): Snapshot {
  return freeze(context, machine)();
}

/**
 * Keeps what is known now, as cheaply as can be: descriptors are not copied, since those in a table don't change.
 * @returns makes the snapshot of that moment, whenever it is wanted.
 */
export function freeze(context: StateContext, machine: MachineInfo | undefined): () => Snapshot {
  const threads: ThreadSnapshot[] = [];
  const tables: { tid: number; entries: (readonly [number, Fd])[] }[] = [];
  for (const thread of context.threads.values()) {
    if (thread.isInvalid) continue;
    threads.push(threadSnapshot(thread));
    if (thread.fds === null || !thread.isMain) continue;
    tables.push({ tid: thread.tid, entries: [...thread.fds.entries()] });
  }
  const interfaces = [...context.interfaces.list];
  const users = context.accounts.hostUsers();
  const groups = context.accounts.hostGroups();
  return () => ({
    threads,
    fds: tables.map(({ tid, entries }) => ({ tid, entries: entries.map(([number, fd]) => fdSnapshot(number, fd)) })),
    interfaces,
    users,
    groups,
    ...(machine === undefined ? {} : { machine }),
  });
}
