import type { Event } from '../model/event.ts';
import { events } from '../model/event-table.ts';
import { Fd, type FdType, fdFlags } from '../model/fd.ts';
import type { KubernetesView } from '../model/kubernetes.ts';
import type { FdSnapshot, ThreadSnapshot } from '../model/machine.ts';
import { PathName } from '../model/path-name.ts';
import { AccountTable } from './account-table.ts';
import type { ContainerRules } from './container-id.ts';
import { ContainerTable } from './container-table.ts';
import { InterfaceTable } from './interface-table.ts';
import { PathTable } from './path-table.ts';
import { type FdBudget, ProcessFds } from './process-fds.ts';
import { SocketAddress } from './socket-address.ts';
import { TextTable } from './text-table.ts';
import { ThreadTable } from './thread-table.ts';
import { TrackedThread } from './tracked-thread.ts';

/** Live: what /proc says of a thread that no event introduced; undefined: it is gone. */
export type LookupThread = (tid: number) => { thread: ThreadSnapshot; fds: FdSnapshot[] } | undefined;

export interface StateOptions {
  readonly maxThreads?: number;
  /** Live: how often threads that are gone without an exit are looked for, in nanoseconds; five minutes where absent. */
  readonly purgeEveryNs?: number;
  /** Live: only threads that no event mentioned for so long are; five minutes where absent. */
  readonly purgeIdleNs?: number;
  readonly maxFdsPerProcess?: number;
  /** All processes together. */
  readonly maxFds?: number;
  /** Names of files kept for reuse. */
  readonly maxPaths?: number;
  readonly maxContainers?: number;
  /** Users and groups, those of containers included. */
  readonly maxAccounts?: number;
  /** A host name, of those that rules mention, for an address; absent: names are not resolved. */
  readonly hostName?: (address: string) => string | undefined;
  /** What is known of the cluster's pods; absent: nobody is asked. */
  readonly kubernetes?: KubernetesView | undefined;
  /** Shown instead of the name in the snapshot. */
  readonly hostname?: string;
  /** Given when the machine is watched live; without it this is a replay, which upstream treats differently in places. */
  readonly lookupThread?: LookupThread;
  /** A process was found in a container that nothing is known of yet; called again for each such process. */
  readonly onUnknownContainer?: (id: string, cgroups: readonly string[]) => void;
  readonly containerRules?: ContainerRules;
}

/** Tables and helpers that the handlers of events work on. */
export class StateContext {
  readonly budget: FdBudget;
  readonly threads: ThreadTable;
  readonly paths: PathTable;
  readonly accounts: AccountTable;
  readonly containers: ContainerTable;
  readonly interfaces = new InterfaceTable();
  readonly environments = new TextTable();
  readonly lookupThread: LookupThread | undefined;
  /**
   * Added to the start times of pid namespaces, which events give since boot: nanoseconds since the epoch when live; 0
   * in a replay, as upstream has it.
   */
  bootTime = 0n;
  /** Classes of all threads are out of date; put right before the next event that has a thread. */
  areClassesStale = false;
  placeholders = 0;
  /** Stands for the thread that events of container engines don't have: of its values only the container is known. */
  readonly engineThread = new TrackedThread();

  /** Where handlers decode socket tuples. */
  readonly tuple = new SocketAddress();

  // Left by a handler for after the rules.
  closingFd = -1;
  exiting: TrackedThread | null = null;
  /** Id of a container that was removed; '': none. */
  leavingContainer = '';

  /** Stand-ins for descriptors that events should have, by event code. */
  readonly #absent: (Fd | undefined)[] = Array.from({ length: events.length });
  readonly #failedOpen = new Fd();
  readonly #onUnknownContainer: StateOptions['onUnknownContainer'];
  readonly containerRules: ContainerRules;
  /** The name of what has none. */
  readonly noName = new PathName('', '');

