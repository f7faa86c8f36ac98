import type { Priority } from './alert.ts';

/** A rule after all files are loaded: lists and macros filled in, exceptions and overrides applied. */
export interface LoadedRule<Condition> {
  readonly name: string;
  /** Order of first definition, from 0. */
  readonly index: number;
  /** The condition with macros and exceptions in place. */
  readonly condition: Condition;
  readonly output: string;
  readonly priority: Priority;
  readonly source: string;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly capture: boolean;
  readonly captureDurationMs: number;
  readonly file: string;
  /** Codes of the events that can match, by the checks on evt.type. */
  readonly eventTypes: ReadonlySet<number>;
}
