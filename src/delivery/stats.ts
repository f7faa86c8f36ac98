import type { Priority } from '../model/alert.ts';

/** Numbers of a delivery. All counters only grow while the process lives. */
export interface DeliveryStats {
  readonly intake: {
    readonly accepted: number;
    /** By reason. */
    readonly rejected: Readonly<Record<string, number>>;
    /** Texts that were cut to the configured length. */
    readonly cut: number;
    /** By priority; alerts from the engine and from elsewhere. */
    readonly byPriority: Readonly<Record<Priority, number>>;
  };
  readonly queue: QueueStats;
  /** By name. */
  readonly outputs: ReadonlyMap<string, OutputStats>;
}

export interface QueueStats {
  readonly durable: boolean;
  /** Alerts held, and their bytes. */
  readonly count: number;
  readonly bytes: number;
  /** Milliseconds since the oldest was accepted; 0: none. */
  readonly oldestMs: number;
  readonly segments: number;
  /** Deleted before every output had them, by priority. */
  readonly evicted: Readonly<Record<Priority, number>>;
  readonly expired: Readonly<Record<Priority, number>>;
  /** Places in files that could not be read back, and their bytes: after a power cut, or changed on disk. */
  readonly damaged: number;
  readonly damagedBytes: number;
  /** Refused because they could not be written. */
  readonly failed: number;
  /** Why the last write failed; undefined: it did not. */
  readonly problem: string | undefined;
}

export type BreakerState = 'closed' | 'open' | 'probing';

export interface OutputStats {
  readonly paused: boolean;
  /** Whether it could be opened. */
  readonly ready: boolean;
  /** Whether the last send, or the opening, failed: it is tried again. */
  readonly failing: boolean;
  /** Alerts of the queue that it has not passed; some may turn out not to be for it. */
  readonly depth: number;
  readonly oldestMs: number;
  readonly inFlight: number;
  readonly sent: number;
  /** Sends, and those that failed. */
  readonly sends: number;
  readonly failures: number;
  /** Alerts that were tried again, once for each further attempt. */
  readonly retried: number;
  /** To the dead letters. */
  readonly dead: number;
  /** Neither sent nor a dead letter, by reason: priority, source, rule, hostname, tag, condition, silenced, maintenance, grouped, limited, evicted, expired. */
  readonly held: Readonly<Record<string, number>>;
  readonly summaries: number;
  readonly breaker: BreakerState;
  readonly lastError: string | undefined;
  /** Milliseconds since the epoch. */
  readonly lastErrorAt: number | undefined;
  /** Of one send, successful or not. */
  readonly latency: Histogram;
}

/** Seconds: `counts[i]` lie at or below `bounds[i]` and above the bound before; the last count is of those above all. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}
