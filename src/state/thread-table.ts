import { ProcessFds, type FdBudget } from './process-fds.ts';
import { RecentExits } from './recent-exits.ts';
import { threadFlags, TrackedGroup, type TrackedThread } from './tracked-thread.ts';

/** All threads by id, with their groups, parents and children. */
export class ThreadTable {
  recentExits = new RecentExits();
  /** Threads that were not kept because the table was full. */
  dropped = 0;
  added = 0;
  removed = 0;
  /** Searches by {@link ofEvent}, and those that found the thread of the time before. */
  lookups = 0;
  cachedLookups = 0;
  readonly #threads = new Map<number, TrackedThread>();
  readonly #groups = new Map<number, TrackedGroup>();
  readonly #max: number;
  readonly #budget: FdBudget;
  /** Result of the last {@link ofEvent}, as long as it is in the table. */
  #last: TrackedThread | undefined;
  #walk = 0;
  readonly #stack: TrackedThread[] = [];

  constructor(max: number, budget: FdBudget) {
    this.#max = max;
    this.#budget = budget;
  }

  get size(): number {
    return this.#threads.size;
  }

  get isFull(): boolean {
    return this.#threads.size >= this.#max;
  }

  get(tid: number): TrackedThread | undefined {
    return this.#threads.get(tid);
  }

  /** As {@link get}, for the thread of an event: mostly the same as before. */
  ofEvent(tid: number): TrackedThread | undefined {
    const last = this.#last;
    if (last !== undefined && last.tid === tid) {
      this.cachedLookups++;
      return last;
    }
    this.lookups++;
    const thread = this.#threads.get(tid);
    if (thread !== undefined) this.#last = thread;
    return thread;
  }

  values(): IterableIterator<TrackedThread> {
    return this.#threads.values();
  }

  clear(): void {
    for (const thread of this.#threads.values()) thread.fds?.release();
    this.#threads.clear();
    this.#last = undefined;
    this.#groups.clear();
    this.recentExits = new RecentExits();
  }

  /**
   * Puts a thread in the table and links it to its group and parent (unless `isLinked` is false: then call
   * {@link link} when all are there). A thread with the same id is replaced.
   * @returns false when the table is full.
   */
  add(thread: TrackedThread, isLinked = true): boolean {
    const old = this.#threads.get(thread.tid);
    if (old === undefined && this.isFull) {
      this.dropped++;
      return false;
    }
    if (old !== undefined) this.#replace(old, thread);
    this.added++;
    this.#threads.set(thread.tid, thread);
    this.#last = undefined;
    if (isLinked) this.link(thread);
    return true;
  }

  #replace(old: TrackedThread, thread: TrackedThread): void {
    if (this.#ownsFds(old)) {
      old.fds?.release();
      this.#disownFds(old);
    }
    this.#unlink(old);
    while (old.firstChild !== null) this.#adopt(thread, old.firstChild);
    this.#threads.delete(old.tid);
    this.invalidate(thread);
  }

  /** Links a thread to its group and parent; a parent that is not known becomes 0. */
  link(thread: TrackedThread): void {
    if (thread.isInvalid || thread.isGrouped) return;
    this.#joinGroup(thread);
    if (thread.pid === 1) return;
    const parent = this.#threads.get(thread.ptid);
    if (parent === undefined || parent.isInvalid || parent === thread) {
      thread.ptid = 0;
      thread.creator = null;
      thread.parent = null;
      return;
    }
    this.#adopt(parent, thread);
  }

  #joinGroup(thread: TrackedThread): void {
    let group = this.#groups.get(thread.pid);
    if (group === undefined) {
      group = new TrackedGroup(thread.pid);
      group.isReaper = thread.pid === 1 || thread.vpid === 1;
      this.#groups.set(thread.pid, group);
    }
    group.alive++;
    thread.isGrouped = true;
    thread.group = group;
    if (!thread.isMain) {
      group.members.push(thread);
      if (group.leader !== null) this.#share(group.leader as TrackedThread, thread);
      return;
    }
    if (group.members.length === 0) group.members.push(thread);
    else group.members.unshift(thread);
    group.leader = thread;
    thread.fds ??= new ProcessFds(this.#budget);
    for (const member of group.members) if (!member.isMain) this.#share(thread, member);
    for (let child = thread.firstChild; child !== null; child = child.nextSibling) child.parent = thread;
    if (group.members.length > 1 || thread.firstChild !== null) this.invalidate(thread);
  }

