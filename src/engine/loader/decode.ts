import { type Priority, priorities } from '../../model/alert.ts';
import { type Context, within } from './context.ts';
import { RuleFailure } from './report-builder.ts';
import { entryOf, type YamlMap, type YamlNode } from './yaml-node.ts';

// Each function reads the value of a key. All throw RuleFailure where it is not of the expected form.

/** @throws RuleFailure */
export function refuse(message: string, context: Context, help?: string): never {
  throw new RuleFailure('LOAD_ERR_YAML_VALIDATE', message, context, help);
}

/** A text that is not empty. @throws RuleFailure where the key is not there, too */
export function requiredText(map: YamlMap, key: string, context: Context): string {
  return optionalText(map, key, context) ?? refuse(`Item has no mapping for key '${key}'`, context);
}

/** undefined: the key is not there. */
export function optionalText(map: YamlMap, key: string, context: Context): string | undefined {
  const value = entryOf(map, key)?.value;
  if (value === undefined) return undefined;
  if (value.kind === 'null') return refuse(`Mapping for key '${key}' is empty`, context);
  return scalarText(value, key, context);
}

/** As optionalText, but a key without a value is as good as none. */
export function optionalEmptyText(map: YamlMap, key: string, context: Context): string | undefined {
  const value = entryOf(map, key)?.value;
  if (value === undefined || value.kind === 'null') return undefined;
  if (value.kind === 'scalar' && value.value === '') return undefined;
  return scalarText(value, key, context);
}

function scalarText(value: YamlNode, key: string, context: Context): string {
  const valueContext = within(context, 'value for', key, value);
  if (value.kind !== 'scalar') return refuse('Value is not a scalar value', valueContext);
  if (value.value === '') return refuse('Value must be non-empty', valueContext);
  return value.value;
}

const truths = new Map(
  [
    ['y', 'n'],
    ['yes', 'no'],
    ['true', 'false'],
    ['on', 'off'],
  ].flatMap(([yes = '', no = '']) => [...casings(yes, true), ...casings(no, false)]),
);

function casings(word: string, value: boolean): [string, boolean][] {
  const capital = word.charAt(0).toUpperCase() + word.slice(1);
  return [word, capital, word.toUpperCase()].map((text) => [text, value]);
}

/** A truth value in the spellings of YAML 1.1; undefined: the key is not there. @throws RuleFailure */
export function optionalBool(map: YamlMap, key: string, context: Context): boolean | undefined {
  const text = optionalText(map, key, context);
  if (text === undefined) return undefined;
  return truths.get(text) ?? undecodable(map, key, context);
}

/** As optionalBool. @throws RuleFailure where the key is not there, too */
export function requiredBool(map: YamlMap, key: string, context: Context): boolean {
  return optionalBool(map, key, context) ?? refuse(`Item has no mapping for key '${key}'`, context);
}

/** A whole number from 0 to 2^32 - 1. */
export function optionalCount(map: YamlMap, key: string, context: Context): number | undefined {
  const text = optionalText(map, key, context);
  if (text === undefined) return undefined;
  return parseCount(text) ?? undecodable(map, key, context);
}

/** A whole number from 0 to 2^32 - 1, decimal or hexadecimal; undefined: the text is none. */
export function parseCount(text: string): number | undefined {
  if (!/^(?:[0-9]{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= 0xffffffff ? value : undefined;
}

function undecodable(map: YamlMap, key: string, context: Context): never {
  const node = entryOf(map, key)!.value;
  return refuse("Can't decode YAML scalar value", within(context, 'value for', key, node));
}

/** The texts of a sequence; undefined where the key is not there. */
export function optionalTexts(map: YamlMap, key: string, context: Context): string[] | undefined {
  const value = entryOf(map, key)?.value;
  if (value === undefined) return undefined;
  const valueContext = within(context, 'value for', key, value);
  if (value.kind !== 'seq') return refuse('Value is not a sequence', valueContext);
  return value.items.map((item) => {
    if (item.kind === 'scalar') return item.value;
    return refuse('sequence value is not scalar', within(valueContext, 'list item', '', item));
  });
}

/** As optionalTexts. @throws RuleFailure where the key is not there, too */
export function requiredTexts(map: YamlMap, key: string, context: Context): string[] {
  return optionalTexts(map, key, context) ?? refuse(`Item has no mapping for key '${key}'`, context);
}

const byLowerName = new Map<string, Priority>([
  ...priorities.map((name): [string, Priority] => [name.toLowerCase(), name]),
  ['info', 'Informational'],
]);

function parsePriority(text: string): Priority | undefined {
  return byLowerName.get(text.toLowerCase());
}

/** The value of `priority`, in any case. @throws RuleFailure where it is not there, too */
export function requiredPriority(map: YamlMap, context: Context): Priority {
  const text = requiredText(map, 'priority', context);
  const node = entryOf(map, 'priority')!.value;
  const help = `it has to be one of ${[...byLowerName.keys()].join(', ')}`;
  return parsePriority(text) ?? refuse('Invalid priority', within(context, 'rule priority', '', node), help);
}
