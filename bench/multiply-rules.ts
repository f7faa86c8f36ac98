import { parse, stringify } from 'yaml';
import { events } from '../src/model/event-table.ts';

interface Item {
  rule?: string;
  macro?: string;
  list?: string;
  condition?: string;
  [key: string]: unknown;
}

/**
 * Further copies of rules, `factor - 1` of each, with other names and other constants: every literal that a list or a
 * condition compares process names, paths and command lines with gets a suffix of its own. Macros and lists are copied too.
 * @returns the text of one rules file, to be loaded behind the originals.
 */
export function multipliedRules(texts: readonly string[], factor: number): string {
  const items = texts.flatMap((text) => parse(text) as Item[]).filter((item) => item.rule ?? item.macro ?? item.list);
  const own = items.flatMap((item) => [item.macro, item.list]).filter((name) => name !== undefined);
  const names = new Set(own.filter((name) => !eventNames.has(name)));
  const copies: Item[] = [];
  for (let copy = 1; copy < factor; copy++) {
    for (const item of items) {
      if (!eventNames.has(item.macro ?? '')) copies.push(changed(item, copy, names));
    }
  }
  return stringify(copies, { aliasDuplicateObjects: false });
}

// Macros named like an event would be taken for it in lists of events.
const eventNames = new Set(events.map((info) => info.name));
/** Values that tell kinds apart: others would make rules that can't match at all. */
const kinds = new Set(['"ipv4"', '"ipv6"']);

/** Words that a condition compares: paths, file names, names of programs; not fields, keywords or kinds. */
const literal = /(?<=(?:=|startswith|endswith|contains|in|pmatch|,|\()\s*)(?:"(?!\d)[^"\\%]*"|\/[\w./-]+)/g;

function changed(item: Item, copy: number, names: ReadonlySet<string>): Item {
  const next: Item = { ...item };
  if (item.rule !== undefined) next.rule = `${item.rule} ${copy}`;
  if (item.macro !== undefined) next.macro = `${item.macro}_x${copy}`;
  if (item.list !== undefined) next.list = `${item.list}_x${copy}`;
  if (Array.isArray(item['items'])) next['items'] = item['items'].map((word) => listItem(String(word), copy, names));
  if (typeof item.condition === 'string') {
    const renamed = item.condition.replaceAll(/(?<![\w.])[A-Za-z_]\w*(?![\w.[])/g, (word) =>
      names.has(word) ? `${word}_x${copy}` : word,
    );
    next.condition = renamed.replaceAll(literal, (word) =>
      kinds.has(word) ? word : word.startsWith('"') ? `${word.slice(0, -1)}x${copy}"` : `${word}x${copy}`,
    );
  }
  delete next['exceptions'];
  return next;
}

function listItem(word: string, copy: number, names: ReadonlySet<string>): string {
  if (names.has(word)) return `${word}_x${copy}`;
  if (!/^"?[A-Za-z/]/.test(word) || eventNames.has(word)) return word;
  return word.startsWith('"') ? `${word.slice(0, -1)}x${copy}"` : `${word}x${copy}`;
}
