import type { Event } from '../model/event.ts';
import { eventByCode, eventCategories } from '../model/event-table.ts';
import type { Fd } from '../model/fd.ts';
import type { KubernetesView } from '../model/kubernetes.ts';
import type { Container, Group, InterfaceAddress, Machine, MachineInfo, Snapshot, User } from '../model/machine.ts';
import { socktupleText } from '../model/param-text.ts';
import type { Thread } from '../model/thread.ts';
import { removeContainer } from './account-handlers.ts';
import { newAbsentFd, StateContext, type StateOptions } from './context.ts';
import type { StateCounters } from './counters.ts';
import { discover, loadFds, threadFromSnapshot } from './discovery.ts';
import { manner, type Treatment, treatments } from './handlers.ts';
import { freeze, takeSnapshot } from './take-snapshot.ts';
import { repairProcess } from './repair.ts';
import type { ProcessFds } from './process-fds.ts';
import { settleSnapshotEnds } from './socket-ends.ts';
import type { TrackedThread } from './tracked-thread.ts';

const dropCodes = [eventByCode('DROP_E').id, eventByCode('DROP_X').id];
/** Events that captures put before their first event of a thread to complete the snapshot: not for rules. */
const prefaceCodes = [
  'CONTAINER_JSON_2_E',
  'USER_ADDED_E',
  'USER_DELETED_E',
  'GROUP_ADDED_E',
  'GROUP_DELETED_E',
  'ASYNCEVENT_E',
].map((code) => eventByCode(code).id);
const defaultPurgeNs = 300e9;

export type { LookupThread, StateOptions } from './context.ts';
export type { StateCounters } from './counters.ts';

/**
 * The watched machine: processes, descriptors, users, containers, kept from a snapshot and the events after it.
 * For each event: {@link apply}, then the rules, then {@link after}.
 */
export class MachineState implements Machine {
  firstEventTime = 0n;
  readonly #context: StateContext;
  readonly #hostname: string | undefined;
  #info: MachineInfo | undefined;
  #unknownThreads = 0;
  #dropEvents = 0;
  #purged = 0;
  #entersStored = 0;
  #entersRetrieved = 0;
  #fdLookups = 0;
  #fdLookupsFailed = 0;
  #nextPurge = 0;
  readonly hostName: ((address: string) => string | undefined) | undefined;
  readonly kubernetes: KubernetesView | undefined;
  readonly #purgeEveryNs: number;
  readonly #purgeIdleNs: number;
  /** Only events that complete the snapshot came since it was loaded. */
  #isPreface = true;
  /** Whether {@link firstEventTime} is known. */
  #hasBegun = false;

  constructor(options: StateOptions = {}) {
    this.#context = new StateContext(options);
    this.#hostname = options.hostname;
    this.hostName = options.hostName;
    this.kubernetes = options.kubernetes;
    this.#purgeEveryNs = options.purgeEveryNs ?? defaultPurgeNs;
    this.#purgeIdleNs = options.purgeIdleNs ?? defaultPurgeNs;
  }

  /** Something else than events has changed what threads are judged by. */
  forgetThreadClasses(): void {
    this.#context.areClassesStale = true;
  }

  get hostname(): string {
    return this.#hostname ?? this.#info?.hostname ?? '';
  }

  /** The machine's clock was set by so many milliseconds: what is remembered by time moves with it, so that durations stay right. */
  clockSet(milliseconds: number): void {
    const ns = BigInt(Math.round(milliseconds * 1e6));
    this.#context.bootTime += ns;
    for (const thread of this.#context.threads.values()) {
      if (thread.cloneTime !== 0n) thread.cloneTime += ns;
      if (thread.pidnsInitStart !== 0n) thread.pidnsInitStart += ns;
      thread.lastSeen += milliseconds * 1e6;
    }
  }

