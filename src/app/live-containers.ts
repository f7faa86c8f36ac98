import type { Logger } from '../base/log.ts';
import { describeFixed, UnaskedEngines } from '../containers/unasked.ts';
import type { Alert } from '../model/alert.ts';
import type { ContainerDescription } from '../model/container-engine.ts';
import type { Event } from '../model/event.ts';
import { podUidOf } from '../model/kubernetes.ts';
import type { Machine } from '../model/machine.ts';
import type { Thread } from '../model/thread.ts';
import { matches } from '../engine/eval/reference.ts';
import { type AlertMaker, eventOfContainer } from '../pipeline/alerts.ts';
import { ContainerLookup, type NamedEngine } from '../pipeline/container-lookup.ts';
import type { Moment } from '../pipeline/captures/alert-captures.ts';
import { LateConditions, type OpenRule } from '../pipeline/late-conditions.ts';
import type { Pipeline, Rule } from '../pipeline/pipeline.ts';
import { WaitingAlerts } from '../pipeline/waiting-alerts.ts';
import { unaskedEngineOf } from '../state/container-id.ts';
import { ContainerAccounts, type Inhabitants } from './container-accounts.ts';
import { ContainerFeed } from './container-feed.ts';
import { type ContainerOptions, containerRules } from './container-options.ts';

/** Alerts that wait for their containers. */
const maxWaiting = 10_000;
/** Pods that alerts have waited for in vain are not waited for again so soon, in milliseconds. */
const podPauseMs = 30_000;
const maxPaused = 1024;
/** Milliseconds for which a look at the processes of all containers counts. */
const processesMs = 5;
/** Id of a user or group that is not known. */
const unset = 0xffffffff;

/** What container engines were asked, and with what result. */
export interface ContainerCounts {
  /** Containers that an engine described. */
  readonly found: number;
  /** Ids of containers that no engine knew, or that could not be asked for. */
  readonly unknown: number;
  /** Alerts from containers that were not described in time. */
  readonly alertsWithout: number;
  /** Alerts from pods that Kubernetes had not told of in time. */
  readonly alertsWithoutPod: number;
}

/** What is needed of the watch of a cluster. */
interface Pods {
  isComplete(uid: string): boolean;
}

interface Parts {
  readonly engines: readonly NamedEngine[];
  readonly options: ContainerOptions;
  /** Absent: no cluster is asked. */
  readonly pods?: Pods | undefined;
  readonly machine: Machine;
  readonly maker: AlertMaker;
  readonly push: (alert: Alert) => void;
  readonly rules: readonly Rule[];
  readonly matching: 'first' | 'all';
  /** Called for each match before its alert is made, which may be some time after the event. */
  readonly onMatch: (event: Moment, rule: Rule) => void;
  /** {@link LiveContainers.isPending} may say something else from now on. */
  readonly onSettled: () => void;
  readonly logger: Logger;
}

/**
 * What container engines say, brought into a live session: as `container` and `container_removed` events between those of
 * the kernel, so that state, rules and recording see them, and into alerts that wait for it.
 */
