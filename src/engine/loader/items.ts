import type { Priority } from '../../model/alert.ts';
import type { Context } from './context.ts';

/** A name's first definition decides its place among its kind, its last change what it can see. */
interface Ordered {
  index: number;
  readonly visibility: number;
}

/** A list as its items define it so far; texts are byte strings. */
export interface ListItem extends Ordered {
  readonly name: string;
  readonly context: Context;
  readonly items: readonly string[];
}

/** A macro as its items define it so far; texts are byte strings. */
export interface MacroItem extends Ordered {
  readonly name: string;
  readonly context: Context;
  readonly conditionContext: Context;
  readonly condition: string;
}

/** A text, or a list of texts and lists. */
export type Nested = string | readonly Nested[];

/** An exception of a rule; what it leaves out is undefined. */
export interface ExceptionItem {
  readonly name: string;
  readonly context: Context;
  readonly fields: Nested | undefined;
  readonly comps: Nested | undefined;
  readonly values: readonly Nested[];
}

/** What an item says of a rule; keys that it does not have are undefined. */
export interface RuleChange {
  readonly condition?: string;
  readonly output?: string;
  readonly description?: string;
  readonly priority?: Priority;
  readonly tags?: readonly string[];
  readonly exceptions?: readonly ExceptionItem[];
  readonly enabled?: boolean;
  readonly capture?: boolean;
  readonly captureDurationMs?: number;
  readonly warnEventTypes?: boolean;
  readonly skipIfUnknownFilter?: boolean;
}

/** A rule as its items define it so far; texts are byte strings. */
export interface RuleItem extends Ordered, Required<RuleChange> {
  readonly name: string;
  readonly source: string;
  readonly unknownSource: boolean;
  readonly context: Context;
  readonly conditionContext: Context;
  readonly outputContext: Context;
}
