import type { Logger } from '../base/log.ts';
import { CaptureWriter } from '../capture/writer.ts';
import { Evaluator, type RuleStatistics } from '../engine/eval/evaluator.ts';
import { priorities, type Priority } from '../model/alert.ts';
import { resultOf } from '../fields/evt-syscall/result.ts';
import type { FieldTable } from '../model/field.ts';
import type { Snapshot } from '../model/machine.ts';
import { type EndSignal, type SourceContext, SourceError } from '../model/source.ts';
import { AlertMaker, type AlertOptions, type InternalFields } from '../pipeline/alerts.ts';
import type { AlertQueue } from '../pipeline/alerts-queue.ts';
import { AlertCaptures, type CaptureCounts, type CaptureOptions } from '../pipeline/captures/alert-captures.ts';
import type { NamedEngine } from '../pipeline/container-lookup.ts';
import { Pipeline, type Rule } from '../pipeline/pipeline.ts';
import type { StateCounters } from '../state/counters.ts';
import { MachineState, type StateOptions } from '../state/machine-state.ts';
import { Health } from './health.ts';
import { RuleInterest, selectCalls, type SyscallSelection } from './interest.ts';
import { type ContainerCounts, type ContainerOptions, LiveContainers, openEngines } from './live-containers.ts';
import { purgeNowAndThen } from './purge.ts';
import type { SourceId, WriterId } from './registry.ts';
import { recordingProblem } from './recording-place.ts';
import { SessionError } from './session-error.ts';
import { openQueue, type OpenSource, openSource } from './session-parts.ts';

export { SessionError };

export interface SessionOptions {
  readonly source: { readonly id: SourceId; readonly config: unknown };
  /** Rules that are enabled, in the order of their definition. */
  readonly rules: readonly Rule[];
  readonly fieldTable: (source: string) => FieldTable | undefined;
  readonly matching: 'first' | 'all';
  /** Count matches, evaluations and time of each rule; without it that costs nothing. */
  readonly ruleStatistics?: boolean;
  readonly alerts: AlertOptions;
  readonly outputs: readonly { readonly id: WriterId; readonly config: unknown }[];
  /** An output that does not open is logged and left out, as long as another one opens. */
  readonly skipBrokenOutputs?: boolean;
  /** Most alerts that wait for outputs, and milliseconds after which a write counts as stuck. */
  readonly queue: { readonly capacity: number; readonly timeoutMs: number };
  readonly state: StateOptions;
  /** Container engines to ask when live; absent: none. */
  readonly containers?: ContainerOptions | undefined;
  /** Live: system calls that failed are left out. */
  readonly dropsFailed?: boolean;
  /** Which system calls a live source watches; who gives it also tells the user what it leaves out. */
  readonly syscalls?: SyscallSelection;
  /** Capture file to write everything that passes to. */
  readonly record?: string | undefined;
  /** What to record when rules match; absent: nothing. */
  readonly captures?: CaptureOptions | undefined;
  /** Seconds after which the session ends: of event time in a replay, by the clock when live. */
  readonly durationSeconds?: number | undefined;
  readonly logger: Logger;
  /** Ends the session: what was seen is still judged and written. */
  readonly signal: AbortSignal;
  /** An output failed. @returns true: nothing more is to be said about it. */
  readonly onOutputError?: (id: string, error: Error) => boolean;
  /** Events were lost, of so many that arrived so far; it is logged in any case. */
  readonly onLost?: (count: number, events: number, session: Session) => void;
  /** Called once when the source has begun: from here on, what happens is seen. */
  readonly onReady?: (session: Session) => void;
}

/** What a session has counted so far. */
export interface SessionCounts {
  readonly events: number;
  readonly malformed: number;
  /** Events that the source lost, by reason. */
  readonly eventsLost: ReadonlyMap<string, number>;
  /** Matches by rule, in the order in which the rules matched first; none of rules that did not. */
  readonly matches: ReadonlyMap<Rule, number>;
  readonly alertsWaiting: number;
  readonly alertsDelivered: number;
  readonly alertsLost: number;
  /** Failed writes by output. */
  readonly outputFailures: ReadonlyMap<string, number>;
  readonly state: StateCounters;
  /** undefined: nothing is recorded when rules match. */
  readonly captures: CaptureCounts | undefined;
}

