import type { LogFields } from '../base/log.ts';
import type { ContainerChange, ContainerDescription, OpenContainerEngine } from '../model/container-engine.ts';

export interface NamedEngine {
  readonly id: string;
  readonly socket: string;
  readonly engine: OpenContainerEngine;
}

export interface LookupOptions {
  readonly engines: readonly NamedEngine[];
  /** At which of an engine's events a container is described: `create` once, with `start` a second time. */
  readonly hooks: readonly ContainerChange[];
  /** An engine has described a container. */
  readonly onFound: (container: ContainerDescription) => void;
  /** A container that was described has been removed. */
  readonly onRemoved: (container: ContainerDescription) => void;
  /** No engine knows it, as often as they were asked. */
  readonly onAbsent: (id: string) => void;
  readonly onProblem: (message: string, fields: LogFields) => void;
}

const maxActive = 4;
const maxWaiting = 4096;
const maxKept = 4096;
/** Milliseconds between the attempts: an engine may know a container only when it has started. */
const pauses = [50, 100, 200, 400, 800];
/** Milliseconds for which an id that no engine knows is not asked for again, and one for which there is no engine. */
const absentMs = 30_000;
const noEngineMs = 1000;
/** Events of a container's last processes may still be on their way when its engine says that it is gone. */
const removalDelayMs = 5000;
const firstReconnectMs = 1000;
const longestReconnectMs = 30_000;
/** How long the start waits for descriptions of what runs already. */
const beginMs = 5000;

interface Search {
  attempts: number;
  isActive: boolean;
  timer: NodeJS.Timeout | undefined;
  /** What went wrong in the last attempt. An engine may fail once for a container that is about to come or go. */
  failure: { readonly named: NamedEngine; readonly error: unknown } | undefined;
}

/**
 * Asks container engines for the containers that processes are in: at the start for all that run, then for each that
 * appears. Few questions are under way at a time, each has a time-out and is asked again some times; everything that
 * is kept is bounded. Nobody waits for it who does not want to.
 */