export class LiveContainers {
  #alertsWithout = 0;
  #alertsWithoutPod = 0;
  readonly #parts: Parts;
  readonly #lookup: ContainerLookup;
  readonly #unasked = new UnaskedEngines();
  readonly #waiting: WaitingAlerts;
  readonly #late: LateConditions;
  readonly #accounts: ContainerAccounts;
  readonly #feed = new ContainerFeed();
  /** Pods that alerts wait for, by the id of the container. */
  readonly #awaited = new Map<string, string>();
  /** Containers whose alerts wait for names of users and groups. */
  readonly #nameless = new Set<string>();
  /** The processes of each container, as they were a moment ago. */
  readonly #processes = new Map<string, Inhabitants>();
  /** Until when it counts, by performance.now(). */
  #processesUntil = 0;
  /** Until when pods are not waited for, by performance.now(). */
  readonly #paused = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { engines, options, push, logger } = parts;
    const settled = (id: string): void => {
      parts.onSettled();
      this.#settle(id);
    };
    if (options.fixed !== undefined) this.#feed.found(describeFixed(options.fixed));
    this.#lookup = new ContainerLookup({
      engines: [...engines, { id: 'cgroup', socket: '', engine: this.#unasked }],
      hooks: options.hooks,
      onFound: (container) => this.#found(container),
      onRemoved: (container) => this.#feed.removed(container),
      onAbsent: settled,
      onProblem: (message, fields) => logger.log('warning', message, fields),
    });
    this.#accounts = new ContainerAccounts({
      hostRoot: options.hostRoot,
      processesOf: (id) => this.#processesOf(id),
      onFound: (id, accounts) => this.#feed.accounts(id, accounts),
      onSettled: settled,
      note: (message, fields) => logger.log('warning', message, fields),
    });
    const { rules, matching, machine } = parts;
    this.#late = new LateConditions({ rules, matching, machine, isPending: (thread) => this.isPending(thread) });
    this.#waiting = new WaitingAlerts({ waitMs: options.waitMs, capacity: maxWaiting, push });
  }

  get counts(): ContainerCounts {
    const { found, absent, refused } = this.#lookup;
    const without = { alertsWithout: this.#alertsWithout, alertsWithoutPod: this.#alertsWithoutPod };
    return { found, unknown: absent + refused, ...without };
  }

  /** Asks for the containers that run. Resolves when their answers are there, or have taken too long. */
  async begin(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#lookup.begin(), stopped]);
  }

  /** A process was seen in a container that the state knows nothing of. */
  need(id: string, cgroups: readonly string[]): void {
    const { options } = this.#parts;
    if (options.fixed !== undefined) return;
    const engine = unaskedEngineOf(cgroups, containerRules(options));
    if (engine !== undefined) this.#unasked.note(id, engine);
    this.#lookup.need(id);
    this.#accounts.prefetch(id);
  }

  /** The snapshot of the machine has been loaded: events may come. */
  ready(pipeline: Pipeline): void {
    this.#feed.ready(pipeline);
  }

  /** What is to be looked for instead of the rules given: see LateConditions. */
  get rules(): readonly Rule[] {
    return this.#late.rules;
  }

  /** Takes an event that matches some of {@link rules}. */
  matched(event: Event, found: readonly Rule[]): void {
    const { sure, open } = this.#late.settle(event, found);
    for (const rule of sure) this.#tell(event, rule);
    for (const rules of open) this.#hold(event, rules);
  }

  /** Takes the alert of a match: at once where container and pod are known, else as soon as they are. */
  #tell(event: Event, rule: Rule): void {
    const { maker, push, machine, onMatch } = this.#parts;
    onMatch(event, rule);
    const id = event.thread?.containerId ?? 'host';
    const pod = this.#unknownPod(event);
    const isKnown = pod === undefined && machine.container(id) !== undefined && !this.#lacksNames(event.thread);
    if (isKnown || !maker.isAboutContainer(rule)) {
      push(maker.make(event, machine, rule));
      return;
    }
    if (this.#wait(event, pod, () => maker.draft(event, machine, rule))) return;
    this.#count(id, pod);
    push(maker.make(event, machine, rule));
  }

  /** Takes rules of which the first that matches, once more is known of the event's container, is to be told of. */
  #hold(event: Event, open: readonly OpenRule[]): void {
    const { maker, machine, push, onMatch } = this.#parts;
    const { time, timeApprox, num } = event;
    const drafts = open.map(({ rule, rest }) => ({ rule, rest, complete: maker.draft(event, machine, rule) }));
    const later = eventOfContainer(event);
    function complete(): Alert | undefined {
      const match = drafts.find(({ rest }) => rest === undefined || matches(rest, later, machine));
      if (match === undefined) return undefined;
      onMatch({ time, timeApprox, num }, match.rule);
      return match.complete();
    }
    if (this.#wait(event, this.#unknownPod(event), () => complete)) return;
    const alert = complete();
    if (alert !== undefined) push(alert);
  }

  /** Whether more may become known of the container of a thread, its pod or its accounts; has these looked for. */
  isPending(thread: Thread): boolean {
    const id = thread.containerId;
    if (id === 'host') return false;
    if (this.#lookup.isSought(id) && this.#parts.machine.container(id) === undefined) return true;
    const pod = this.#unknownPod({ thread });
    return this.#lacksNames(thread) || (pod !== undefined && !this.#isPaused(pod));
  }

  /** Whether names of a thread's user and group may yet become known; has them looked for. Root has its name everywhere. */
  #lacksNames(thread: Thread | null): boolean {
    if (thread === null || thread.containerId === 'host') return false;
    const { containerId: id, uid, gid } = thread;
    const { machine } = this.#parts;
    const hasUser = uid === 0 || uid === unset || machine.user(id, uid) !== undefined;
    const hasGroup = gid === 0 || gid === unset || machine.group(id, gid) !== undefined;
    if (hasUser && hasGroup) return false;
    return this.#accounts.need(id, thread.pid);
  }

  /**
   * Has an alert wait for what may yet become known of the event's container.
   * @param draft called if it waits @returns false: there is nothing to wait for
   */
  #wait({ thread }: Event, pod: string | undefined, draft: () => () => Alert | undefined): boolean {
    const id = thread?.containerId ?? 'host';
    // All are asked at once.
    const isAsked = this.#isAsked(id);
    const lacksNames = this.#lacksNames(thread);
    const lacksPod = pod !== undefined && !this.#isPaused(pod);
    if (!isAsked && !lacksNames && !lacksPod) return false;
    const complete = draft();
    if (lacksNames) this.#nameless.add(id);
    if (lacksPod) this.#awaited.set(id, pod);
    this.#waiting.add(id, () => {
      this.#awaited.delete(id);
      this.#nameless.delete(id);
      const alert = complete();
      if (alert !== undefined) this.#count(id, pod);
      return alert;
    });
    return true;
  }

  /** Kubernetes has told something: alerts may have waited for it. */
  podsChanged(): void {
    for (const id of this.#awaited.keys()) this.#settle(id);
  }

  /** Lets alerts that wait have their time, then ends all questions. */
  async close(): Promise<void> {
    await this.#waiting.empty();
    this.#lookup.close();
    this.#accounts.close();
  }

  #found(container: ContainerDescription): void {
    this.#feed.found(container);
    this.#accounts.prefetch(container.id);
    this.#settle(container.id);
  }

  /** All containers are looked at together: hundreds may be sought at a time. */
  #processesOf(id: string): Inhabitants | undefined {
    if (performance.now() >= this.#processesUntil) {
      this.#processes.clear();
      for (const { containerId, tid, pid, cloneTime } of this.#parts.machine.threads()) {
        if (tid !== pid || containerId === 'host') continue;
        const known = this.#processes.get(containerId);
        if (known === undefined) this.#processes.set(containerId, { first: pid, last: pid, since: cloneTime });
        else known.last = pid;
      }
      this.#processesUntil = performance.now() + processesMs;
    }
    return this.#processes.get(id);
  }

  /** The pod of an event's thread, where Kubernetes has yet to tell of it. */
  #unknownPod({ thread }: Pick<Event, 'thread'>): string | undefined {
    const { pods } = this.#parts;
    const uid = pods === undefined || thread === null ? undefined : podUidOf(thread);
    return uid === undefined || pods?.isComplete(uid) !== false ? undefined : uid;
  }

  /** Whether an engine may yet describe a container. */
  #isAsked(id: string): boolean {
    return this.#parts.machine.container(id) === undefined && this.#lookup.need(id, true);
  }

  #isPaused(pod: string): boolean {
    const until = this.#paused.get(pod);
    if (until === undefined) return false;
    if (performance.now() < until) return true;
    this.#paused.delete(pod);
    return false;
  }

  /** Lets the alerts of a container go when all that they wait for is there, or won't come. */
  #settle(id: string): void {
    const pod = this.#awaited.get(id);
    if (pod !== undefined && this.#parts.pods?.isComplete(pod) === false) return;
    if (this.#nameless.has(id) && this.#accounts.isSought(id)) return;
    if (!this.#isAsked(id)) this.#waiting.release(id);
  }

  /** An alert goes: what it lacks is counted. */
  #count(id: string, pod: string | undefined): void {
    if (this.#parts.machine.container(id) === undefined) this.#alertsWithout++;
    if (pod === undefined || this.#parts.pods?.isComplete(pod) !== false) return;
    this.#alertsWithoutPod++;
    if (this.#paused.size >= maxPaused) this.#paused.clear();
    if (this.#isPaused(pod)) return;
    this.#paused.set(pod, performance.now() + podPauseMs);
    this.#parts.onSettled();
  }
}