/** What a session did, for people and for exit codes. */
export interface SessionSummary {
  readonly events: number;
  readonly malformed: number;
  readonly alerts: number;
  /** Alerts by rule, in the order of the rules; rules without alerts are left out. */
  readonly byRule: ReadonlyMap<string, number>;
  readonly byPriority: ReadonlyMap<Priority, number>;
  /** Events that the source lost, by reason. */
  readonly eventsLost: ReadonlyMap<string, number>;
  readonly alertsLost: number;
  /** Failed writes by output. */
  readonly outputFailures: ReadonlyMap<string, number>;
  /** Events that the recording had to leave out. */
  readonly recordingLost: number;
  /** What was recorded when rules matched; undefined: nothing was to be. */
  readonly captures: CaptureCounts | undefined;
  /** Of each rule, in their order, where they were asked for. */
  readonly ruleStatistics: readonly RuleStatistics[] | undefined;
  /** What container engines were asked for; undefined: they were not. */
  readonly containers: ContainerCounts | undefined;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** Why the source ended early, e.g. a damaged capture. */
  readonly error: SourceError | undefined;
  /** Exit code of the command that the source ran; undefined: it ran none. */
  readonly commandExit: number | undefined;
}

/**
 * One run from a source, through state and rules, to outputs. Everything that can be wrong beforehand is found by
 * {@link Session.open}; {@link Session.run} ends with the source or the signal and leaves nothing unwritten.
 */
export class Session {
  readonly health = new Health();
  readonly #options: SessionOptions;
  readonly #source: OpenSource;
  readonly #queue: AlertQueue;
  readonly #maker: AlertMaker;
  readonly #machine: MachineState;
  readonly #counts = new Map<Rule, number>();
  readonly #containers: LiveContainers | undefined;
  readonly #interest: RuleInterest;
  readonly #evaluator: Evaluator;
  readonly #stop = new AbortController();
  readonly #recorder: CaptureWriter | undefined;
  readonly #captures: AlertCaptures | undefined;
  #takesSignal: ((signal: EndSignal) => void) | undefined;
  #commandExit: number | undefined;
  #isReady = false;
  #pipeline: Pipeline | undefined;

