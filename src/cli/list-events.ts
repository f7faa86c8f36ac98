import type { Json } from '../base/json.ts';
import { flagTables, type ParamInfo } from '../model/event-table.ts';
import { paramTypeDocs } from '../model/param-type-docs.ts';
import { command, CommandError } from './command.ts';
import { type EventEntry, eventEntries, flagTableName, type Origin, origins } from './event-entries.ts';
import { wrapText } from './help.ts';
import { cell, code, formatOption, markdownTable, mentions, page, threeColumns } from './list-pages.ts';

const titles: Readonly<Record<Origin, string>> = {
  'system call': 'System calls',
  kernel: 'Other events of the kernel',
  machine: 'Containers, accounts and the machine',
  plugin: 'Plugins',
  snapshot: 'What was there at the start',
  capture: 'The capture itself',
};

/** What can't be read off the table, by names of events of today. */
const peculiarities: Readonly<Record<string, string>> = {
  execveat: 'when it fails; one that succeeds is an execve',
  fchmodat: 'live also for fchmodat2',
};

function isMatch(entry: EventEntry, word: string): boolean {
  return mentions(word, entry.name, ...entry.syscalls, ...entry.info.params.map((param) => param.name));
}

function remarks(entry: EventEntry): string[] {
  const { info, name, syscalls, elsewhere, live, old } = entry;
  const others = syscalls.filter((call) => call !== name);
  return [
    info.isEnter && entry.origin === 'system call' && !old ? 'at the start of the call' : '',
    others.length > 0 ? `caused by ${others.join(', ')}` : '',
    elsewhere && !old ? 'on x86-64 of 32-bit programs only' : '',
    old ? '' : (peculiarities[name] ?? ''),
    live === 'on request' ? 'not watched by default' : '',
    live === 'no' && !old ? 'in captures only' : '',
    old ? `of old captures (${info.code})` : '',
  ].filter((text) => text !== '');
}

function flagsOf(param: ParamInfo): string[] {
  const own = flagTableName(param);
  return [...(own === undefined ? [] : [own]), ...(param.dyn ?? []).flatMap(flagsOf)];
}

function typeText(param: ParamInfo): string {
  if (param.dyn !== undefined) return `DYN(${[...new Set(param.dyn.map(typeText))].join(' or ')})`;
  const table = flagTableName(param);
  return table === undefined ? param.type : `${param.type} ${table}`;
}

function usedTables(entries: readonly EventEntry[]): string[] {
  const params = entries.filter((entry) => !entry.generic).flatMap((entry) => entry.info.params);
  return [...new Set(params.flatMap(flagsOf))].sort();
}

function usedTypes(entries: readonly EventEntry[]): string[] {
  const types = (param: ParamInfo): string[] => [param.type, ...(param.dyn ?? []).flatMap(types)];
  return [...new Set(entries.filter((entry) => !entry.generic).flatMap((entry) => entry.info.params.flatMap(types)))];
}

/** Permissions of files are octal numbers everywhere. */
function flagValue(value: number, table: string): string {
  if (table.endsWith('_mode')) return `0${value.toString(8)}`;
  return value > 9 ? `0x${value.toString(16)}` : String(value);
}

/** Names and values of a table, by value. */
function flagsIn(table: string): [string, string][] {
  const entries = Object.entries(flagTables[table]!).toSorted(([, a], [, b]) => a - b);
  return entries.map(([name, value]) => [name, flagValue(value, table)]);
}

function groupsOf(entries: readonly EventEntry[]): { title: string; own: EventEntry[]; generic: EventEntry[] }[] {
  return origins
    .map((origin) => {
      const all = entries.filter((entry) => entry.origin === origin);
      return {
        title: titles[origin],
        own: all.filter((one) => !one.generic),
        generic: all.filter((one) => one.generic),
      };
    })
    .filter(({ own, generic }) => own.length + generic.length > 0);
}

const genericTitle = 'System calls without parameters';
const genericAbout = 'evt.type names them, and evt.category is other; they have no parameters and no result.';

function entryText(entry: EventEntry): string {
  const notes = remarks(entry);
  const head = `${entry.name}  [${entry.category}]${notes.length === 0 ? '' : `  (${notes.join('; ')})`}\n`;
  const { params } = entry.info;
  return params.length === 0
    ? head
    : head +
        threeColumns(
          params.map((param) => [param.name, typeText(param), '']),
          30,
        );
}

