import { didYouMean } from '../../base/suggest.ts';
import { decodeBytes } from '../../base/utf8.ts';
import type { Collector } from './collector.ts';
import type { Context } from './context.ts';
import type { ReportBuilder } from './report-builder.ts';
import type { YamlMap } from './yaml-node.ts';

/** The field's warning about `append`. */
export const appendDeprecated =
  "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.";
/** The field's error for an item with both keys. */
export const appendWithOverride =
  "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.";

/** Where the items of a file go and what is said about them. */
export interface ReadingState {
  readonly collector: Collector;
  readonly report: ReportBuilder;
  /** Names of macros, lists and rules that could not be read. */
  readonly broken: Set<string>;
}

/** Warns of keys that an item does not have. */
export function warnUnknownKeys(
  item: YamlMap,
  known: readonly string[],
  context: Context,
  report: ReportBuilder,
): void {
  for (const { key } of item.entries) {
    if (known.includes(key)) continue;
    const help = didYouMean(decodeBytes(key), known);
    report.unknownKey(`Unknown key '${key}'. The key will be ignored.`, context, help);
  }
}