export class ContainerLookup {
  /** Containers that were described, and ids that no engine knew. */
  found = 0;
  absent = 0;
  /** Ids that were not asked for because too many others waited. */
  refused = 0;
  readonly #options: LookupOptions;
  readonly #searches = new Map<string, Search>();
  readonly #kept = new Map<string, ContainerDescription>();
  /** Until when an id is taken to be unknown to all, by performance.now(). */
  readonly #absent = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reported = new Set<NamedEngine>();
  #queue: string[] = [];
  #active = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: LookupOptions) {
    this.#options = options;
  }

  /** Follows the engines' events and describes what runs. Resolves when that is done, or has taken too long. */
  async begin(): Promise<void> {
    const there = this.#options.engines.filter(({ engine }) => engine.isThere());
    for (const named of this.#options.engines) if (named.engine.watch !== undefined) void this.#follow(named);
    await Promise.all(there.map((named) => this.#list(named)));
    if (this.#searches.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      this.#later(resolve, beginMs);
    });
    this.#onIdle = undefined;
  }

  /**
   * A process of this container was seen.
   * @param isUrgent somebody waits for the answer: it is asked for before others.
   * @returns whether an answer may still come.
   */
  need(id: string, isUrgent = false): boolean {
    if (this.#searches.has(id)) {
      if (isUrgent) this.#hurry(id);
      return true;
    }
    if (this.#kept.has(id) || this.#stop.signal.aborted) return false;
    const until = this.#absent.get(id);
    if (until !== undefined) {
      if (performance.now() < until) return false;
      this.#absent.delete(id);
    }
    if (this.#askable(id).length > 0) return this.#search(id, isUrgent);
    // Whether their sockets are there takes a system call for each of them.
    this.#setAside(id, noEngineMs);
    return false;
  }

  /** Whether it is being asked for. */
  isSought(id: string): boolean {
    return this.#searches.has(id);
  }

  /** Ends all questions. */
  close(): void {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#searches.clear();
    this.#queue = [];
    for (const { engine } of this.#options.engines) engine.close();
  }

  #hurry(id: string): void {
    const at = this.#queue.indexOf(id);
    if (at <= 0) return;
    this.#queue.splice(at, 1);
    this.#queue.unshift(id);
  }

  #askable(id: string): NamedEngine[] {
    return this.#options.engines.filter(({ engine }) => engine.takes(id) && engine.isThere());
  }

  #search(id: string, isFirst: boolean): boolean {
    if (this.#searches.size >= maxWaiting) {
      this.refused++;
      return false;
    }
    this.#searches.set(id, { attempts: 0, isActive: false, timer: undefined, failure: undefined });
    if (isFirst) this.#queue.unshift(id);
    else this.#queue.push(id);
    this.#next();
    return true;
  }

  #next(): void {
    while (this.#active < maxActive) {
      const id = this.#queue.shift();
      if (id === undefined) break;
      const search = this.#searches.get(id);
      if (search === undefined || search.isActive) continue;
      void this.#attempt(id, search);
    }
    if (this.#searches.size === 0) this.#onIdle?.();
  }

  async #attempt(id: string, search: Search): Promise<void> {
    this.#active++;
    search.isActive = true;
    search.failure = undefined;
    const container = await this.#ask(id, search);
    search.isActive = false;
    this.#active--;
    if (this.#stop.signal.aborted) return;
    if (container !== undefined) this.#take(container);
    else this.#again(id, search);
    this.#next();
  }

  #again(id: string, search: Search): void {
    const pause = pauses[search.attempts++];
    if (pause === undefined) {
      this.#searches.delete(id);
      this.#setAside(id, absentMs);
      this.absent++;
      const { failure } = search;
      if (failure !== undefined)
        this.#problem(failure.named, 'a container engine does not say what a container is', failure.error);
      this.#options.onAbsent(id);
      return;
    }
    search.timer = this.#later(() => {
      search.timer = undefined;
      this.#queue.push(id);
      this.#next();
    }, pause);
  }

  #setAside(id: string, milliseconds: number): void {
    this.#absent.set(id, performance.now() + milliseconds);
    trim(this.#absent, maxWaiting);
  }

  /** The first engine that knows it. */
  async #ask(id: string, search: Search): Promise<ContainerDescription | undefined> {
    const questions = this.#askable(id).map(async (named) => {
      const container = await this.#describe(named, id, search);
      // Only so does `any` pass over it.
      if (container?.id !== id) throw new Error('not known');
      return container;
    });
    return Promise.any(questions).catch(() => undefined);
  }

  async #describe(named: NamedEngine, id: string, search: Search): Promise<ContainerDescription | undefined> {
    try {
      return await named.engine.describe(id);
    } catch (error) {
      search.failure = { named, error };
      return undefined;
    }
  }

  #take(container: ContainerDescription): void {
    this.#searches.delete(container.id);
    this.#absent.delete(container.id);
    this.#kept.delete(container.id);
    this.#kept.set(container.id, container);
    trim(this.#kept, maxKept);
    this.found++;
    this.#options.onFound(container);
  }

  async #list(named: NamedEngine): Promise<void> {
    try {
      for (const id of await named.engine.list()) this.need(id.slice(0, 12));
    } catch (error) {
      this.#problem(named, 'a container engine does not list its containers', error);
    }
  }

  /** An engine may be restarted, or come only later: its events are asked for again and again. */
  async #follow(named: NamedEngine): Promise<void> {
    const { signal } = this.#stop;
    let pause = firstReconnectMs;
    while (!signal.aborted) {
      if (named.engine.isThere()) {
        const started = performance.now();
        try {
          await named.engine.watch?.((change, id) => this.#changed(change, id.slice(0, 12)), signal);
        } catch (error) {
          this.#problem(named, 'the events of a container engine ended', error);
        }
        if (performance.now() - started > longestReconnectMs) pause = firstReconnectMs;
      }
      await new Promise<void>((resolve) => this.#later(resolve, pause));
      pause = Math.min(2 * pause, longestReconnectMs);
    }
  }

  #changed(change: ContainerChange, id: string): void {
    if (change === 'remove') this.#later(() => this.#remove(id), removalDelayMs);
    else if (this.#options.hooks.includes(change)) this.#announced(id, change === 'start');
  }

  #announced(id: string, describesAgain: boolean): void {
    this.#absent.delete(id);
    const search = this.#searches.get(id);
    if (search === undefined) {
      if (describesAgain || !this.#kept.has(id)) this.#search(id, true);
      return;
    }
    // It waits for its next attempt: now is the time.
    if (search.timer === undefined) return;
    clearTimeout(search.timer);
    this.#timers.delete(search.timer);
    search.timer = undefined;
    this.#queue.unshift(id);
    this.#next();
  }

  #remove(id: string): void {
    const container = this.#kept.get(id);
    if (container === undefined) return;
    this.#kept.delete(id);
    this.#options.onRemoved(container);
  }

  /** Said once for an engine: what goes wrong there goes wrong again. */
  #problem(named: NamedEngine, message: string, error: unknown): void {
    if (this.#stop.signal.aborted || this.#reported.has(named)) return;
    this.#reported.add(named);
    const reason = !(error instanceof Error) ? String(error) : isLate(error) ? 'no answer in time' : error.message;
    this.#options.onProblem(message, { engine: named.id, socket: named.socket, reason });
  }

  #later(act: () => void, milliseconds: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, milliseconds);
    timer.unref();
    this.#timers.add(timer);
    return timer;
  }
}

/** What a request that its time limit has ended fails with, by itself or wrapped. */
function isLate({ name, cause }: Error): boolean {
  return name === 'TimeoutError' || name === 'AbortError' || (cause instanceof Error && isLate(cause));
}

/** The oldest entries go. */
function trim(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
