import { didYouMean } from '../../base/suggest.ts';
import { encodeBytes } from '../../base/utf8.ts';
import type { AppendOutput, ExtraField } from '../../pipeline/alerts-append.ts';
import type { ConfigMap, ConfigNode } from './tree.ts';
import { plainValue } from './tree.ts';
import { bool, composite, type Reporter, text, textList } from './value-types.ts';

/** One step of the selection of rules after loading; in its order. */
export interface RuleSelection {
  readonly enable: boolean;
  /** Names to match, with `*` for any characters. */
  readonly rule: string | undefined;
  readonly tag: string | undefined;
}

interface PluginConfig {
  readonly name: string;
  readonly libraryPath: string;
  readonly initConfig: unknown;
  readonly openParams: string;
}

/** What an included file does with keys that are set before it. */
export type IncludeStrategy = 'append' | 'override' | 'add-only';

/** A file or folder of `config_files`. */
export interface Include {
  readonly path: string;
  readonly strategy: IncludeStrategy;
}

function asMap(node: ConfigNode, reporter: Reporter, what: string): ConfigMap | undefined {
  if (node.kind === 'map') return node;
  reporter.error(node, `${what} has to be a map of keys and values`);
  return undefined;
}

function checkKeys(map: ConfigMap, known: readonly string[], reporter: Reporter, what: string): void {
  for (const [key, entry] of map.entries) {
    if (known.includes(key)) continue;
    const at: ConfigNode = { kind: 'scalar', text: key, at: entry.at };
    reporter.warning(
      at,
      `unknown key '${key}' in ${what}; it is ignored`,
      didYouMean(key, known) ?? `known keys: ${known.join(', ')}`,
    );
  }
}

function textOf(map: ConfigMap, key: string, reporter: Reporter): string | undefined {
  const node = map.entries.get(key)?.value;
  if (node === undefined || (node.kind === 'scalar' && node.text === null)) return undefined;
  const value = text.read(node, reporter);
  if (value === undefined) reporter.error(node, `'${key}' has to be a text`);
  return value;
}

/** The same as a byte string, for what meets rules. */
function bytesOf(map: ConfigMap | undefined, key: string, reporter: Reporter): string | undefined {
  const value = map && textOf(map, key, reporter);
  return value === undefined ? undefined : encodeBytes(value);
}

function listItems<T>(
  node: ConfigNode,
  reporter: Reporter,
  read: (item: ConfigNode, reporter: Reporter) => T | undefined,
): readonly T[] | undefined {
  if (node.kind === 'scalar' && node.text === null) return [];
  if (node.kind !== 'list') {
    if (node.kind === 'map') reporter.warning(node, 'expected a list; it is ignored');
    else reporter.error(node, 'expected a list');
    return undefined;
  }
  const items: T[] = [];
  for (const item of node.items) {
    const value = read(item, reporter);
    if (value !== undefined) items.push(value);
  }
  return items;
}

function readSelection(node: ConfigNode, reporter: Reporter): RuleSelection | undefined {
  const map = asMap(node, reporter, 'an entry of rules');
  if (map === undefined) return undefined;
  checkKeys(map, ['enable', 'disable'], reporter, 'an entry of rules');
  const enable = map.entries.get('enable')?.value;
  const inner = enable ?? map.entries.get('disable')?.value;
  if (inner === undefined) {
    reporter.error(node, "an entry of rules needs 'enable' or 'disable'", 'e.g. - enable: {tag: network}');
    return undefined;
  }
  const target = asMap(inner, reporter, 'enable or disable');
  if (target === undefined) return undefined;
  checkKeys(target, ['rule', 'tag'], reporter, 'enable or disable');
  const rule = bytesOf(target, 'rule', reporter);
  const tag = bytesOf(target, 'tag', reporter);
  if (rule === undefined && tag === undefined) {
    reporter.error(inner, "enable and disable need 'rule' or 'tag'", 'e.g. - disable: {rule: "*ptrace*"}');
    return undefined;
  }
  return { enable: enable !== undefined, rule, tag };
}

function readExtraFields(node: ConfigNode, reporter: Reporter): ExtraField[] {
  const fields: ExtraField[] = [];
  if (node.kind === 'map') {
    reporter.error(node, "'extra_fields' has to be a list");
    return fields;
  }
  function add(at: ConfigNode, name: string, format: string | undefined): void {
    const known = fields.find((field) => field.name === name);
    if (known === undefined) fields.push({ name, format });
    else if (known.format !== undefined || format !== undefined) {
      reporter.error(at, `extra field '${name}' is given twice`);
    }
  }
  for (const item of node.kind === 'list' ? node.items : [node]) {
    if (item.kind === 'scalar' && item.text !== null) add(item, item.text, undefined);
    else if (item.kind === 'map') {
      for (const [name, entry] of item.entries) {
        const format = text.read(entry.value, reporter);
        if (format === undefined) reporter.error(entry.value, `the format of '${name}' has to be a text`);
        else add(entry.value, name, encodeBytes(format));
      }
    } else reporter.error(item, 'an extra field is a name, or \'name: "format"\'');
  }
  return fields;
}

