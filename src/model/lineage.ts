import { flagTables } from './event-table.ts';
import type { Machine } from './machine.ts';
import type { Thread } from './thread.ts';

/** Longest chain of parents that is followed: ends loops and bounds what one look-up costs. */
const maxDepth = 1000;
const inPidNamespace = flagTables['clone_flags']!['CLONE_CHILD_IN_PIDNS']!;

/** The process n generations up: 0 is the thread's own process, 1 its parent; null where the chain ends before. */
export function ancestor(thread: Thread, n: number): Thread | null {
  let process = thread.main;
  for (let i = 0; i < n && process !== null; i++) process = process.parent?.main ?? null;
  return process;
}

/** The process that the kernel calls parent. */
export function parentOf(process: Thread): Thread | null {
  return process.parent?.leader ?? null;
}

/**
 * What `read` gives for each ancestor, the parent first, not for the thread's own process. Of each it is the very thread
 * that made the next one, which may have a name of its own.
 */
export function ofAncestors<T>(thread: Thread, read: (ancestor: Thread) => T): T[] {
  const values: T[] = [];
  const seen = new Set<Thread>();
  let creator = thread.main?.creator ?? null;
  while (creator !== null && values.length < maxDepth && !seen.has(creator)) {
    seen.add(creator);
    values.push(read(creator));
    creator = creator.creator;
  }
  return values;
}

/**
 * The leader of a session or process group: the thread of that id where ids are those of the host, otherwise the
 * oldest ancestor in an unbroken line that shares the id.
 */
export function leaderOf(
  thread: Thread,
  machine: Machine,
  idOf: (process: Thread) => number,
  isVirtual: boolean,
): Thread | null {
  const id = idOf(thread);
  if (id === -1) return null;
  const inNamespace = (thread.flags & inPidNamespace) !== 0 || (thread.tid !== thread.vtid && thread.vtid >= 0);
  if (!isVirtual || !inNamespace) {
    const leader = machine.thread(id);
    if (leader !== undefined) return leader;
  }
  let oldest: Thread | null = null;
  const seen = new Set<Thread>();
  for (let process = thread.creator; process !== null && idOf(process) === id; process = process.creator) {
    if (seen.has(process)) break;
    seen.add(process);
    oldest = process;
  }
  return oldest;
}