  /** Replaces what is known by a snapshot; lists that it does not hold stay as they are. */
  load(snapshot: Snapshot): void {
    const context = this.#context;
    if (snapshot.machine !== undefined) {
      this.#info = snapshot.machine;
      if (snapshot.machine.isOwn) context.bootTime = snapshot.machine.bootTime;
    }
    if (snapshot.interfaces !== undefined) context.interfaces.set(snapshot.interfaces);
    context.accounts.setHost(snapshot.users, snapshot.groups);
    if (snapshot.threads !== undefined) {
      context.threads.clear();
      for (const thread of snapshot.threads) context.threads.add(threadFromSnapshot(context, thread), false);
    }
    const tables: ProcessFds[] = [];
    for (const { tid, entries } of snapshot.fds ?? []) {
      const thread = context.threads.get(tid);
      if (thread !== undefined) tables.push(loadFds(context, thread, entries));
    }
    settleSnapshotEnds(tables);
    for (const thread of context.threads.values()) context.threads.link(thread);
    context.threads.invalidateAll();
    this.#isPreface = true;
  }

  /**
   * Brings the state up to date with an event and tells the event its thread and descriptor.
   * @returns whether rules may see the event.
   */
  apply(event: Event): boolean {
    const treatment = treatments[event.type]!;
    const context = this.#context;
    if (!this.#hasBegun && (event.info.category & eventCategories.METAEVENT) === 0) {
      this.#hasBegun = true;
      this.firstEventTime = event.time;
    }
    if (treatment.manner === manner.machine) return this.#applyMachine(event);
    this.#isPreface = false;
    if (context.areClassesStale) {
      context.areClassesStale = false;
      context.threads.invalidateAll();
    }
    const thread = this.#find(event, treatment.manner);
    const handler = treatment.handler;
    if (thread !== null && thread.enterType !== 0 && thread.enterType === event.type - 1) this.#entersRetrieved++;
    if (thread === null) {
      event.fdNum = -1;
      if (treatment.manner === manner.loose) handler!(context, event, null);
      return !treatment.isHidden;
    }
    thread.lastSeen = event.timeApprox;
    if (thread.pendingContainer !== '') {
      thread.containerId = thread.pendingContainer;
      thread.pendingContainer = '';
      thread.ruleClass = -1;
    }
    event.thread = thread;
    event.fdNum = -1;
    if (treatment.hasFd) this.#findFd(event, thread, treatment.fdParam);
    if (handler !== null) handler(context, event, thread);
    if (event.info.isEnter) {
      if (thread.enterType !== 0) this.#entersStored++;
      return !treatment.isHidden;
    }
    if (treatment.hasFd && event.fd === null) event.fd = absentFd(context, event, treatment);
    // What an enter event left is for the next exit only.
    thread.enterType = 0;
    return true;
  }

  /** What happens only when the rules have seen the event: a closed descriptor goes, an exited thread is removed. */
  after(event: Event): void {
    const context = this.#context;
    if (context.closingFd >= 0) {
      (event.thread as TrackedThread | null)?.fds?.delete(context.closingFd);
      context.closingFd = -1;
    }
    if (context.leavingContainer !== '') removeContainer(context);
    if (context.exiting !== null) {
      const thread = context.exiting;
      context.exiting = null;
      context.threads.recentExits.add(thread.tid, thread.ptid, event.timeApprox);
      context.threads.remove(thread);
    }
  }

  #applyMachine(event: Event): boolean {
    event.fdNum = -1;
    event.thread = this.#context.threads.get(event.tid) ?? null;
    if (dropCodes.includes(event.type)) this.#dropEvents++;
    treatments[event.type]!.handler?.(this.#context, event, null);
    this.#isPreface &&= prefaceCodes.includes(event.type);
    return !this.#isPreface;
  }