function readAppendOutput(node: ConfigNode, reporter: Reporter): AppendOutput | undefined {
  const map = asMap(node, reporter, 'an entry of append_output');
  if (map === undefined) return undefined;
  checkKeys(map, ['match', 'extra_output', 'extra_fields', 'suggested_output'], reporter, 'append_output');
  const matchNode = map.entries.get('match')?.value;
  const match = matchNode === undefined ? undefined : asMap(matchNode, reporter, 'match');
  if (match !== undefined) checkKeys(match, ['source', 'rule', 'tags'], reporter, 'match');
  const tagsNode = match?.entries.get('tags')?.value;
  const tags = tagsNode === undefined ? [] : textList.read(tagsNode, reporter);
  if (tags === undefined) reporter.error(tagsNode!, "'tags' has to be a list of texts");
  const rule = bytesOf(match, 'rule', reporter);
  if (rule !== undefined && tags !== undefined && tags.length > 0) {
    reporter.warning(matchNode!, "'rule' and 'tags' are both set: only a rule of that name with all the tags matches");
  }
  const suggestedNode = map.entries.get('suggested_output')?.value;
  const suggested = suggestedNode === undefined ? false : bool.read(suggestedNode, reporter);
  if (suggested === undefined) reporter.error(suggestedNode!, "'suggested_output' has to be true or false");
  const extraNode = map.entries.get('extra_fields')?.value;
  return {
    source: bytesOf(match, 'source', reporter),
    rule,
    tags: (tags ?? []).map(encodeBytes),
    extraOutput: bytesOf(map, 'extra_output', reporter),
    extraFields: extraNode === undefined ? [] : readExtraFields(extraNode, reporter),
    suggestedOutput: suggested ?? false,
  };
}

function readPlugin(node: ConfigNode, reporter: Reporter): PluginConfig | undefined {
  const map = asMap(node, reporter, 'a plugin');
  if (map === undefined) return undefined;
  checkKeys(map, ['name', 'library_path', 'init_config', 'open_params'], reporter, 'a plugin');
  const name = textOf(map, 'name', reporter);
  const libraryPath = textOf(map, 'library_path', reporter);
  if (name === undefined || libraryPath === undefined) {
    reporter.error(node, `a plugin needs '${name === undefined ? 'name' : 'library_path'}'`);
    return undefined;
  }
  const init = map.entries.get('init_config')?.value;
  const openParams = textOf(map, 'open_params', reporter)?.trim() ?? '';
  return { name, libraryPath, initConfig: init === undefined ? '' : (plainValue(init) ?? ''), openParams };
}

function readInclude(node: ConfigNode, reporter: Reporter): Include | undefined {
  if (node.kind === 'scalar') return node.text === null ? undefined : { path: node.text, strategy: 'append' };
  const map = asMap(node, reporter, 'an entry of config_files');
  if (map === undefined) return undefined;
  checkKeys(map, ['path', 'strategy'], reporter, 'config_files');
  const path = textOf(map, 'path', reporter);
  const strategy = textOf(map, 'strategy', reporter) ?? 'append';
  if (path === undefined) {
    reporter.error(node, "an entry of config_files needs 'path'");
    return undefined;
  }
  if (strategy !== 'append' && strategy !== 'override' && strategy !== 'add-only') {
    reporter.warning(
      map.entries.get('strategy')!.value,
      `unknown strategy '${strategy}'; 'append' is used`,
      'strategies: append, override, add-only',
    );
    return { path, strategy: 'append' };
  }
  return { path, strategy };
}

/** The value of `rules`: what to enable and disable, one after the other. */
export const ruleSelections = composite('a list of enable and disable entries', true, (node, reporter) =>
  listItems(node, reporter, readSelection),
);
/** The value of `append_output`. */
export const appendOutputs = composite('a list of additions', true, (node, reporter) =>
  listItems(node, reporter, readAppendOutput),
);
/** The value of `plugins`. */
export const pluginList = composite('a list of plugins', true, (node, reporter) =>
  listItems(node, reporter, readPlugin),
);
/** The value of `config_files`. */
export const includes = composite('a list of files and folders', true, (node, reporter) =>
  node.kind === 'scalar' && node.text !== null
    ? [{ path: node.text, strategy: 'append' as const }]
    : listItems(node, reporter, readInclude),
);
