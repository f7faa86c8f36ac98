import type { Value } from './field.ts';

/** Severities from most to least severe; the index is the syslog number. Names as alerts show them. */
export const priorities = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const;
export type Priority = (typeof priorities)[number];

/** What is told when a rule matches. Text here is ordinary UTF-16 text: the byte strings end where alerts begin. */
export interface Alert {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly hostname: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  /** Sorted. */
  readonly tags: readonly string[];
  /** The rule's output with its fields filled in, without time and priority. */
  readonly message: string;
  /** Fields of the output by their text; null: no value. In the order of the output. */
  readonly fields: ReadonlyMap<string, Value | null>;
  /** The line that outputs write, in the configured format, without newline: text or JSON. */
  readonly line: string;
}
