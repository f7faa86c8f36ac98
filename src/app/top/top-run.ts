import { Evaluator } from '../../engine/eval/evaluator.ts';
import type { Event } from '../../model/event.ts';
import type { SourceContext } from '../../model/source.ts';
import { Pipeline, type Rule } from '../../pipeline/pipeline.ts';
import { MachineState } from '../../state/machine-state.ts';
import type { Logger } from '../../base/log.ts';
import { openEngines, usualContainers } from '../container-options.ts';
import { LiveContainers } from '../live-containers.ts';
import { purgeNowAndThen } from '../purge.ts';
import type { NamedEngine } from '../../pipeline/container-lookup.ts';
import { AlertMaker, type AlertOptions } from '../../pipeline/alerts.ts';
import { RuleInterest, type SyscallSelection } from '../interest.ts';
import type { SourceId } from '../registry.ts';
import { type OpenSource, openSource } from '../session-parts.ts';
import { Counter } from './counter.ts';
import { ProcessCpu } from './process-cpu.ts';
import type { Frame } from './views.ts';

export interface TopOptions {
  readonly source: { readonly id: SourceId; readonly config: unknown };
  readonly rules: readonly Rule[];
  /** Only events that it matches count; absent: all. */
  readonly filter?: Rule | undefined;
  readonly syscalls: SyscallSelection | undefined;
  /** By the clock when live, by event time in a capture; undefined: one interval from begin to end. */
  readonly intervalSeconds: number | undefined;
  readonly logger: Logger;
  readonly onReady: () => void;
  readonly onFrame: (frame: Frame) => void;
  readonly signal: AbortSignal;
}

/** Counts the events of a source, interval by interval, until it ends or the signal does. */
export class TopRun {
  readonly #options: TopOptions;
  readonly #source: OpenSource;
  readonly #machine: MachineState;
  readonly #evaluator: Evaluator;
  readonly #pipeline: Pipeline;
  readonly #cpu = new ProcessCpu();
  #containers: LiveContainers | undefined;
  #counter = new Counter();
  #started = performance.now();
  #ownCpu = process.cpuUsage();
  #lost = new Map<string, number>();
  /** Event times, ns. */
  #first = 0;
  #last = 0;

  private constructor(options: TopOptions, source: OpenSource, engines: readonly NamedEngine[]) {
    this.#options = options;
    this.#source = source;
    const { lookupThread } = source;
    this.#machine = new MachineState({
      ...(lookupThread === undefined ? {} : { lookupThread }),
      onUnknownContainer: (id, cgroups) => this.#containers?.need(id, cgroups),
    });
    if (engines.length > 0) this.#containers = this.#follow(engines);
    const { rules, filter } = options;
    // One evaluator for both: classes of threads belong to one only.
    const all = filter === undefined ? rules : [...rules, filter];
    this.#evaluator = new Evaluator(all, this.#machine, { matching: 'all' });
    this.#pipeline = new Pipeline({
      state: this.#machine,
      judge: { evaluate: (event) => this.#judge(event) },
      onMatch: () => undefined,
      onLost: (count, reason) => void this.#lost.set(reason, (this.#lost.get(reason) ?? 0) + count),
    });
  }

  /** @throws SessionError when the source can't be had. */
  static async open(options: TopOptions): Promise<TopRun> {
    const source = await openSource(options.source);
    // What a capture does not say, no engine knows any more.
    return new TopRun(options, source, source.canWait ? [] : await openEngines(usualContainers));
  }

  /** Names and images of containers; alerts there are none. */
  #follow(engines: readonly NamedEngine[]): LiveContainers {
    const { logger } = this.#options;
    const maker = new AlertMaker(noAlerts, () => undefined);
    return new LiveContainers({
      engines,
      options: usualContainers,
      machine: this.#machine,
      maker,
      push: () => undefined,
      rules: [],
      matching: 'all',
      onMatch: () => undefined,
      onSettled: () => undefined,
      logger,
    });
  }

  /** @throws SourceError when it ends early; what was counted has been handed over. */
  async run(): Promise<void> {
    const { intervalSeconds, signal, rules, syscalls, filter } = this.#options;
    const isLive = !this.#source.canWait;
    await this.#containers?.begin(signal);
    const purge = purgeNowAndThen(this.#machine, {}, this.#source.isAlive);
    let timer: NodeJS.Timeout | undefined;
    const context: SourceContext = {
      sink: {
        snapshot: (snapshot) => {
          this.#pipeline.snapshot(snapshot);
          this.#containers?.ready(this.#pipeline);
          this.#measureCpu(0);
          this.#begin();
          if (isLive && intervalSeconds !== undefined)
            timer ??= setInterval(() => this.#finishInterval(), intervalSeconds * 1000);
          this.#options.onReady();
        },
        event: (...event) => this.#pipeline.event(...event),
        lost: (...loss) => this.#pipeline.lost(...loss),
      },
      interest: new RuleInterest(filter === undefined ? rules : [...rules, filter], syscalls),
      signal,
      batchEnd: () => undefined,
    };
    try {
      await this.#source.run(context);
    } finally {
      clearInterval(timer);
      clearInterval(purge);
      await this.#containers?.close();
      if (timer === undefined || this.#counter.total.events > 0) this.#finishInterval();
    }
  }

  #judge(event: Event): readonly Rule[] {
    const matched = this.#evaluator.evaluate(event);
    const { filter, intervalSeconds } = this.#options;
    if (this.#source.canWait && intervalSeconds !== undefined) {
      if (this.#first !== 0 && event.timeApprox >= this.#first + intervalSeconds * 1e9) this.#finishInterval();
    }
    this.#last = event.timeApprox;
    if (this.#first === 0) this.#first = this.#last;
    if (filter === undefined) this.#counter.count(event, matched);
    else if (matched.includes(filter))
      this.#counter.count(
        event,
        matched.filter((rule) => rule !== filter),
      );
    return nothing;
  }

  #begin(): void {
    this.#counter = new Counter();
    this.#started = performance.now();
    this.#ownCpu = process.cpuUsage();
    this.#first = 0;
  }

  #finishInterval(): void {
    const isLive = !this.#source.canWait;
    const elapsed = (performance.now() - this.#started) / 1000;
    const used = process.cpuUsage(this.#ownCpu);
    const seconds = isLive ? elapsed : (this.#last - this.#first) / 1e9;
    const lost = new Map(this.#lost);
    this.#lost.clear();
    this.#options.onFrame({
      counter: this.#counter,
      machine: this.#machine,
      seconds,
      time: this.#last,
      lost,
      ownCpuPercent: elapsed > 0 ? Math.round((used.user + used.system) / elapsed / 1000) / 10 : 0,
      ownMemoryBytes: process.memoryUsage.rss(),
      cpuPercent: isLive ? this.#measureCpu(seconds) : undefined,
    });
    this.#begin();
  }

  /** The processes that are known. */
  #measureCpu(seconds: number): Map<number, number> {
    const pids: number[] = [];
    for (const thread of this.#machine.threads()) if (thread.isMain && !thread.isDead) pids.push(thread.tid);
    return this.#cpu.measure(pids, seconds);
  }
}

const nothing: readonly Rule[] = [];

const noAlerts: AlertOptions = {
  hostname: '',
  jsonOutput: false,
  includeOutput: false,
  includeMessage: false,
  includeOutputFields: false,
  includeTags: false,
  isoTime: false,
  base64: false,
  appendOutput: [],
};
