import type { PathName } from '../model/path-name.ts';
import { Thread, ThreadGroup } from '../model/thread.ts';
import type { ProcessFds } from './process-fds.ts';

/** Threads of one process with what the state needs beyond the model. */
export class TrackedGroup extends ThreadGroup {
  readonly pid: number;
  /** Orphans go to this process: the first of a pid namespace, or one that asked for it. */
  isReaper = false;
  /** In the order of their creation; the leader, if known, first. Exited ones are taken out. */
  members: TrackedThread[] = [];

  constructor(pid: number) {
    super();
    this.pid = pid;
  }
}

/** A thread with what the state needs beyond the model. */
export class TrackedThread extends Thread {
  declare group: TrackedGroup;
  declare fds: ProcessFds | null;
  declare creator: TrackedThread | null;
  /** Threads whose creator this is, newest first, linked with one another: so a fork needs no set of its own. */
  firstChild: TrackedThread | null = null;
  nextSibling: TrackedThread | null = null;
  previousSibling: TrackedThread | null = null;
  /** Whether `group` counts this thread. */
  isGrouped = false;
  /** Who took the children, by the kernel's word; -1 unknown. */
  reaperTid = -1;
  /** The texts that args, envBytes and cgroups were made from, to see that they did not change. */
  argsRaw = '';
  cgroupsRaw = '';

  // What the last enter event of a call that could race said; code 0: nothing.
  enterType = 0;
  enterPath: PathName | null = null;
  enterFlags = 0;
  enterAddress = '';

  /**
   * Container of a thread that only its parent's clone told of; it takes effect with the thread's own first event, as
   * upstream has it. '': none waits.
   */
  pendingContainer = '';

  /** Known from a list of processes: when its own first event comes, that tells more. */
  isListed = false;

  /** Marks threads reached in one walk, so that loops end. */
  mark = 0;

  /** Neither process nor parent are known. */
  get isInvalid(): boolean {
    return this.pid < 0 || this.ptid < 0;
  }

  get inPidNamespace(): boolean {
    return (this.flags & threadFlags.childInPidns) !== 0 || (this.tid !== this.vtid && this.vtid >= 0);
  }
}

/** Bits of {@link Thread.flags} that the state reads or keeps (flagTables.clone_flags). */
export const threadFlags = {
  files: 1,
  newPid: 64,
  parent: 256,
  thread: 8192,
  /** The child's own exit of the clone was seen. */
  inverted: 65_536,
  closed: 262_144,
  vfork: 134_217_728,
  childInPidns: 536_870_912,
} as const;
