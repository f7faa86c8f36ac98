import type { Json } from '../base/json.ts';
import type { RuleTexts } from '../engine/loader/load-rules.ts';
import type { LoadedRule } from '../model/rule.ts';
import { command, CommandError } from './command.ts';
import { columns, wrapText } from './help.ts';
import { cell, formatOption, markdownTable, mentions, page } from './list-pages.ts';
import { loadedRules, oneLine, rulesOption } from './loaded.ts';
import { shownName } from './rules.ts';

type Listed = LoadedRule<unknown> & RuleTexts;
type Rules = readonly Listed[];

function tagsOf(rule: LoadedRule<unknown>): string[] {
  return rule.tags.map(shownName);
}

function textPage(rules: Rules): string {
  return rules
    .map((rule) => {
      const rows: [string, string][] = [
        ['priority', rule.priority],
        ['tags', tagsOf(rule).join(', ')],
        ['file', rule.file],
      ];
      const about = wrapText(oneLine(rule.description), 98);
      return `${shownName(rule.name)}${rule.enabled ? '' : '  (disabled)'}\n  ${about.join('\n  ')}\n${columns(rows)}`;
    })
    .join('\n');
}

function markdownPage(rules: Rules): string {
  const rows = rules.map((rule) => [
    cell(shownName(rule.name)),
    rule.priority,
    rule.enabled ? 'yes' : 'no',
    cell(tagsOf(rule).join(', ')),
    cell(oneLine(rule.description)),
  ]);
  return markdownTable(['rule', 'priority', 'enabled', 'tags', 'what it finds'], rows);
}

function jsonPage(rules: Rules): Json {
  return rules.map((rule) => ({
    name: shownName(rule.name),
    description: shownName(rule.description).trim(),
    priority: rule.priority,
    source: rule.source,
    enabled: rule.enabled,
    tags: tagsOf(rule),
    condition: shownName(rule.conditionText),
    output: shownName(rule.output),
    file: rule.file,
  }));
}

export default command({
  name: 'list rules',
  summary: 'List the rules that are loaded.',
  operands: '[WORD]',
  description:
    'Lists rules with what they find, their priority and tags. With a word, those that have it in their name, description or ' +
    'condition. Without -r, the rules that come with Saker.',
  options: {
    rules: rulesOption,
    source: { value: 'SOURCE', about: 'Only rules for events of this source.' },
    tag: { value: 'TAG', repeat: true, about: 'Only rules with this tag.' },
    format: formatOption,
  },
  examples: [
    { command: 'saker list rules', about: 'What Saker looks for' },
    { command: 'saker list rules shadow', about: 'Rules about a file' },
    { command: 'saker list rules -r falco_rules.yaml --tag container', about: 'Some rules of a file' },
  ],
  run({ values, positionals }, io) {
    const word = positionals.join(' ');
    const loaded = loadedRules(values.rules, io);
    const all = loaded.rules.map((rule): Listed => ({ ...rule, ...loaded.textsOf(rule.name) }));
    const rules = all.filter(
      (rule) =>
        (values.source === undefined || rule.source === values.source) &&
        values.tag.every((tag) => tagsOf(rule).includes(tag)) &&
        mentions(word, ...[rule.name, rule.description, rule.conditionText].map(shownName)),
    );
    const pages = { text: () => textPage(rules), markdown: () => markdownPage(rules), json: () => jsonPage(rules) };
    const written = page(pages, values.format);
    if (rules.length === 0) throw new CommandError('no rule is left; `saker list rules` shows all');
    io.out(written);
    return 0;
  },
});