  constructor(options: StateOptions) {
    this.budget = {
      maxPerProcess: options.maxFdsPerProcess ?? 65_536,
      max: options.maxFds ?? 4_000_000,
      used: 0,
      dropped: 0,
      added: 0,
      removed: 0,
    };
    this.threads = new ThreadTable(options.maxThreads ?? 262_144, this.budget);
    this.paths = new PathTable(options.maxPaths ?? 65_536);
    this.accounts = new AccountTable(options.maxAccounts ?? 262_144);
    this.containers = new ContainerTable(options.maxContainers ?? 16_384);
    this.lookupThread = options.lookupThread;
    this.#onUnknownContainer = options.onUnknownContainer;
    this.containerRules = options.containerRules ?? {};
    this.#failedOpen.flags = fdFlags.absent;
  }

  /** A process has come to be in this container. */
  sawContainer(id: string, cgroups: readonly string[]): void {
    if (this.#onUnknownContainer === undefined || id === 'host' || this.containers.get(id) !== undefined) return;
    this.#onUnknownContainer(id, cgroups);
  }

  newFds(): ProcessFds {
    return new ProcessFds(this.budget);
  }

  /** The stand-in for the descriptor of an event: of the type that the call would have made. */
  absentFd(code: number, type: FdType, name: string): Fd {
    return (this.#absent[code] ??= newAbsentFd(type, name));
  }

  /** The stand-in for what a failed open would have opened. */
  failedOpen(type: FdType, path: PathName): Fd {
    const fd = this.#failedOpen;
    fd.type = type;
    fd.path = path;
    fd.ruleClass = -1;
    return fd;
  }

  resetFdClasses(): void {
    this.#absent.fill(undefined);
    this.noName.ruleClass = -1;
  }

  /** Puts a descriptor in the thread's table and makes it the event's. */
  addFd(event: Event, thread: TrackedThread, number: number, fd: Fd): void {
    thread.fds ??= this.newFds();
    event.fdNum = number;
    event.hasFdNum = true;
    event.fd = thread.fds.set(number, fd) ? fd : null;
    event.fdNameChanged = fd.path === null ? fd.sourceIp !== '' : fd.path.text !== '';
  }

  /** Puts a changed copy in the place of the event's descriptor. */
  changeFd(event: Event, thread: TrackedThread): Fd {
    const fd = event.fd!.clone();
    thread.fds!.set(event.fdNum, fd);
    event.fd = fd;
    return fd;
  }

  /** A name that comes as the text of parameter i, which must be there. */
  name(event: Event, i: number, base: PathName | null, isPath: boolean): PathName {
    const start = event.starts[i]!;
    const end = event.starts[i + 1]!;
    const hasNul = event.view.getUint8(end - 1) === 0;
    return this.paths.intern(event.bytes, event.view, start, hasNul ? end - 1 : end, base, isPath);
  }
}

/** Whether parameter i holds exactly these bytes. */
export function hasBytes(event: Event, i: number, text: string): boolean {
  const start = event.starts[i]!;
  if (event.size(i) !== text.length) return false;
  const view = event.view;
  for (let at = 0; at < text.length; at++) if (view.getUint8(start + at) !== text.charCodeAt(at)) return false;
  return true;
}

/** A new stand-in for a descriptor that is not there. */
export function newAbsentFd(type: FdType, name: string): Fd {
  const fd = new Fd();
  fd.type = type;
  fd.path = new PathName('', name);
  fd.flags = fdFlags.absent;
  return fd;
}

/** `subsystem=path` items with the names of subsystems that rules use. */
export function readCgroups(items: readonly string[]): string[] {
  const result: string[] = [];
  for (const item of items) {
    const equals = item.indexOf('=');
    if (equals < 0) break;
    const subsystem = item.slice(0, equals).replace('_cgroup', '');
    result.push(`${cgroupNames.get(subsystem) ?? subsystem}${item.slice(equals)}`);
  }
  return result;
}

const cgroupNames: ReadonlyMap<string, string> = new Map([
  ['perf', 'perf_event'],
  ['mem', 'memory'],
  ['io', 'blkio'],
]);
