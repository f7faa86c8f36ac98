import { type Context, within } from './context.ts';
import { optionalBool, optionalText, requiredBool, requiredPriority, requiredText, requiredTexts } from './decode.ts';
import { type ReadingState, warnUnknownKeys } from './item-keys.ts';
import type { ExceptionItem } from './items.ts';
import { readExceptions } from './read-exceptions.ts';
import { readOverrides } from './read-overrides.ts';
import { appendable, changeReaders, knownKeys, replaceable } from './read-rule.ts';
import { ReportBuilder, RuleFailure } from './report-builder.ts';
import { entryOf, type YamlMap } from './yaml-node.ts';

/** Tells what else is wrong with an item: each attempt reads one part of it. */
class Review {
  readonly #report: ReportBuilder;
  readonly #told: Set<string>;

  constructor(report: ReportBuilder, first: RuleFailure) {
    this.#report = report;
    this.#told = new Set([textOf(first)]);
  }

  try<T>(attempt: () => T): T | undefined {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error;
      const text = textOf(error);
      if (!this.#told.has(text)) this.#report.failure(error);
      this.#told.add(text);
      return undefined;
    }
  }
}

function textOf({ message, context }: RuleFailure): string {
  return `${context.type} ${context.mark.offset} ${message}`;
}

/**
 * Tells what else is wrong with an item that can't be read. The field's loader stops at an item's first mistake; who
 * corrects a file wants to know of all.
 * @param first what has been told.
 */
export function reviewItem(item: YamlMap, parent: Context, state: ReadingState, first: RuleFailure): void {
  const review = new Review(state.report, first);
  if (entryOf(item, 'list') !== undefined) {
    const context = within(parent, 'list', nameOf(item, 'list'), item);
    review.try(() => requiredTexts(item, 'items', context));
    reviewOverrides(review, item, ['items'], ['items'], context);
    warnUnknownKeys(item, ['list', 'items', 'append', 'override'], context, state.report);
  } else if (entryOf(item, 'macro') !== undefined) {
    const context = within(parent, 'macro', nameOf(item, 'macro'), item);
    review.try(() => requiredText(item, 'condition', context));
    reviewOverrides(review, item, ['condition'], ['condition'], context);
    warnUnknownKeys(item, ['macro', 'condition', 'append', 'override'], context, state.report);
  } else if (entryOf(item, 'rule') !== undefined) {
    reviewRule(review, item, within(parent, 'rule', nameOf(item, 'rule'), item), state);
  }
}

function nameOf(item: YamlMap, key: string): string {
  const value = entryOf(item, key)?.value;
  return value?.kind === 'scalar' ? value.value : '';
}

/** The item with one entry more in place of those of a key. */
function withOnly(item: YamlMap, key: string, value: YamlMap['entries'][number]['value']): YamlMap {
  const entries = item.entries.filter((entry) => entry.key !== key);
  return { ...item, entries: [...entries, { key, keyMark: value.mark, value }] };
}

function reviewOverrides(
  review: Review,
  item: YamlMap,
  addable: readonly string[],
  changeable: readonly string[],
  context: Context,
): void {
  review.try(() => optionalBool(item, 'append', context));
  const value = entryOf(item, 'override')?.value;
  if (value?.kind !== 'map') return;
  for (const entry of value.entries) {
    const only = withOnly({ ...item, entries: [] }, 'override', { ...value, entries: [entry] });
    review.try(() => readOverrides(only, addable, changeable, context));
  }
}

const definitionKeys = ['condition', 'output', 'desc', 'priority'];

function reviewRule(review: Review, item: YamlMap, context: Context, state: ReadingState): void {
  const has = (key: string) => entryOf(item, key) !== undefined;
  const isChange = has('override') || has('append');
  const isDefinition = !isChange && definitionKeys.some(has);
  reviewOverrides(review, item, appendable, replaceable, context);
  if (!isChange && !isDefinition) review.try(() => requiredBool(item, 'enabled', context));
  // What there is to warn of has been told up to the first mistake; it is not worth being told twice.
  const unheard = new ReportBuilder();
  for (const [key, read] of changeReaders) {
    if (key === 'exceptions' || (!has(key) && !(isDefinition && definitionKeys.includes(key)))) continue;
    review.try(() => (key === 'priority' ? requiredPriority(item, context) : read(item, context, isChange, unheard)));
  }
  const source = review.try(() => optionalText(item, 'source', context)) ?? 'syscall';
  const exceptions = reviewExceptions(review, item, context, isChange, source, state);
  if (isDefinition) reviewTexts(item, context, source, exceptions, state);
  warnUnknownKeys(item, knownKeys, context, state.report);
}

function reviewExceptions(
  review: Review,
  item: YamlMap,
  context: Context,
  isChange: boolean,
  source: string,
  { collector }: ReadingState,
): ExceptionItem[] {
  const list = entryOf(item, 'exceptions')?.value;
  if (list?.kind !== 'seq') {
    review.try(() => readExceptions(item, context, isChange, new ReportBuilder()));
    return [];
  }
  return list.items.flatMap((node) => {
    const only = withOnly({ ...item, entries: [] }, 'exceptions', { ...list, items: [node] });
    const found = review.try(() => readExceptions(only, context, isChange, new ReportBuilder())) ?? [];
    if (isChange) return [];
    return found.flatMap((exception) => review.try(() => collector.checkedException(exception, source)) ?? []);
  });
}

/** Has condition and output compiled where they can be read, although the rule can't be loaded. */
function reviewTexts(
  item: YamlMap,
  context: Context,
  source: string,
  exceptions: readonly ExceptionItem[],
  { collector }: ReadingState,
): void {
  const condition = entryOf(item, 'condition')?.value;
  const output = entryOf(item, 'output')?.value;
  const textOf = (key: string) => nameOf(item, key);
  if (condition?.kind !== 'scalar' || condition.value === '') return;
  collector.review({
    name: nameOf(item, 'rule'),
    context,
    condition: condition.value,
    conditionContext: within(context, 'rule condition', '', condition),
    output: textOf('output').trim(),
    outputContext: output === undefined ? context : within(context, 'rule output', '', output),
    description: textOf('desc'),
    priority: 'Debug',
    source,
    enabled: false,
    capture: false,
    captureDurationMs: 0,
    warnEventTypes: false,
    skipIfUnknownFilter: textOf('skip-if-unknown-filter').toLowerCase() === 'true',
    tags: [],
    exceptions,
  });
}
