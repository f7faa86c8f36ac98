import type { LogFields } from '../base/log.ts';
import type { FdSnapshot, Snapshot, ThreadSnapshot } from './machine.ts';
import type { Doc, In, Out, Schema } from './schema.ts';

/** What is known of events that were lost at once. */
export interface LossDetails {
  /** By event code. */
  readonly byEvent: ReadonlyMap<number, number>;
  readonly byCpu: ReadonlyMap<number, number>;
  /** The processes that made them, those with most first. Process 0 stands for more of them than could be told apart. */
  readonly culprits: readonly Culprit[];
}

/** A process whose events were lost. */
export interface Culprit {
  readonly pid: number;
  /** Name of the thread whose event was the first of them; a byte string. */
  readonly name: string;
  /** Id of its control group in the version 2 hierarchy. */
  readonly cgroup: number;
  readonly drops: number;
}

/**
 * Where a source hands over what it has. Events come as the blocks of a capture file: u32 block type, u32 block length,
 * u16 cpu, [u32 flags in types ...7 and 0x222], event header, lengths, values. So replay, live kernel and recording
 * share one format and nothing is translated on the way.
 */
export interface EventSink {
  /** State of the machine at this point: at the start, and again where a capture holds a second section. */
  snapshot(snapshot: Snapshot): void;
  /**
   * One event. `header` is the offset of its 26-byte header in `bytes`; `view` covers the same memory.
   * The memory is the source's again when this returns. `isForState`: the capture holds it for the state that follows from
   * it, rules are not about it.
   */
  event(bytes: Buffer, view: DataView, header: number, cpu: number, isForState?: boolean): void;
  /** Events that were lost before this point, why, and what is known of them. */
  lost(count: number, reason: string, details?: LossDetails): void;
  /** The machine's clock was set by so many milliseconds: so much later are the times of what comes. */
  clockSet?(milliseconds: number): void;
}

/** Which events are wanted, by the names of their system calls (and `procexit`); it may change while a source runs. */
export interface Interest {
  names(): Iterable<string>;
  /** Codes of events that must get through even when others flood the machine, beside those that the source knows itself. */
  critical?(): Iterable<number>;
  /** Calls of which rules may tell; the others are watched for the state alone. */
  judged?(): ReadonlySet<string>;
  /** @returns a function that ends the subscription. */
  onChange(listener: () => void): () => void;
}

/** What the kernel has measured of one of a source's programs. */
export interface ProgramRuns {
  readonly name: string;
  readonly runs: number;
  readonly nanoseconds: number;
}

/** Opens that are all alike: of a plain file that was there before, or failed. */
export interface OpenKind {
  /** Name of the program (proc.name); a byte string. */
  readonly program: string;
  readonly call: 'open' | 'openat';
  /** Flags and mode as in the event. */
  readonly flags: number;
  readonly mode: number;
  /** 0: they succeeded; else the negative error number. */
  readonly error: number;
  /** A byte string; absolute. */
  readonly path: string;
}

/** For sources that can leave events out before they cost anything. */
export interface SourceFilter {
  /** Opens that no rule can match and whose descriptors no one asks for, found since the last call; mostly none. */
  take(): readonly OpenKind[];
  /** The source can't hold more: it has forgotten all, and those that still occur are to be named again. */
  restart(): void;
  /** Events left out so far. */
  leftOut: number;
}

/** What a source works with while it runs. */
/**
 * Where a source leaves what it has open when a session ends only to begin anew, with other rules: so nothing that happens
 * in between is missed. Whoever runs the sessions makes it, and closes it behind the last one.
 */
export class SourceHold {
  /** The session that runs now is followed by another one. */
  isFollowed = false;
  #kept: { readonly what: unknown; readonly close: () => void } | undefined;

  /** @param close ends what no next session has taken. */
  keep(what: unknown, close: () => void): void {
    this.close();
    this.#kept = { what, close };
  }

  /** What the session before has left, which is now the caller's to close; undefined: nothing. */
  take(): unknown {
    const what = this.#kept?.what;
    this.#kept = undefined;
    this.isFollowed = false;
    return what;
  }

  close(): void {
    this.#kept?.close();
    this.#kept = undefined;
  }
}

export interface SourceContext {
  readonly sink: EventSink;
  /** Takes what is open from one session to the next; absent: there is only one. */
  readonly hold?: SourceHold | undefined;
  /** What a source that can choose should deliver; without it, all that it deems useful. */
  readonly interest?: Interest;
  /** What may be left out; absent: nothing. */
  readonly filter?: SourceFilter | undefined;
  /** Called once when a live source has something to wait for before the first event: there is half a second to use. */
  meanwhile?(): void;
  /** Stops the source: it hands over what it already has and returns. */
  readonly signal: AbortSignal;
  /** Called between batches: while it is pending, the source waits (back-pressure). */
  batchEnd(): void | Promise<void>;
  /**
   * From now on, SIGINT, SIGTERM and SIGHUP go to the listener and do not end the session: they are for the command that
   * the source runs. @returns ends that.
   */
  takeSignals?(listener: (signal: EndSignal) => void): () => void;
  /** The source has programs in the kernel, and tells how they run whenever it is asked while it runs itself. */
  hasPrograms?(read: () => readonly ProgramRuns[]): void;
  /** Something that a person should know, who goes on all the same. */
  readonly note?: (message: string, fields: LogFields) => void;
  /** The command that the source runs has ended: its exit code, or 128 and the number of the signal that ended it. */
  commandEnded?(exitCode: number): void;
}

/** Signals by which a program is asked to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** src/sources/<id>/index.ts default-exports one of these. */
export interface SourceSpec<C extends Schema = Schema> extends Doc {
  readonly config: C;
  readonly eventSource: string;
  readonly examples: readonly { readonly title: string; readonly config: In<C> }[];
  /** Reasons why it can't run here, for a person to read, with the remedy; empty: it can. */
  preflight?(config: Out<C>): readonly string[];
  /** What is known of a thread that no event introduced; undefined: it is gone. For live sources. */
  lookupThread?(config: Out<C>, tid: number): { thread: ThreadSnapshot; fds: FdSnapshot[] } | undefined;
  /** Whether a thread still exists, cheaply; for threads whose end was missed. For live sources. */
  isAlive?(config: Out<C>, tid: number): boolean;
  /** Runs until the input ends or the signal stops it. @throws SourceError when it ends early; all events before it were handed over. */
  run(config: Out<C>, context: SourceContext): Promise<void>;
}

/** Makes the literal of a source; the types of its functions follow from its schema. */
export function source<C extends Schema>(spec: SourceSpec<C>): SourceSpec<C> {
  return spec;
}

/** A source that could not go on: a damaged file, a refused kernel feature. The message names place and remedy. */
export class SourceError extends Error {}