  /** A thread has the descriptors of its process, whatever it had while the leader was not known. */
  #share(leader: TrackedThread, thread: TrackedThread): void {
    thread.fds?.release();
    thread.fds = leader.fds;
  }

  #adopt(parent: TrackedThread, child: TrackedThread): void {
    leaveParent(child);
    child.ptid = parent.tid;
    child.creator = parent;
    child.parent = parent.leader;
    child.nextSibling = parent.firstChild;
    if (parent.firstChild !== null) parent.firstChild.previousSibling = child;
    parent.firstChild = child;
  }

  /** The thread turns out to be of another process: it is linked to nothing until {@link link}. */
  leave(thread: TrackedThread): void {
    if (!thread.isGrouped) return;
    if (!this.#ownsFds(thread)) thread.fds = thread.fds?.fork() ?? null;
    this.#disownFds(thread);
    this.#unlink(thread);
  }

  /** Takes a thread out of its parent's children and, if it still counts there, out of its group. */
  #unlink(thread: TrackedThread): void {
    leaveParent(thread);
    const group = thread.group;
    if (!thread.isGrouped) return;
    if (!thread.isDead) group.alive--;
    thread.isGrouped = false;
    const { members } = group;
    if (members.length === 1 && members[0] === thread) members.pop();
    else {
      const place = members.indexOf(thread);
      if (place >= 0) members.splice(place, 1);
    }
    if (group.leader === thread) group.leader = null;
    if (group.members.length === 0 && this.#groups.get(group.pid) === group) this.#groups.delete(group.pid);
  }

  /** The thread exited: it counts no longer, but stays until {@link remove}. */
  markDead(thread: TrackedThread): void {
    if (thread.isGrouped && !thread.isDead) thread.group.alive--;
    thread.flags |= threadFlags.closed;
  }

  /** A leader that had exited executes a program: another thread took its place. */
  revive(thread: TrackedThread): void {
    if (!thread.isDead) return;
    thread.flags &= ~threadFlags.closed;
    if (thread.isGrouped) thread.group.alive++;
  }

  /** Removes a thread; its children go to the reaper. A leader stays, dead, while its siblings live. */
  remove(thread: TrackedThread): void {
    if (!thread.isGrouped) {
      this.#erase(thread);
      return;
    }
    const group = thread.group;
    if (thread.firstChild !== null || group.members.length > 1) this.invalidate(thread);
    this.markDead(thread);
    if (thread.firstChild !== null) this.#giveAway(thread);
    if (group.alive <= 0) {
      const leader = group.leader as TrackedThread | null;
      if (leader !== null && leader !== thread) this.#erase(leader);
      this.#erase(thread);
    } else if (!thread.isMain) this.#erase(thread);
  }

  #erase(thread: TrackedThread): void {
    if (this.#ownsFds(thread)) thread.fds?.release();
    this.#disownFds(thread);
    thread.fds = null;
    this.#unlink(thread);
    while (thread.firstChild !== null) this.#orphan(thread.firstChild);
    if (this.#threads.get(thread.tid) === thread) {
      this.#threads.delete(thread.tid);
      this.removed++;
    }
    this.#last = undefined;
  }

  /** A thread of a process with a leader only shares the leader's descriptors. */
  #ownsFds(thread: TrackedThread): boolean {
    if (!thread.isGrouped) return true;
    const leader = thread.group.leader as TrackedThread | null;
    return leader === null || leader === thread || leader.fds !== thread.fds;
  }

  /** The thread goes and takes its descriptors along: siblings have none until they make or find some. */
  #disownFds(thread: TrackedThread): void {
    if (!thread.isGrouped || thread.group.leader !== thread) return;
    for (const member of thread.group.members) if (member !== thread && member.fds === thread.fds) member.fds = null;
  }

  #orphan(child: TrackedThread): void {
    leaveParent(child);
    child.ptid = 0;
    child.parent = null;
  }

  #giveAway(thread: TrackedThread): void {
    let reaper = thread.reaperTid > 0 ? this.#threads.get(thread.reaperTid) : undefined;
    if (reaper === undefined || reaper.isInvalid || reaper === thread) reaper = this.#findReaper(thread);
    if (reaper?.isGrouped && reaper.pid !== thread.pid) reaper.group.isReaper = true;
    while (thread.firstChild !== null) {
      if (reaper === undefined) this.#orphan(thread.firstChild);
      else this.#adopt(reaper, thread.firstChild);
    }
  }

  /** A living sibling, else the nearest ancestor that reaps within the same pid namespace. */
  #findReaper(thread: TrackedThread): TrackedThread | undefined {
    const sibling = firstAlive(thread.group, thread);
    if (sibling !== undefined) return sibling;
    const mark = ++this.#walk;
    thread.mark = mark;
    let ancestor = thread.creator;
    while (ancestor !== null && ancestor.mark !== mark) {
      ancestor.mark = mark;
      if (ancestor.inPidNamespace !== thread.inPidNamespace) return undefined;
      if (ancestor.isGrouped && ancestor.group.isReaper) {
        const alive = firstAlive(ancestor.group, thread);
        if (alive !== undefined) return alive;
      }
      ancestor = ancestor.creator;
    }
    return undefined;
  }

  /**
   * What rules may read of a thread as an ancestor changed (names, paths, arguments, ids), or its ancestors did: it, the
   * threads that show its process, and all descendants need a new class. What a thread shows only of itself (user,
   * group, capabilities) needs no walk: else a process with many children could make each such call dear.
   */
  invalidate(thread: TrackedThread): void {
    const mark = ++this.#walk;
    const stack = this.#stack;
    stack.push(thread);
    if (thread.isGrouped && thread.isMain) for (const member of thread.group.members) stack.push(member);
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (next.mark === mark) continue;
      next.mark = mark;
      next.ruleClass = -1;
      for (let child = next.firstChild; child !== null; child = child.nextSibling) stack.push(child);
    }
  }

  invalidateAll(): void {
    for (const thread of this.#threads.values()) thread.ruleClass = -1;
  }
}

/** Takes a thread out of the list of its creator's children. */
function leaveParent(child: TrackedThread): void {
  const { creator, previousSibling: previous, nextSibling: next } = child;
  if (creator === null) return;
  if (previous === null) creator.firstChild = next;
  else previous.nextSibling = next;
  if (next !== null) next.previousSibling = previous;
  child.creator = null;
  child.previousSibling = null;
  child.nextSibling = null;
}

function firstAlive(group: TrackedGroup, except: TrackedThread): TrackedThread | undefined {
  if (group.alive <= 0) return undefined;
  for (const member of group.members) if (!member.isDead && member !== except) return member;
  return undefined;
}
