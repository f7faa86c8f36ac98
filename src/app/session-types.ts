import type { Logger } from '../base/log.ts';
import type { RuleStatistics } from '../engine/eval/evaluator.ts';
import type { Priority } from '../model/alert.ts';
import type { FieldTable } from '../model/field.ts';
import type { LossDetails, ProgramRuns, SourceError, SourceHold } from '../model/source.ts';
import type { AlertOptions } from '../pipeline/alerts.ts';
import type { CaptureCounts, CaptureOptions } from '../pipeline/captures/alert-captures.ts';
import type { OpenWriter } from '../model/writer.ts';
import type { Losses } from '../pipeline/losses.ts';
import type { Rule } from '../pipeline/pipeline.ts';
import type { StateCounters } from '../state/counters.ts';
import type { StateOptions } from '../state/machine-state.ts';
import type { SyscallSelection } from './interest.ts';
import type { KubernetesCounts } from '../kubernetes/kubernetes-watch.ts';
import type { KubernetesOptions } from './kubernetes.ts';
import type { ContainerOptions } from './container-options.ts';
import type { ContainerCounts } from './live-containers.ts';
import type { Scanned } from './metrics/scanned.ts';
import type { SourceId, WriterId } from './registry.ts';
import type { Session } from './session.ts';

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
  /** Takes alerts besides those, for delivery to other places. */
  readonly delivery?: OpenWriter | undefined;
  /** An output that does not open is logged and left out, as long as another one opens. */
  readonly skipBrokenOutputs?: boolean;
  /** Most alerts that wait for outputs, and milliseconds after which a write counts as stuck. */
  readonly queue: { readonly capacity: number; readonly timeoutMs: number };
  readonly state: StateOptions;
  /** Container engines to ask when live; absent: none. */
  readonly containers?: ContainerOptions | undefined;
  /** The cluster to ask what pods belong to when live; absent: none. */
  readonly kubernetes?: KubernetesOptions | undefined;
  /** Live: system calls that failed are left out. */
  readonly dropsFailed?: boolean;
  /** Leave out near the source what no rule can tell of. All events come where they are recorded. */
  readonly filtersOpens?: boolean;
  /** Which system calls a live source watches; who gives it also tells the user what it leaves out. */
  readonly syscalls?: SyscallSelection;
  /** Capture file to write everything that passes to. */
  readonly record?: string | undefined;
  /** What to record when rules match; absent: nothing. */
  readonly captures?: CaptureOptions | undefined;
  /** Seconds after which the session ends: of event time in a replay, by the clock when live. */
  readonly durationSeconds?: number | undefined;
  /** Takes what the source has open to the next session, when this one ends to begin anew. */
  readonly hold?: SourceHold | undefined;
  readonly logger: Logger;
  /** Ends the session: what was seen is still judged and written. */
  readonly signal: AbortSignal;
  /** An output failed. @returns true: nothing more is to be said about it. */
  readonly onOutputError?: (id: string, error: Error) => boolean;
  /** Events were lost, of so many that arrived so far; it is logged in any case. */
  readonly onLost?: (count: number, events: number, session: Session, details: LossDetails | undefined) => void;
  /** Called once when the source has begun: from here on, what happens is seen. */
  readonly onReady?: (session: Session) => void;
}

/** What a session has counted so far. */
export interface SessionCounts {
  readonly events: number;
  readonly malformed: number;
  /** By CPU, from 0 on. */
  readonly eventsByCpu: Float64Array;
  /** Events that the source lost, by reason. */
  readonly eventsLost: ReadonlyMap<string, number>;
  /** What else is known of them. */
  readonly losses: Losses;
  /** What was there when watching began; undefined: it has not begun. */
  readonly scanned: Scanned | undefined;
  /** How the programs in the kernel run, as far as it measures that. */
  readonly programs: readonly ProgramRuns[];
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
  /** undefined: no engine and no cluster is asked. */
  readonly containers: ContainerCounts | undefined;
  readonly kubernetes: KubernetesCounts | undefined;
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
  /** Events that the source left out, since no rule could tell of them. */
  readonly leftOut: number;
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