  #find(event: Event, how: number): TrackedThread | null {
    const context = this.#context;
    const known = context.threads.ofEvent(event.tid);
    if (known !== undefined) return known;
    this.#unknownThreads++;
    return how === manner.loose ? null : discover(context, event.tid);
  }

  #findFd(event: Event, thread: TrackedThread, param: number): void {
    event.hasFdNum = true;
    if (param < 0 || !event.has(param)) return;
    const number = event.i64(param);
    event.fdNum = number;
    event.fd = thread.fds?.get(number) ?? null;
    this.#fdLookups++;
    if (event.fd === null) this.#fdLookupsFailed++;
  }

  /**
   * Live: removes threads that no event mentioned for long and that are gone, as `isAlive` finds. Call it now and then;
   * it does nothing more often than the options say.
   */
  purge(nowNs: number, isAlive: (tid: number) => boolean): void {
    if (nowNs < this.#nextPurge) return;
    this.#nextPurge = nowNs + this.#purgeEveryNs;
    const threads = this.#context.threads;
    for (const thread of Array.from(threads.values())) {
      if (nowNs - thread.lastSeen < this.#purgeIdleNs || isAlive(thread.tid)) continue;
      threads.remove(thread);
      this.#purged++;
    }
  }

  /** Looks up again what events that were lost would have told of a process. @returns whether anything was wrong. */
  repair(pid: number): boolean {
    return repairProcess(this.#context, pid);
  }

  /** Rules were loaded anew: classes of threads, names and descriptors mean nothing any more. */
  resetRuleClasses(): void {
    const { threads, paths } = this.#context;
    threads.invalidateAll();
    for (const name of paths) name.ruleClass = -1;
    this.#context.resetFdClasses();
    for (const thread of threads.values()) {
      if (thread.cwd !== null) thread.cwd.ruleClass = -1;
      if (thread.enterPath !== null) thread.enterPath.ruleClass = -1;
      if (thread.fds === null || !thread.isMain) continue;
      for (const [, fd] of thread.fds.entries()) {
        fd.ruleClass = -1;
        if (fd.path !== null) fd.path.ruleClass = -1;
      }
    }
  }

  /** The state as the head of a capture holds it. */
  snapshot(): Snapshot {
    return takeSnapshot(this.#context, this.#info);
  }

  /** The same for later: @returns makes the snapshot of the moment of the call. */
  freeze(): () => Snapshot {
    return freeze(this.#context, this.#info);
  }

  get counters(): StateCounters {
    const { threads, budget, paths, containers, accounts, placeholders } = this.#context;
    return {
      threads: threads.size,
      fds: budget.used,
      names: paths.size,
      containers: containers.size,
      unknownThreads: this.#unknownThreads,
      placeholders,
      threadsDropped: threads.dropped,
      threadsPurged: this.#purged,
      fdsDropped: budget.dropped,
      nameGenerations: paths.generations,
      containersEvicted: containers.evicted,
      accountsDropped: accounts.dropped,
      threadsAdded: threads.added,
      threadsRemoved: threads.removed,
      fdsAdded: budget.added,
      fdsRemoved: budget.removed,
      threadLookups: threads.lookups,
      threadLookupsCached: threads.cachedLookups,
      fdLookups: this.#fdLookups,
      fdLookupsFailed: this.#fdLookupsFailed,
      entersStored: this.#entersStored,
      entersRetrieved: this.#entersRetrieved,
      dropEvents: this.#dropEvents,
    };
  }

  thread(tid: number): Thread | undefined {
    return this.#context.threads.get(tid);
  }

  threads(): Iterable<Thread> {
    return this.#context.threads.values();
  }

  user(containerId: string, uid: number): User | undefined {
    return this.#context.accounts.user(containerId, uid);
  }

  group(containerId: string, gid: number): Group | undefined {
    return this.#context.accounts.group(containerId, gid);
  }

  container(id: string): Container | undefined {
    return this.#context.containers.get(id);
  }

  interfaces(): readonly InterfaceAddress[] {
    return this.#context.interfaces.list;
  }

  isLocalAddress(address: string): boolean {
    return this.#context.interfaces.has(address);
  }
}

/** The stand-in for a descriptor that should be there: of a connection, as far as the event tells of it. */
function absentFd(context: StateContext, event: Event, { absentType, absentName }: Treatment): Fd {
  const hasTuple = absentName !== '' && event.size(1) > 0;
  if (!hasTuple) return context.absentFd(event.type, absentType, absentName);
  return newAbsentFd(absentType, socktupleText(event.raw(1)));
}
