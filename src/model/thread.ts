import type { Fd } from './fd.ts';
import type { PathName } from './path-name.ts';

/** Descriptors of one or more processes; shared by threads and by processes cloned with CLONE_FILES. */
export interface FdTable {
  readonly size: number;
  get(number: number): Fd | undefined;
  entries(): Iterable<readonly [number, Fd]>;
}

/** What threads of one process have in common. */
export class ThreadGroup {
  /** The thread whose tid is the pid, while it lives (and after it has exited before its siblings). */
  leader: Thread | null = null;
  /** Threads alive, the leader included. */
  alive = 0;
}

/** For threads whose group is not known; nobody joins it. */
const noGroup = new ThreadGroup();
const noTexts: readonly string[] = [];

/** Bit of {@link Thread.flags} (flagTables.clone_flags): CLOSED. */
const closedFlag = 262_144;

/**
 * A thread and what is known of its process. All values are as the last fork, exec or change left them.
 * Ids: tid, pid, ptid... as seen from the host; vtid, vpid, vpgid, sid as seen in the thread's own pid namespace.
 * -1 means unknown, except where noted.
 */
export class Thread {
  tid = -1;
  pid = -1;
  ptid = -1;
  sid = -1;
  vpgid = -1;
  pgid = -1;
  vtid = -1;
  vpid = -1;
  /** Name, at most 15 bytes kept by the kernel. */
  comm = '';
  /** argv[0]. */
  exe = '';
  /** Full path of the executable, by the kernel. */
  exepath = '';
  /** Arguments after argv[0]. */
  args: readonly string[] = noTexts;
  /** NAME=value, NUL-separated as it came; split by {@link Thread.env}. */
  envBytes = '';
  /** `subsystem=path`, in the kernel's order. */
  cgroups: readonly string[] = noTexts;
  /** Current directory, ends with a slash. It is the leader's that counts. */
  cwd: PathName | null = null;
  root = '';
  /** Clone flags in the capture format's encoding. */
  flags = 0;
  fdLimit: number | bigint = -1;
  uid = 0xffffffff;
  gid = 0xffffffff;
  /** 0xffffffff: no one logged in. */
  loginuid = 0xffffffff;
  /** Device number of the controlling terminal; 0: none. */
  tty = 0;
  vmSizeKb = 0;
  vmRssKb = 0;
  vmSwapKb = 0;
  majorFaults: number | bigint = 0;
  minorFaults: number | bigint = 0;
  capInheritable = 0n;
  capPermitted = 0n;
  capEffective = 0n;
  exeWritable = false;
  exeUpperLayer = false;
  exeLowerLayer = false;
  exeFromMemfd = false;
  exeIno: number | bigint = 0;
  /** Nanoseconds since the epoch; 0: unknown. */
  exeInoCtime = 0n;
  exeInoMtime = 0n;
  /** From the last change of the program's inode to the start of the process that executed it, 64 bits; 0: not known. */
  exeCtimeToStart = 0n;
  /** From the start of the pid namespace to that change, as it was when this process executed the program; 0: not known. */
  pidnsStartToExeCtime = 0n;
  /** Start of the pid namespace's first process, nanoseconds since boot or epoch as the source gave it; 0: unknown. */
  pidnsInitStart = 0n;
  /** When the process was cloned, nanoseconds since the epoch, where an event or the source told; 0: not known. */
  cloneTime = 0n;
  /** When it last executed a program; 0: before the source began. */
  execTime = 0n;
  /** First 12 characters of the container's id, or 'host'. */
  containerId = 'host';

  group: ThreadGroup = noGroup;
  fds: FdTable | null = null;
  /** The thread that the kernel calls parent: the leader of process `ptid`; null when it is not known. */
  parent: Thread | null = null;
  /** The thread whose id is `ptid`, of the parent's process: what lists of ancestors name. */
  creator: Thread | null = null;
  /** Not one known process but a stand-in for one that no source knows: every value is unknown. */
  isPlaceholder = false;
  /** Time of the last event, as Event.timeApprox. */
  lastSeen = 0;

  /**
   * Class of this thread for the loaded rules (src/engine): which checks on process, user, container and ancestors
   * hold. -1 until someone needs it. The state resets it whenever such a value changes; in all descendants, too, for what
   * they may ask of an ancestor: ids, names, paths, arguments, environment. The current directory resets nothing.
   */
  ruleClass = -1;

  /** Whether this is the thread whose tid is the pid. */
  get isMain(): boolean {
    return this.tid === this.pid;
  }

  /** The main thread of this thread's process; itself when that is gone or unknown. */
  get leader(): Thread {
    return this.group.leader ?? this;
  }

  /** The main thread of this thread's process; null when it was never known. */
  get main(): Thread | null {
    return this.group.leader ?? (this.isMain ? this : null);
  }

  /** Whether the thread has exited; a leader stays known until its siblings are gone too. */
  get isDead(): boolean {
    return (this.flags & closedFlag) !== 0;
  }

  /** The environment as NAME=value items. */
  get env(): readonly string[] {
    const bytes = this.envBytes.endsWith('\0') ? this.envBytes.slice(0, -1) : this.envBytes;
    return bytes === '' ? [] : bytes.split('\0');
  }
}
