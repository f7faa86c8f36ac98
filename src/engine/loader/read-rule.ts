import { type Context, within } from './context.ts';
import {
  optionalBool,
  optionalCount,
  optionalEmptyText,
  optionalText,
  optionalTexts,
  refuse,
  requiredBool,
  requiredPriority,
  requiredText,
} from './decode.ts';
import { appendDeprecated, appendWithOverride, type ReadingState, warnUnknownKeys } from './item-keys.ts';
import type { RuleChange } from './items.ts';
import { readExceptions } from './read-exceptions.ts';
import { type Overrides, readOverrides } from './read-overrides.ts';
import type { ReportBuilder } from './report-builder.ts';
import { entryOf, type YamlMap } from './yaml-node.ts';

const enabledDeprecated =
  "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the 'override' key (i.e. 'enabled: replace').";

/** Keys that an item may add to, and those that it may replace, in a rule that exists. */
export const appendable = ['condition', 'exceptions', 'output', 'desc', 'tags'];
/** Keys of a rule that exists that an item may replace. */
export const replaceable = [
  ...appendable,
  'priority',
  'capture',
  'capture_duration',
  'enabled',
  'warn_evttypes',
  'skip-if-unknown-filter',
];
/** All keys of a rule. */
export const knownKeys = ['rule', 'source', 'override', 'append', ...replaceable];

/** Reads an item that defines, changes or toggles a rule. */
export function readRule(item: YamlMap, parent: Context, state: ReadingState): void {
  const { collector, report } = state;
  const name = requiredText(item, 'rule', within(parent, 'rule', '', item));
  const context = within(parent, 'rule', name, item);
  const source = optionalEmptyText(item, 'source', context) ?? '';
  const append = optionalBool(item, 'append', context) ?? false;
  if (append) report.warning('LOAD_DEPRECATED_ITEM', appendDeprecated, context);
  const overrides = readOverrides(item, appendable, replaceable, context);
  const hasOverrides = overrides.append.size + overrides.replace.size > 0;
  if (append && hasOverrides) refuse(appendWithOverride, context);
  if (hasOverrides) {
    overrideRule(name, source, item, overrides, context, state);
  } else if (append) {
    const condition = optionalText(item, 'condition', context);
    const change = {
      ...(condition === undefined ? {} : { condition }),
      ...(has(item, 'exceptions') ? { exceptions: readExceptions(item, context, true, report) } : {}),
    };
    collector.appendRule(name, source, change, context);
  } else if (['condition', 'output', 'desc', 'priority'].some((key) => has(item, key))) {
    defineRule(name, item, context, state);
  } else {
    const enabled = requiredBool(item, 'enabled', context);
    report.warning('LOAD_DEPRECATED_ITEM', enabledDeprecated, context);
    collector.enableRule(name, enabled, context);
  }
  warnUnknownKeys(item, knownKeys, context, report);
}

function has(item: YamlMap, key: string): boolean {
  return entryOf(item, key) !== undefined;
}

function defineRule(name: string, item: YamlMap, context: Context, { collector, report }: ReadingState): void {
  const condition = requiredText(item, 'condition', context);
  const output = requiredText(item, 'output', context);
  const description = requiredText(item, 'desc', context);
  const rule = {
    name,
    context,
    condition,
    conditionContext: within(context, 'rule condition', '', entryOf(item, 'condition')!.value),
    output: output.trim(),
    outputContext: within(context, 'rule output', '', entryOf(item, 'output')!.value),
    description,
    priority: requiredPriority(item, context),
    source: optionalText(item, 'source', context) ?? 'syscall',
    enabled: optionalBool(item, 'enabled', context) ?? true,
    capture: optionalBool(item, 'capture', context) ?? false,
    captureDurationMs: optionalCount(item, 'capture_duration', context) ?? 0,
    warnEventTypes: optionalBool(item, 'warn_evttypes', context) ?? true,
    skipIfUnknownFilter: optionalBool(item, 'skip-if-unknown-filter', context) ?? false,
    tags: [...new Set(optionalTexts(item, 'tags', context) ?? [])],
    exceptions: readExceptions(item, context, false, report),
  };
  collector.defineRule(rule, report);
}

function overrideRule(
  name: string,
  source: string,
  item: YamlMap,
  overrides: Overrides,
  context: Context,
  { collector, report }: ReadingState,
): void {
  const open = new Set(replaceable.filter((key) => has(item, key)));
  // A source counts only together with a condition.
  const sourceOf = (keys: Set<string>) => (keys.has('condition') ? source : '');
  if (overrides.append.size > 0) {
    const change = readChange(item, overrides.append, 'append', open, context, report);
    collector.appendRule(name, sourceOf(overrides.append), change, context);
  }
  if (overrides.replace.size > 0) {
    const change = readChange(item, overrides.replace, 'replace', open, context, report);
    collector.replaceInRule(name, sourceOf(overrides.replace), change, context);
  }
  const left = [...open].sort()[0];
  if (left === undefined) return;
  refuse(
    `Unexpected key '${left}': no corresponding entry under 'override' is defined.`,
    within(context, 'overrides', left, entryOf(item, left)!.value),
  );
}

type ChangeReader = (item: YamlMap, context: Context, append: boolean, report: ReportBuilder) => RuleChange;

/** Reads one key each, in the order in which they are looked at. All throw RuleFailure. */
export const changeReaders: readonly (readonly [string, ChangeReader])[] = [
  ['condition', (item, context) => ({ condition: requiredText(item, 'condition', context) })],
  ['exceptions', (item, context, append, report) => ({ exceptions: readExceptions(item, context, append, report) })],
  ['output', (item, context) => ({ output: requiredText(item, 'output', context) })],
  ['desc', (item, context) => ({ description: requiredText(item, 'desc', context) })],
  ['tags', (item, context) => ({ tags: [...new Set(optionalTexts(item, 'tags', context) ?? [])] })],
  ['priority', (item, context) => ({ priority: requiredPriority(item, context) })],
  ['capture', (item, context) => ({ capture: requiredBool(item, 'capture', context) })],
  [
    'capture_duration',
    (item, context) => ({ captureDurationMs: optionalCount(item, 'capture_duration', context) ?? 0 }),
  ],
  ['enabled', (item, context) => ({ enabled: requiredBool(item, 'enabled', context) })],
  ['warn_evttypes', (item, context) => ({ warnEventTypes: requiredBool(item, 'warn_evttypes', context) })],
  [
    'skip-if-unknown-filter',
    (item, context) => ({ skipIfUnknownFilter: requiredBool(item, 'skip-if-unknown-filter', context) }),
  ],
];

/** The values of the overridden keys; takes them out of `open`. */
function readChange(
  item: YamlMap,
  keys: Set<string>,
  operation: 'append' | 'replace',
  open: Set<string>,
  context: Context,
  report: ReportBuilder,
): RuleChange {
  let change: RuleChange = {};
  for (const [key, read] of changeReaders) {
    if (!keys.has(key)) continue;
    if (!open.delete(key)) {
      refuse(`An ${operation} override for '${key}' was specified but '${key}' is not defined`, context);
    }
    change = { ...change, ...read(item, context, operation === 'append', report) };
  }
  return change;
}