function textPage(entries: readonly EventEntry[]): string {
  const parts: string[] = [];
  for (const { title, own, generic } of groupsOf(entries)) {
    if (own.length > 0) parts.push(`${title}\n\n${own.map(entryText).join('\n')}`);
    if (generic.length === 0) continue;
    const names = wrapText(generic.map((entry) => entry.name).join(' '), 98);
    parts.push(`${genericTitle}\n${genericAbout}\n\n  ${names.join('\n  ')}\n`);
  }
  const tables = usedTables(entries).map(
    (name) =>
      `  ${name}\n    ${wrapText(
        flagsIn(name)
          .map((pair) => pair.join('='))
          .join(' '),
        96,
      ).join('\n    ')}\n`,
  );
  if (tables.length > 0) parts.push(`Values of flags\n\n${tables.join('')}`);
  return parts.join('\n');
}

function paramMarkdown(param: ParamInfo): string {
  const tables = flagsOf(param).map((name) => `[${name}](#${name})`);
  return `${code(param.name)} ${param.type}${tables.length === 0 ? '' : ` (${tables.join(', ')})`}`;
}

function markdownPage(entries: readonly EventEntry[]): string {
  const parts: string[] = [];
  for (const { title, own, generic } of groupsOf(entries)) {
    const rows = own.map((entry) => {
      const params = entry.info.params.map(paramMarkdown).join(', ');
      return [code(entry.name), entry.category, params, remarks(entry).join('; ')];
    });
    if (rows.length > 0) {
      parts.push(`## ${title}\n\n${markdownTable(['event', 'category', 'parameters', 'remarks'], rows)}`);
    }
    if (generic.length === 0) continue;
    parts.push(`## ${genericTitle}\n\n${genericAbout}\n\n${generic.map((entry) => code(entry.name)).join(', ')}\n`);
  }
  const types = usedTypes(entries).sort();
  if (types.length > 0) {
    const rows = types.map((type) => [type, cell(paramTypeDocs[type as keyof typeof paramTypeDocs] ?? '')]);
    parts.push(`## Types of parameters\n\n${markdownTable(['type', 'what it is'], rows)}`);
  }
  const tables = usedTables(entries).map((name) => {
    const values = flagsIn(name).map(([flag, value]) => `${code(flag)}=${value}`);
    return `### ${name}\n\n${values.join(', ')}\n`;
  });
  if (tables.length > 0) parts.push(`## Values of flags\n\n${tables.join('\n')}`);
  return parts.join('\n');
}

function paramJson(param: ParamInfo): Json {
  return {
    name: param.name,
    type: param.type,
    flags: param.flags,
    alternatives: param.dyn?.map(paramJson),
  };
}

function entryJson(entry: EventEntry): Json {
  const { name, info, origin, category, syscalls, generic } = entry;
  return {
    name,
    code: info.code,
    id: info.id,
    direction: info.isEnter ? '>' : '<',
    origin,
    category,
    syscalls,
    params: generic ? [] : info.params.map(paramJson),
    generic,
    onX86: origin === 'system call' ? !entry.elsewhere : undefined,
    live: entry.live,
    old: entry.old,
  };
}

export default command({
  name: 'list events',
  summary: 'List the events with their parameters.',
  operands: '[WORD]',
  description:
    'Lists the events that evt.type can name: each with its category, the parameters that evt.arg and evt.rawarg take, with ' +
    'type and values of flags, and the system calls that cause it where they have another name. With a word, those that have it in ' +
    'their name or in the name of a system call or parameter.',
  options: {
    format: formatOption,
    category: {
      value: 'CATEGORY',
      about: 'Events of this category only, as evt.category shows it: file, net, process...',
    },
    all: { short: 'a', about: 'Also events that only old captures hold, which are converted when they are read.' },
  },
  examples: [
    { command: 'saker list events open', about: 'What a rule can ask of the ways to open a file' },
    { command: 'saker list events --category net', about: 'Everything about the network' },
    { command: 'saker list events --format json', about: 'For a program' },
  ],
  run({ values, positionals }, io) {
    const word = positionals.join(' ');
    const all = eventEntries().filter((entry) => values.all || !entry.old);
    const categories = [...new Set(all.map((entry) => entry.category))].sort();
    const category = values.category?.toLowerCase();
    if (category !== undefined && !categories.some((one) => one.toLowerCase() === category)) {
      throw new CommandError(`there is no category '${values.category}'; there is ${categories.join(', ')}`);
    }
    const entries = all.filter(
      (entry) => (category === undefined || entry.category.toLowerCase() === category) && isMatch(entry, word),
    );
    const pages = {
      text: () => textPage(entries),
      markdown: () => markdownPage(entries),
      json: () => entries.map(entryJson),
    };
    const written = page(pages, values.format);
    if (entries.length === 0) throw new CommandError(`no event or parameter has '${word}' in its name`);
    io.out(written);
    return 0;
  },
});
