import type { Priority } from '../model/alert.ts';
import type { BatchLimits, OpenOutput } from '../model/output.ts';

/** All that a delivery does, checked and with every default filled in (see defaults.ts) before it comes here. */
export interface DeliverySettings {
  readonly queue: QueueSettings;
  readonly intake: IntakeSettings;
  readonly outputs: readonly OutputSettings[];
  /** Where silences are kept; undefined: they end with the process. Tested at start and when one is added. */
  readonly silencesFile: string | undefined;
  readonly maintenance: readonly MaintenanceWindow[];
  readonly deadLetters: DeadLetterSettings;
}

/** Where alerts wait for the outputs. */
export interface QueueSettings {
  /** A folder of its own, made with mode 0700; one process at a time. undefined: in memory only, gone with the process. */
  readonly folder: string | undefined;
  /** Bytes in all; above, the oldest of the lowest priority go first. */
  readonly bytes: number;
  /** Older ones go. Milliseconds. */
  readonly ageMs: number;
  /** Bytes of a file. */
  readonly segmentBytes: number;
  /** Bytes of alerts (as JSON) kept in memory besides, so that an output that keeps up reads nothing from disk. */
  readonly tailBytes: number;
  /** Alerts still to be written, in bytes; above, new ones are refused. */
  readonly pendingBytes: number;
  /** How long the place of an output that is no longer configured is kept, and alerts for it. Milliseconds. */
  readonly forgetMs: number;
}

/** What happens to every alert on its way in, once. */
export interface IntakeSettings {
  /** Bytes of one alert as it comes; longer ones are refused. */
  readonly alertBytes: number;
  /** Characters of one text in an alert; the rest is cut, with a mark that says how much. */
  readonly textLength: number;
  /** Alerts in one body: an array, or one a line. */
  readonly alertsPerBody: number;
  /** Fields that every alert gets, over those it has. */
  readonly customFields: Readonly<Record<string, string>>;
  readonly customTags: readonly string[];
  /** Fields made from those the alert has, by templates (docs: templates). */
  readonly templatedFields: Readonly<Record<string, string>>;
  /** Stands for `[` in names of fields; `]` goes. '': names stay. */
  readonly bracketReplacer: string;
  /** `<timestamp> <priority> <output> <custom_fields> <templated_fields> <tags>`; '': the text stays. */
  readonly outputFieldFormat: string;
  /** For alerts that have none; '': stays empty. */
  readonly hostname: string;
}

/** One configured output: the same kind may be there several times. */
export interface OutputSettings {
  /** Unique, and the same from run to run: its place in the queue is kept under it. */
  readonly name: string;
  /** Two settings with equal revisions are the same, `open` included: a reload leaves such an output alone. */
  readonly revision: string;
  readonly batch: BatchLimits;
  /** Sends at the same time, from 1 to 256. Order is the order of start: 1 for strict order. */
  readonly concurrency: number;
  /** One send. Milliseconds. */
  readonly timeoutMs: number;
  readonly retry: RetrySettings;
  readonly breaker: BreakerSettings;
  readonly route: RouteSettings;
  readonly grouping: GroupingSettings | undefined;
  readonly rateLimit: RateLimitSettings | undefined;
  /** Makes the output ready. A rejection is tried again later; meanwhile alerts wait. */
  open(): Promise<OpenOutput>;
}

export interface RetrySettings {
  /** The wait before attempt n + 1 is random below min(mostMs, leastMs * 2^n); what a receiver asks for is kept to. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** After so many attempts an alert goes to the dead letters; 0: no bound. */
  readonly attempts: number;
  /** An alert that has waited so long since it was accepted goes to the dead letters. Milliseconds. */
  readonly ageMs: number;
}

/** Stops sending for a while where it is in vain. */
export interface BreakerSettings {
  /** Failed sends in a row that open it; 0: never. */
  readonly failures: number;
  /** Until one send probes again; doubles up to eight times as long while probes fail. Milliseconds. */
  readonly openMs: number;
}

/** What an output gets. Everything given has to hold; an empty list asks for nothing. */
export interface RouteSettings {
  readonly minimumPriority: Priority;
  readonly sources: readonly string[];
  /** Names, or shell patterns with `*`, `?` and `[...]`. */
  readonly rules: readonly string[];
  readonly hostnames: readonly string[];
  /** One of them is enough. */
  readonly tags: readonly string[];
  /** In the rule language, over the alert's own names (rule, priority, source, hostname, tags, output) and its fields; '': none. */
  readonly condition: string;
}

/** The first of a kind at once, then one summary with the number of the others. */
export interface GroupingSettings {
  /** Besides the rule: fields whose values tell kinds apart. */
  readonly fields: readonly string[];
  readonly windowMs: number;
  /** Kinds known at a time; more go out ungrouped. */
  readonly groups: number;
}

/** For each rule of its own, so that a loud one hides no other. */
export interface RateLimitSettings {
  /** Alerts. */
  readonly burst: number;
  readonly perSecond: number;
  /** How often a summary tells what was held back. Milliseconds. */
  readonly summaryMs: number;
  /** Rules known at a time; alerts of further ones go out unlimited. */
  readonly rules: number;
}

/** A time in which alerts are held back on purpose. */
export interface MaintenanceWindow {
  readonly name: string;
  /** IANA name, e.g. Europe/Berlin. */
  readonly zone: string;
  readonly when:
    | { readonly kind: 'range' /** Milliseconds since the epoch. */; readonly start: number; readonly end: number }
    /** `from` and `to` in minutes since midnight on the zone's clocks; `to` <= `from`: ends on the next day. */
    | {
        readonly kind: 'weekly';
        /** 0 is Sunday; the days it starts on; all seven: daily. */
        readonly days: readonly number[];
        readonly from: number;
        readonly to: number;
      };
  readonly match: MatchSettings;
}

/** Which alerts a silence or a maintenance window is about. Empty lists and '' ask for nothing. */
export interface MatchSettings extends Omit<RouteSettings, 'minimumPriority'> {
  /** Less severe ones and this. */
  readonly maximumPriority: Priority;
  /** Names of outputs; empty: all. */
  readonly outputs: readonly string[];
}

export interface Silence {
  readonly id: string;
  readonly match: MatchSettings;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly author: string;
  readonly comment: string;
}

/** Where alerts go that an output will never take. */
export interface DeadLetterSettings {
  /** A folder with a file for each output, mode 0600; undefined: counted and logged only. */
  readonly folder: string | undefined;
  /** Bytes of each file; when it is full the older half goes, counted. */
  readonly bytes: number;
}

/** A mistake in settings, by the path of the setting (`outputs[0].route.condition`). */
export interface SettingProblem {
  readonly path: string;
  /** Characters from the start of the setting's text, where it is within one. */
  readonly offset: number | undefined;
  readonly message: string;
}