  private constructor(
    options: SessionOptions,
    source: OpenSource,
    queue: AlertQueue,
    maker: AlertMaker,
    engines: readonly NamedEngine[],
  ) {
    this.#options = options;
    this.#source = source;
    this.#queue = queue;
    this.#maker = maker;
    const { lookupThread } = source;
    this.#machine = new MachineState({
      ...options.state,
      ...(lookupThread === undefined ? {} : { lookupThread }),
      onUnknownContainer: (id) => this.#containers?.need(id),
    });
    if (options.containers !== undefined && engines.length > 0) {
      this.#containers = new LiveContainers({
        engines,
        options: options.containers,
        machine: this.#machine,
        maker,
        push: (alert) => queue.push(alert),
        logger: options.logger,
      });
    }
    this.#interest = new RuleInterest(options.rules, options.syscalls);
    this.#evaluator = new Evaluator(options.rules, this.#machine, {
      matching: options.matching,
      statistics: options.ruleStatistics ?? false,
    });
    this.#recorder = options.record === undefined ? undefined : new CaptureWriter(options.record);
    this.#captures = options.captures === undefined ? undefined : this.#openCaptures(options.captures);
  }

  /** @throws SessionError */
  #openCaptures(options: CaptureOptions): AlertCaptures {
    try {
      return new AlertCaptures(options, {
        freeze: () => this.#machine.freeze(),
        logger: this.#options.logger,
        tell: (...alert) => this.tell(...alert),
        isLive: !this.#source.canWait,
      });
    } catch (error) {
      throw new SessionError([`captures can't be written: ${(error as Error).message}`]);
    }
  }

  /** @throws SessionError with all reasons why it can't begin. */
  static async open(options: SessionOptions): Promise<Session> {
    const maker = new AlertMaker(options.alerts, options.fieldTable);
    const problems = maker.prepare(options.rules).map((problem) => `rule '${problem.rule}': ${problem.message}`);
    if (problems.length > 0) throw new SessionError(problems);
    const unwritable = options.record === undefined ? undefined : recordingProblem(options.record, inputFile(options));
    if (unwritable !== undefined) throw new SessionError([unwritable]);
    const source = await openSource(options.source);
    if (options.source.id !== 'replay' && options.syscalls === undefined) {
      const calls = selectCalls(options.rules).unwatched;
      if (calls.length > 0) {
        options.logger.log('warning', 'rules ask for system calls that are not watched', { calls: calls.join(', ') });
      }
    }
    // What a capture does not say, no engine knows any more.
    const isAsked = options.containers !== undefined && !source.canWait;
    const engines = isAsked ? await openEngines(options.containers) : [];
    return new Session(options, source, await openQueue(options), maker, engines);
  }

  async run(): Promise<SessionSummary> {
    const { signal, durationSeconds: limit } = this.#options;
    await this.#containers?.begin(signal);
    const started = performance.now();
    const cpu = process.cpuUsage();
    const stop = (): void => this.#stop.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    // A machine may be silent: when live, the clock counts.
    const endWait = limit === undefined || this.#source.canWait ? undefined : after(limit * 1000, stop);
    const purge = purgeNowAndThen(this.#machine, this.#options.state, this.#source.isAlive);
    const pipeline = new Pipeline({
      state: this.#machine,
      judge: this.#evaluator,
      recorders: [this.#recorder, this.#captures].filter((one) => one !== undefined),
      deadlineNs: limit === undefined || !this.#source.canWait ? Number.POSITIVE_INFINITY : limit * 1e9,
      onDeadline: stop,
      ...(this.#options.dropsFailed === true && !this.#source.canWait
        ? { leavesOut: (event) => resultOf(event) < 0 }
        : {}),
      onLost: (count, reason) => {
        this.#options.logger.log('warning', 'events were lost', { count, reason });
        this.#options.onLost?.(count, pipeline.events, this);
      },
      onMatch: (event, rules) => {
        this.#captures?.matched(event, rules);
        for (const rule of rules) {
          this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
          if (this.#containers === undefined) this.#queue.push(this.#maker.make(event, this.#machine, rule));
          else this.#containers.tell(event, rule);
        }
      },
    });
    this.#pipeline = pipeline;
    let error: SourceError | undefined;
    try {
      await this.#source.run(this.#context(pipeline));
    } catch (cause) {
      if (!(cause instanceof SourceError)) throw cause;
      error = cause;
    } finally {
      endWait?.();
      clearInterval(purge);
      this.health.end();
      signal.removeEventListener('abort', stop);
      await this.#containers?.close();
      await this.#captures?.close();
      await this.#queue.close();
    }
    error ??= await this.#closeRecording();
    const used = process.cpuUsage(cpu);
    return this.#summary(pipeline, error, (performance.now() - started) / 1000, (used.user + used.system) / 1e6);
  }

  /** Writes an alert of Saker's own, of now. */
  tell(priority: Priority, rule: string, message: string, fields: InternalFields): void {
    this.#queue.push(this.#maker.internal(BigInt(Date.now()) * 1_000_000n, priority, rule, message, fields));
  }

  /** Ends the session, as its signal does. */
  stop(): void {
    this.#stop.abort();
  }

  /** Hands a signal to the command that the source runs. @returns false: there is none, the signal is Saker's. */
  passOn(signal: EndSignal): boolean {
    this.#takesSignal?.(signal);
    return this.#takesSignal !== undefined;
  }

  /** Has the outputs reopen their files, e.g. after log rotation. */
  async reopenOutputs(): Promise<void> {
    await this.#queue.reopen();
  }

  /** All that arrived so far. */
  get events(): number {
    return this.#pipeline?.events ?? 0;
  }

  /** What it has counted so far: the counters themselves, which go on counting. */
  get counts(): SessionCounts {
    return {
      events: this.events,
      malformed: this.#pipeline?.malformed ?? 0,
      eventsLost: this.#pipeline?.losses ?? new Map(),
      matches: this.#counts,
      alertsWaiting: this.#queue.size,
      alertsDelivered: this.#queue.delivered,
      alertsLost: this.#queue.lost,
      outputFailures: this.#queue.failures,
      state: this.#machine.counters,
      captures: this.#captures?.counts,
    };
  }

  /** The state behind the session, for tables and tests. */
  get machine(): MachineState {
    return this.#machine;
  }

  #context(pipeline: Pipeline): SourceContext {
    return {
      sink: {
        snapshot: (snapshot: Snapshot) => {
          pipeline.snapshot(snapshot);
          this.#containers?.ready(pipeline);
          if (this.#isReady) return;
          this.#isReady = true;
          this.health.begin(() => this.counts);
          this.#options.onReady?.(this);
        },
        event: (bytes, view, header, cpu) => pipeline.event(bytes, view, header, cpu),
        lost: (count, reason) => pipeline.lost(count, reason),
      },
      interest: this.#interest,
      signal: this.#stop.signal,
      takeSignals: (listener) => {
        this.#takesSignal = listener;
        return () => {
          this.#takesSignal = undefined;
        };
      },
      commandEnded: (exitCode) => {
        this.#commandExit = exitCode;
      },
      // A capture waits for slow outputs and disks; the kernel does not, and what does not fit is counted.
      batchEnd: () => (this.#source.canWait ? this.#caughtUp() : undefined),
    };
  }

  /** undefined: there is nothing to wait for. */
  #caughtUp(): Promise<void> | undefined {
    const waits = [
      this.#queue.size > 0 ? this.#queue.drained() : undefined,
      // What goes wrong there is told at the end.
      this.#recorder?.drain().catch(() => undefined),
      this.#captures?.drained(),
    ].filter((one) => one !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  async #closeRecording(): Promise<SourceError | undefined> {
    try {
      await this.#recorder?.close();
      return undefined;
    } catch (cause) {
      return new SourceError(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  #summary(pipeline: Pipeline, error: SourceError | undefined, wall: number, cpu: number): SessionSummary {
    const ordered = [...this.#counts].sort(([a], [b]) => a.index - b.index);
    const byPriority = new Map<Priority, number>();
    for (const priority of priorities) {
      const count = ordered.reduce((sum, [rule, n]) => sum + (rule.priority === priority ? n : 0), 0);
      if (count > 0) byPriority.set(priority, count);
    }
    return {
      events: pipeline.events,
      malformed: pipeline.malformed,
      alerts: ordered.reduce((sum, [, count]) => sum + count, 0),
      byRule: new Map(ordered.map(([rule, count]) => [rule.name, count])),
      byPriority,
      eventsLost: pipeline.losses,
      alertsLost: this.#queue.lost,
      outputFailures: this.#queue.failures,
      recordingLost: this.#recorder?.lost ?? 0,
      captures: this.#captures?.counts,
      ruleStatistics: this.#evaluator.statistics,
      containers: this.#containers?.counts,
      wallSeconds: wall,
      cpuSeconds: cpu,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
      error,
      commandExit: this.#commandExit,
    };
  }
}

/** What a timer can wait, in milliseconds; beyond, it would not wait at all. */
const longestTimeout = 2 ** 31 - 1;

/** Calls back after any number of milliseconds. @returns ends the wait. */
function after(ms: number, call: () => void): () => void {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout;
  function wait(): void {
    const left = end - performance.now();
    timer = left > longestTimeout ? setTimeout(wait, longestTimeout) : setTimeout(call, Math.max(0, left));
  }
  wait();
  return () => clearTimeout(timer);
}

/** The capture that a replay reads; undefined: none that is a file. */
function inputFile({ source: { id, config } }: SessionOptions): string | undefined {
  const { path } = config as { readonly path?: unknown };
  return id === 'replay' && typeof path === 'string' ? path : undefined;
}
