import type { BoundExpr } from '../engine/bound.ts';
import { Event } from '../model/event.ts';
import { events } from '../model/event-table.ts';
import type { Snapshot } from '../model/machine.ts';
import type { LoadedRule } from '../model/rule.ts';
import type { EventSink, LossDetails } from '../model/source.ts';
import { Losses } from './losses.ts';

/** By event code: 1 for opens with a path. */
const openCodes = Uint8Array.from(events, ({ code }) => Number(/^SYSCALL_(OPEN|OPENAT_2)_X$/.test(code)));

export type Rule = LoadedRule<BoundExpr>;

const cpuSlots = 1024;

/** What the pipeline needs of the state (src/state). */
interface State {
  load(snapshot: Snapshot): void;
  apply(event: Event): boolean;
  after(event: Event): void;
}

/** What the pipeline needs of the evaluation (src/engine). */
interface Judge {
  evaluate(event: Event): readonly Rule[];
}

/** Copies what passes into a capture. */
export interface Recorder {
  snapshot(snapshot: Snapshot): void;
  event(bytes: Buffer, view: DataView, header: number): boolean;
}

/** The steps of an event, and whom to tell. */
export interface PipelineOptions {
  readonly state: State;
  readonly judge: Judge;
  /** Called at once for each event that matches, in the order of the rules; the event is gone when it returns. */
  readonly onMatch: (event: Event, rules: readonly Rule[]) => void;
  readonly onLost?: (count: number, reason: string, details: LossDetails | undefined) => void;
  /** Events that are as good as not there: neither state nor rules nor recordings see them. */
  readonly leavesOut?: (event: Event) => boolean;
  /** Sees the opens that no rule has matched. */
  readonly onQuietOpen?: ((event: Event) => void) | undefined;
  /** See every event before the state does. */
  readonly recorders?: readonly Recorder[];
  /** Nanoseconds of event time after the first event, when `onDeadline` is called once; Infinity: never. */
  readonly deadlineNs?: number;
  readonly onDeadline?: () => void;
}

/**
 * The way of an event, from the source's memory to the verdict: decode, state, rules, state again. Everything happens
 * in one call, in the order of the source; nothing is queued or allocated here.
 */
export class Pipeline implements EventSink {
  /** Events seen, malformed ones included. */
  events = 0;
  /** Events that could not be read: unknown type or a length that does not fit. */
  malformed = 0;
  /** Events that the source lost. */
  readonly losses = new Losses();
  /** Events by the number of the CPU that they happened on; the last one is for all beyond. */
  readonly eventsByCpu = new Float64Array(cpuSlots);
  /** Time of the last event, nanoseconds since the epoch as a double. */
  lastEventTime = 0;
  readonly #event = new Event();
  readonly #options: PipelineOptions;
  readonly #state: State;
  readonly #recorders: readonly Recorder[];
  readonly #leavesOut: ((event: Event) => boolean) | undefined;
  readonly #onQuietOpen: ((event: Event) => void) | undefined;
  #judge: Judge;
  #deadline = -1;
  #isOver = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#onQuietOpen = options.onQuietOpen;
    this.#judge = options.judge;
    this.#recorders = options.recorders ?? [];
    this.#leavesOut = options.leavesOut;
  }

  /** Puts other rules in place; takes effect with the next event. */
  replaceRules(judge: Judge): void {
    this.#judge = judge;
  }

  snapshot(snapshot: Snapshot): void {
    for (const recorder of this.#recorders) recorder.snapshot(snapshot);
    this.#state.load(snapshot);
  }

  event(bytes: Buffer, view: DataView, header: number, cpu: number, isForState = false): void {
    if (this.#isOver) return;
    const event = this.#event;
    event.num = ++this.events;
    this.eventsByCpu[cpu < cpuSlots ? cpu : cpuSlots - 1]!++;
    if (!event.read(bytes, view, header, cpu)) {
      this.malformed++;
      return;
    }
    if (this.#leavesOut?.(event)) {
      this.events--;
      return;
    }
    const time = event.timeApprox;
    this.lastEventTime = time;
    if (this.#deadline < 0) this.#deadline = time + (this.#options.deadlineNs ?? Number.POSITIVE_INFINITY);
    if (time >= this.#deadline) {
      // The source still hands over the rest of its batch.
      this.#isOver = true;
      this.events--;
      this.#options.onDeadline?.();
      return;
    }
    for (let i = 0; i < this.#recorders.length; i++) this.#recorders[i]!.event(bytes, view, header);
    if (this.#state.apply(event) && !isForState) {
      const rules = this.#judge.evaluate(event);
      if (rules.length > 0) this.#options.onMatch(event, rules);
      else if (this.#onQuietOpen !== undefined && openCodes[event.type] === 1) this.#onQuietOpen(event);
    }
    this.#state.after(event);
  }

  lost(count: number, reason: string, details?: LossDetails): void {
    this.losses.add(count, reason, details);
    this.#options.onLost?.(count, reason, details);
  }
}
