import type { Json } from '../base/json.ts';
import { command, CommandError } from './command.ts';
import { columns, wrapText } from './help.ts';
import { cell, code, formatOption, markdownTable, mentions, page } from './list-pages.ts';
import { loadedRules, oneLine, rulesOption, usersOf } from './loaded.ts';
import { shownName } from './rules.ts';

interface Macro {
  readonly name: string;
  readonly condition: string;
  readonly file: string;
  readonly usedBy: readonly string[];
}

function textPage(macros: readonly Macro[]): string {
  return macros
    .map(({ name, condition, file, usedBy }) => {
      const rows: [string, string][] = [
        ['used by', usedBy.length === 0 ? 'nothing' : usedBy.join(', ')],
        ['file', file],
      ];
      return `${name}\n  ${wrapText(condition, 98).join('\n  ')}\n${columns(rows)}`;
    })
    .join('\n');
}

function markdownPage(macros: readonly Macro[]): string {
  const rows = macros.map(({ name, condition, usedBy }) => [code(name), code(condition), cell(usedBy.join(', '))]);
  return markdownTable(['macro', 'condition', 'used by'], rows);
}

function jsonPage(macros: readonly Macro[]): Json {
  return macros.map(({ name, condition, file, usedBy }) => ({ name, condition, file, usedBy }));
}

export default command({
  name: 'list macros',
  summary: 'List the macros that rules can use.',
  operands: '[WORD]',
  description:
    'Lists macros with their condition, as written, and the rules and macros that use them. With a word, those that have it in ' +
    'their name or condition. Without -r, the macros that come with Saker.',
  options: { rules: rulesOption, format: formatOption },
  examples: [
    { command: 'saker list macros allowed_', about: 'Where exceptions of your own belong' },
    { command: 'saker list macros -r falco_rules.yaml spawned', about: 'Some macros of a file' },
  ],
  run({ values, positionals }, io) {
    const word = positionals.join(' ');
    const loaded = loadedRules(values.rules, io);
    const users = usersOf(loaded);
    const macros = loaded.macros
      .map((macro) => ({
        name: shownName(macro.name),
        condition: oneLine(macro.conditionText),
        file: macro.file,
        usedBy: users(macro.name),
      }))
      .filter(({ name, condition }) => mentions(word, name, condition));
    const pages = {
      text: () => textPage(macros),
      markdown: () => markdownPage(macros),
      json: () => jsonPage(macros),
    };
    const written = page(pages, values.format);
    if (macros.length === 0) throw new CommandError(`no macro has '${word}' in its name or condition`);
    io.out(written);
    return 0;
  },
});
