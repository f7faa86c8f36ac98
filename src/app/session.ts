import type { CaptureWriter } from '../capture/writer.ts';
import { Evaluator } from '../engine/eval/evaluator.ts';
import type { KubernetesWatch } from '../kubernetes/kubernetes-watch.ts';
import { priorities, type Priority } from '../model/alert.ts';
import { resultOf } from '../fields/evt-syscall/result.ts';
import type { Snapshot } from '../model/machine.ts';
import { type EndSignal, type ProgramRuns, type SourceContext, SourceError } from '../model/source.ts';
import { AlertMaker, type InternalFields } from '../pipeline/alerts.ts';
import type { AlertQueue } from '../pipeline/alerts-queue.ts';
import { AlertCaptures, type CaptureOptions, type Moment } from '../pipeline/captures/alert-captures.ts';
import type { NamedEngine } from '../pipeline/container-lookup.ts';
import { Losses } from '../pipeline/losses.ts';
import { Pipeline, type Rule } from '../pipeline/pipeline.ts';
import { warmUp } from '../pipeline/warm-up/warm-up.ts';
import { MachineState } from '../state/machine-state.ts';
import { Health } from './health.ts';
import { lossFields } from './loss-fields.ts';
import { countScanned, type Scanned } from './metrics/scanned.ts';
import { RuleInterest } from './interest.ts';
import { containerRules, openEngines, usualContainers } from './container-options.ts';
import { LiveContainers } from './live-containers.ts';
import { purgeNowAndThen } from './purge.ts';
import { OpenFilter } from './open-filter.ts';
import { openRecording, recordingProblem } from './recording-place.ts';
import { StateRepair } from './repair.ts';
import { SessionError } from './session-error.ts';
import { keepHeapSmall } from './memory.ts';
import { openCluster, openQueue, type OpenSource, openSource, warnOfUnwatched } from './session-parts.ts';
import type { SessionCounts, SessionOptions, SessionSummary } from './session-types.ts';

