import type { Stage } from './stage.ts';

/** One course of events and what the rules have to say about it. */
interface RuleScenario {
  readonly title: string;
  /** Builds the events. */
  readonly play: () => Stage;
  /** Rules that fire besides the one in question; mostly none. */
  readonly also?: readonly string[];
}

/** Both sides of one rule: what it must report, and its harmless neighbours, which must not alert at all. */
export interface RuleScenarios {
  readonly rule: string;
  readonly fires: readonly RuleScenario[];
  readonly quiet: readonly RuleScenario[];
  /** A rules file loaded behind the default ones for these scenarios, as a user would to fit the rule to his place. */
  readonly override?: string;
}

/** A row of the tables: a title and what happens. */
export type Row = readonly [title: string, play: () => Stage, ...also: string[]];

export function about(rule: string, fires: readonly Row[], quiet: readonly Row[], override?: string): RuleScenarios {
  return { rule, fires: fires.map(row), quiet: quiet.map(row), ...(override === undefined ? {} : { override }) };
}

function row([title, play, ...also]: Row): RuleScenario {
  return { title, play, also };
}
