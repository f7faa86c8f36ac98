import { patterns } from '../../lang/lexer.ts';
import { type Context, locationsOf, within } from './context.ts';
import { optionalBool, parseCount, refuse, requiredText, requiredTexts } from './decode.ts';
import { appendDeprecated, appendWithOverride, type ReadingState, warnUnknownKeys } from './item-keys.ts';
import { readOverrides } from './read-overrides.ts';
import { readRule } from './read-rule.ts';
import { type ReportBuilder, RuleFailure } from './report-builder.ts';
import { reviewItem } from './review-item.ts';
import { type PluginVersion, parseVersion } from './version.ts';
import { entryOf, type YamlMap, type YamlNode } from './yaml-node.ts';

/** Reads one document of a rules file: a sequence of items. Goes on behind an item that can't be read. */
export function readDocument(document: YamlNode, file: Context, state: ReadingState): void {
  if (document.kind === 'null') return;
  if (document.kind !== 'seq') {
    const what = document.kind === 'map' ? 'Rules content is not yaml array of objects' : 'Rules content is not yaml';
    state.report.error('LOAD_ERR_YAML_VALIDATE', what, file);
    return;
  }
  for (const item of document.items) readDocumentItem(item, file, state);
}

/** Reads one item of a document that is a sequence. */
export function readDocumentItem(item: YamlNode, file: Context, state: ReadingState): void {
  if (item.kind === 'null') return;
  try {
    readItem(item, file, state);
  } catch (error) {
    if (!(error instanceof RuleFailure)) throw error;
    state.report.failure(error);
    if (item.kind === 'map') reviewItem(item, file, state, error);
    const name = locationsOf(error.context)[1]?.itemName;
    if (name !== undefined) state.broken.add(name);
  }
}

type Reader = (item: YamlMap, parent: Context, state: ReadingState) => void;

/** In the order in which keys decide what an item is. */
const readers: readonly (readonly [string, Reader])[] = [
  ['required_engine_version', readEngineVersion],
  ['required_plugin_versions', readPluginVersions],
  ['list', readList],
  ['macro', readMacro],
  ['rule', readRule],
];

function readItem(item: YamlNode, parent: Context, state: ReadingState): void {
  const context = within(parent, 'rules content item', '', item);
  if (item.kind !== 'map') {
    refuse('Unexpected element type. Each element should be a yaml associative array.', context);
  }
  const reader = readers.find(([key]) => entryOf(item, key) !== undefined);
  if (reader === undefined) state.report.warning('LOAD_UNKNOWN_ITEM', 'Unknown top level item', context);
  else reader[1](item, parent, state);
}

function readEngineVersion(item: YamlMap, parent: Context, { collector, report }: ReadingState): void {
  const context = within(parent, 'required_engine_version', '', item);
  const text = requiredText(item, 'required_engine_version', context);
  const minor = parseCount(text);
  const version = minor === undefined ? text : `0.${minor}.0`;
  if (parseVersion(version) === undefined) {
    refuse(`Unable to parse engine version '${text}' as a semver string. Expected "x.y.z" semver format.`, context);
  }
  collector.requireEngine(version, context);
  warnUnknownKeys(item, ['required_engine_version'], context, report);
}

function readPluginVersions(item: YamlMap, parent: Context, { collector, report }: ReadingState): void {
  const list = entryOf(item, 'required_plugin_versions')!.value;
  const context = within(parent, 'required plugin versions', '', list);
  if (list.kind !== 'seq') refuse('Value of required_plugin_versions must be a sequence', context);
  for (const node of list.items) {
    const unnamed = within(context, 'required plugin versions entry', '', node);
    if (node.kind !== 'map') refuse('Plugin version must be a mapping', unnamed);
    const name = requiredText(node, 'name', unnamed);
    const entry = within(context, 'required plugin versions entry', name, node);
    const version = requiredText(node, 'version', entry);
    collector.requirePlugin([{ name, version }, ...readAlternatives(node, entry)], entry);
  }
  const itemContext = within(parent, 'required plugin versions', '', item);
  warnUnknownKeys(item, ['required_plugin_versions'], itemContext, report);
}

function readAlternatives(plugin: YamlMap, context: Context): PluginVersion[] {
  const list = entryOf(plugin, 'alternatives')?.value;
  if (list === undefined) return [];
  if (list.kind !== 'seq') return refuse('Value of plugin version alternatives must be a sequence', context);
  return list.items.map((node) => {
    const unnamed = within(context, 'required plugin versions alternative', '', node);
    if (node.kind !== 'map') return refuse('Plugin version alternative must be a mapping', unnamed);
    const name = requiredText(node, 'name', unnamed);
    const named = within(context, 'required plugin versions alternative', name, node);
    return { name, version: requiredText(node, 'version', named) };
  });
}

/** Whether the item is added to what exists under its name; else it takes its place. */
function readAppend(item: YamlMap, key: string, context: Context, report: ReportBuilder): boolean {
  const append = optionalBool(item, 'append', context) ?? false;
  if (append) report.warning('LOAD_DEPRECATED_ITEM', appendDeprecated, context);
  const overrides = readOverrides(item, [key], [key], context);
  if (append && overrides.append.size + overrides.replace.size > 0) refuse(appendWithOverride, context);
  return append || overrides.append.has(key);
}

function matchesWhole(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.exec(text)?.[0].length === text.length;
}

function readList(item: YamlMap, parent: Context, { collector, report }: ReadingState): void {
  const name = requiredText(item, 'list', within(parent, 'list', '', item));
  const context = within(parent, 'list', name, item);
  if (!matchesWhole(patterns.bareText, name)) {
    const message = 'List has an invalid name. List names should match a regular expression: ([^()"\'[:space:]=,]+)';
    report.warning('LOAD_INVALID_LIST_NAME', message, context);
  }
  const list = { name, context, items: requiredTexts(item, 'items', context) };
  if (readAppend(item, 'items', context, report)) collector.appendList(list);
  else collector.defineList(list);
  warnUnknownKeys(item, ['list', 'items', 'append', 'override'], context, report);
}

function readMacro(item: YamlMap, parent: Context, { collector, report }: ReadingState): void {
  const name = requiredText(item, 'macro', within(parent, 'macro', '', item));
  const context = within(parent, 'macro', name, item);
  if (!matchesWhole(patterns.identifier, name)) {
    const message =
      'Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)';
    report.warning('LOAD_INVALID_MACRO_NAME', message, context);
  }
  const condition = requiredText(item, 'condition', context);
  const conditionContext = within(context, 'macro condition', '', entryOf(item, 'condition')!.value);
  const macro = { name, context, conditionContext, condition };
  if (readAppend(item, 'condition', context, report)) collector.appendMacro(macro);
  else collector.defineMacro(macro);
  warnUnknownKeys(item, ['macro', 'condition', 'append', 'override'], context, report);
}
