import type { Priority } from './alert.ts';

/** A value in a notice: what JSON has, with integers beyond 2^53 kept exactly. */
export type NoticeValue = string | number | bigint | boolean | null | readonly NoticeValue[];

/**
 * An alert on its way to outputs: from Saker's own engine, or from any Falco by HTTP, NATS or Kafka. Text is ordinary
 * UTF-16 text; all of it may come from an attacker, and every output escapes it as its place needs.
 */
export interface Notice {
  /** UUID; the same each time the notice is sent, so that receivers can drop repeats. */
  readonly uuid: string;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The same as RFC 3339 with nine decimals, UTC: `2026-11-21T05:29:25.123456789Z`. */
  readonly timeText: string;
  readonly hostname: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  /** Sorted. */
  readonly tags: readonly string[];
  /** The alert's text. */
  readonly output: string;
  /** `output_fields`: fields of the rule's output, custom and templated fields. Never empty. */
  readonly fields: ReadonlyMap<string, NoticeValue>;
  /** The whole as one line of JSON: uuid, output, priority, rule, time, output_fields, source, tags, hostname. */
  readonly json: string;
}
