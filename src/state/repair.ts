import type { Fd } from '../model/fd.ts';
import type { FdSnapshot } from '../model/machine.ts';
import type { StateContext } from './context.ts';
import { fdFromSnapshot, threadFromSnapshot } from './discovery.ts';
import type { TrackedThread } from './tracked-thread.ts';

/**
 * Brings what is known of a process in line with what the machine says of it now: events that would have told were lost.
 * What is still right stays, since events tell more of it than can be looked up later.
 * @returns whether anything was wrong.
 */
export function repairProcess(context: StateContext, pid: number): boolean {
  const thread = context.threads.get(pid);
  if (thread === undefined || !thread.isMain) return false;
  const found = context.lookupThread?.(pid);
  // It has ended; that it is forgotten is the purge's business.
  if (found === undefined || found.thread.tid !== pid) return false;
  const now = threadFromSnapshot(context, found.thread);
  let isWrong = false;
  if (now.exepath !== thread.exepath || now.comm !== thread.comm || thread.isPlaceholder) {
    isWrong = true;
    takeProgram(thread, now);
    context.areClassesStale = true;
  }
  return repairFds(context, thread, found.fds) || isWrong;
}

/** All that an exec sets. Where it belongs in the tree of processes stays. */
function takeProgram(thread: TrackedThread, now: TrackedThread): void {
  thread.isPlaceholder = false;
  for (const key of programFields) Object.assign(thread, { [key]: now[key] });
}

const programFields = [
  'comm',
  'exe',
  'exepath',
  'args',
  'argsRaw',
  'envBytes',
  'cwd',
  'cgroups',
  // '' after a look-up: the next clone reads its own, instead of taking those over.
  'cgroupsRaw',
  'containerId',
  'uid',
  'gid',
  'loginuid',
  'tty',
  'capInheritable',
  'capPermitted',
  'capEffective',
  'exeWritable',
  'exeUpperLayer',
  'exeLowerLayer',
  'exeFromMemfd',
  'exeIno',
  'exeInoCtime',
  'exeInoMtime',
] as const;

function repairFds(context: StateContext, thread: TrackedThread, entries: readonly FdSnapshot[]): boolean {
  let isWrong = false;
  thread.fds ??= context.newFds();
  const open = new Set(entries.map(({ fd }) => fd));
  for (const number of Array.from(thread.fds.entries(), ([fd]) => fd)) {
    if (open.has(number)) continue;
    thread.fds.delete(number);
    isWrong = true;
  }
  for (const entry of entries) {
    const known = thread.fds.get(entry.fd);
    const fd = fdFromSnapshot(context, entry);
    if (known !== undefined && isSame(known, fd)) continue;
    thread.fds.set(entry.fd, fd);
    isWrong = true;
  }
  return isWrong;
}

/** Events tell the ends of sockets that /proc knows only once they are connected, and not always the inode. */
function isSame(known: Fd, now: Fd): boolean {
  if (known.type !== now.type) return false;
  if (known.path !== null || now.path !== null)
    return known.path === now.path || (known.ino === now.ino && known.ino !== 0);
  if (known.ino !== 0 && now.ino !== 0) return known.ino === now.ino;
  return now.destPort === 0 || (known.destPort === now.destPort && known.sourcePort === now.sourcePort);
}