export { SessionError };
export type { SessionCounts, SessionOptions, SessionSummary };

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
  readonly #kubernetes: KubernetesWatch | undefined;
  readonly #interest: RuleInterest;
  readonly #evaluator: Evaluator;
  readonly #stop = new AbortController();
  readonly #recorder: CaptureWriter | undefined;
  readonly #filter: OpenFilter | undefined;
  readonly #captures: AlertCaptures | undefined;
  #takesSignal: ((signal: EndSignal) => void) | undefined;
  #commandExit: number | undefined;
  /** What the warm-up left. Nothing uses it, but the code that was compiled lives only as long as it does. */
  readonly #warmedUp: unknown[] = [];
  #isReady = false;
  #scanned: Scanned | undefined;
  #programs: (() => readonly ProgramRuns[]) | undefined;
  #pipeline: Pipeline | undefined;

  private constructor(
    options: SessionOptions,
    source: OpenSource,
    queue: AlertQueue,
    maker: AlertMaker,
    engines: readonly NamedEngine[],
    kubernetes: KubernetesWatch | undefined,
  ) {
    this.#options = options;
    this.#source = source;
    this.#queue = queue;
    this.#maker = maker;
    const { lookupThread } = source;
    // What a capture does not say, no engine knows any more.
    const isLive = !source.canWait;
    this.#machine = new MachineState({
      ...options.state,
      ...(lookupThread === undefined ? {} : { lookupThread }),
      onUnknownContainer: (id, cgroups) => this.#containers?.need(id, cgroups),
      ...(isLive && options.containers !== undefined ? { containerRules: containerRules(options.containers) } : {}),
      kubernetes,
    });
    this.#kubernetes = kubernetes;
    if (isLive && (options.containers !== undefined || kubernetes !== undefined)) {
      this.#containers = new LiveContainers({
        engines,
        options: options.containers ?? usualContainers,
        pods: kubernetes,
        machine: this.#machine,
        maker,
        push: (alert) => queue.push(alert),
        rules: options.rules,
        matching: options.matching,
        onMatch: (event, rule) => this.#countMatch(event, rule),
        onSettled: () => this.#machine.forgetThreadClasses(),
        logger: options.logger,
      });
    }
    kubernetes?.onChange(() => {
      this.#machine.forgetThreadClasses();
      this.#containers?.podsChanged();
    });
    this.#interest = new RuleInterest(options.rules, options.syscalls);
    this.#evaluator = new Evaluator(this.#containers?.rules ?? options.rules, this.#machine, {
      matching: options.matching,
      statistics: options.ruleStatistics ?? false,
    });
    this.#recorder = openRecording(options);
    this.#captures = options.captures === undefined ? undefined : this.#openCaptures(options.captures);
    const isRecorded = this.#recorder !== undefined || this.#captures !== undefined;
    if (options.filtersOpens === true && !source.canWait && !isRecorded) {
      const { rules, logger } = options;
      const outputOf = (rule: Rule): string => maker.shownBy(rule);
      this.#filter = OpenFilter.make({ rules, logger, outputOf, evaluator: this.#evaluator });
    }
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
    warnOfUnwatched(options);
    const isAsked = options.containers !== undefined && !source.canWait;
    const engines = isAsked ? await openEngines(options.containers) : [];
    const kubernetes = source.canWait ? undefined : await openCluster(options);
    return new Session(options, source, await openQueue(options), maker, engines, kubernetes);
  }

  async run(): Promise<SessionSummary> {
    const { signal, durationSeconds: limit } = this.#options;
    await Promise.all([this.#containers?.begin(signal), this.#kubernetes?.begin(signal)]);
    const started = performance.now();
    const cpu = process.cpuUsage();
    const stop = (): void => this.#stop.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    // A machine may be silent: when live, the clock counts.
    const endWait = limit === undefined || this.#source.canWait ? undefined : after(limit * 1000, stop);
    const purge = purgeNowAndThen(this.#machine, this.#options.state, this.#source.isAlive);
    const repair = new StateRepair(this.#machine);
    const pipeline = new Pipeline({
      state: this.#machine,
      judge: this.#evaluator,
      recorders: [this.#recorder, this.#captures].filter((one) => one !== undefined),
      deadlineNs: limit === undefined || !this.#source.canWait ? Number.POSITIVE_INFINITY : limit * 1e9,
      onDeadline: stop,
      onQuietOpen: this.#filter === undefined ? undefined : (event) => this.#filter!.look(event),
      ...(this.#options.dropsFailed === true && !this.#source.canWait
        ? { leavesOut: (event) => resultOf(event) < 0 }
        : {}),
      onLost: (count, reason, details) => {
        this.#options.logger.log('warning', 'events were lost', { count, reason, ...lossFields(details) });
        repair.lost(details);
        this.#options.onLost?.(count, pipeline.events, this, details);
      },
      onMatch: (event, rules) => {
        if (this.#containers !== undefined) return this.#containers.matched(event, rules);
        for (const rule of rules) {
          this.#countMatch(event, rule);
          this.#queue.push(this.#maker.make(event, this.#machine, rule));
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
      repair.close();
      this.health.end();
      this.#programs = undefined;
      signal.removeEventListener('abort', stop);
      await this.#containers?.close();
      await this.#kubernetes?.close();
      await this.#captures?.close();
      await this.#queue.close();
    }
    error ??= await this.#closeRecording();
    const used = process.cpuUsage(cpu);
    return this.#summary(pipeline, error, (performance.now() - started) / 1000, (used.user + used.system) / 1e6);
  }

  #countMatch(event: Moment, rule: Rule): void {
    this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
    this.#captures?.matched(event, rule);
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

  get #losses(): Losses {
    return this.#pipeline?.losses ?? new Losses();
  }

  /** What it has counted so far: the counters themselves, which go on counting. */
  get counts(): SessionCounts {
    return {
      events: this.events,
      malformed: this.#pipeline?.malformed ?? 0,
      eventsByCpu: this.#pipeline?.eventsByCpu ?? new Float64Array(),
      eventsLost: this.#losses.byReason,
      losses: this.#losses,
      scanned: this.#scanned,
      programs: this.#programs?.() ?? [],
      matches: this.#counts,
      alertsWaiting: this.#queue.size,
      alertsDelivered: this.#queue.delivered,
      alertsLost: this.#queue.lost,
      outputFailures: this.#queue.failures,
      state: this.#machine.counters,
      captures: this.#captures?.counts,
      containers: this.#containers?.counts,
      kubernetes: this.#kubernetes?.counts,
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
          this.#scanned ??= countScanned(snapshot);
          this.#containers?.ready(pipeline);
          if (this.#isReady) return;
          this.#isReady = true;
          this.health.begin(() => this.counts);
          this.#options.onReady?.(this);
        },
        event: (bytes, view, header, cpu, isForState) => pipeline.event(bytes, view, header, cpu, isForState),
        lost: (...loss) => pipeline.lost(...loss),
        clockSet: (milliseconds) => this.#machine.clockSet(milliseconds),
      },
      interest: this.#interest,
      hasPrograms: (read) => {
        this.#programs = read;
      },
      filter: this.#filter,
      meanwhile: () => {
        keepHeapSmall();
        this.#warmedUp.push(warmUp(this.#options));
      },
      hold: this.#options.hold,
      signal: this.#stop.signal,
      takeSignals: (listener) => {
        this.#takesSignal = listener;
        return () => {
          this.#takesSignal = undefined;
        };
      },
      note: (message, fields) => this.#options.logger.log('warning', message, fields),
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
      eventsLost: pipeline.losses.byReason,
      alertsLost: this.#queue.lost,
      outputFailures: this.#queue.failures,
      recordingLost: this.#recorder?.lost ?? 0,
      leftOut: this.#filter?.leftOut ?? 0,
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
