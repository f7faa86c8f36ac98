import type { Json } from '../base/json.ts';
import { command, CommandError } from './command.ts';
import { columns, wrapText } from './help.ts';
import { cell, code, formatOption, markdownTable, mentions, page } from './list-pages.ts';
import { loadedRules, rulesOption, usersOf } from './loaded.ts';
import { shownName } from './rules.ts';

interface List {
  readonly name: string;
  readonly items: readonly string[];
  readonly file: string;
  readonly usedBy: readonly string[];
}

function textPage(lists: readonly List[]): string {
  return lists
    .map(({ name, items, file, usedBy }) => {
      const rows: [string, string][] = [
        ['used by', usedBy.length === 0 ? 'nothing' : usedBy.join(', ')],
        ['file', file],
      ];
      const shown = items.length === 0 ? '(empty)' : items.join(', ');
      return `${name}\n  ${wrapText(shown, 98).join('\n  ')}\n${columns(rows)}`;
    })
    .join('\n');
}

function markdownPage(lists: readonly List[]): string {
  const rows = lists.map(({ name, items, usedBy }) => [
    code(name),
    items.map(code).join(', '),
    cell(usedBy.join(', ')),
  ]);
  return markdownTable(['list', 'items', 'used by'], rows);
}

function jsonPage(lists: readonly List[]): Json {
  return lists.map(({ name, items, file, usedBy }) => ({ name, items, file, usedBy }));
}

export default command({
  name: 'list lists',
  summary: 'List the lists that rules can use.',
  operands: '[WORD]',
  description:
    'Lists lists with their items, those of lists within them included, and the rules and macros that use them. With a word, those ' +
    'that have it in their name or items. Without -r, the lists that come with Saker.',
  options: { rules: rulesOption, format: formatOption },
  examples: [
    { command: 'saker list lists', about: 'What the rules of Saker know by name' },
    { command: 'saker list lists -r falco_rules.yaml dpkg', about: 'Where a file mentions a program' },
  ],
  run({ values, positionals }, io) {
    const word = positionals.join(' ');
    const loaded = loadedRules(values.rules, io);
    const users = usersOf(loaded);
    const lists = loaded.lists
      .map(({ name, items, file }) => ({
        name: shownName(name),
        items: items.map(shownName),
        file,
        usedBy: users(name),
      }))
      .filter(({ name, items }) => mentions(word, name, ...items));
    const pages = { text: () => textPage(lists), markdown: () => markdownPage(lists), json: () => jsonPage(lists) };
    const written = page(pages, values.format);
    if (lists.length === 0) throw new CommandError(`no list has '${word}' in its name or items`);
    io.out(written);
    return 0;
  },
});
