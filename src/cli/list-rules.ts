import { type Json, toPrettyJson } from '../base/json.ts';
import type { LoadedRule } from '../model/rule.ts';
import { command, CommandError } from './command.ts';
import { columns, wrapText } from './help.ts';
import { listFormats } from './list-fields.ts';
import { parseChoice } from './options.ts';
import { allDiagnostics, defaultRules, diagnosticText, readRules, shownName } from './rules.ts';

type Rules = readonly LoadedRule<unknown>[];

function textPage(rules: Rules): string {
  return rules
    .map((rule) => {
      const rows: [string, string][] = [
        ['priority', rule.priority],
        ['tags', rule.tags.map(shownName).join(', ')],
        ['file', rule.file],
      ];
      const about = wrapText(shownName(rule.description).trim().replace(/\s+/g, ' '), 98);
      return `${shownName(rule.name)}${rule.enabled ? '' : '  (disabled)'}\n  ${about.join('\n  ')}\n${columns(rows)}`;
    })
    .join('\n');
}

function markdownPage(rules: Rules): string {
  const rows = rules.map((rule) => {
    const about = shownName(rule.description).trim().replace(/\s+/g, ' ').replaceAll('|', '\\|');
    return `| ${shownName(rule.name)} | ${rule.priority} | ${rule.enabled ? 'yes' : 'no'} | ${rule.tags.map(shownName).join(', ')} | ${about} |`;
  });
  return `| rule | priority | enabled | tags | what it finds |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

function jsonPage(rules: Rules): string {
  const page: Json = rules.map((rule) => ({
    name: shownName(rule.name),
    description: shownName(rule.description).trim(),
    priority: rule.priority,
    source: rule.source,
    enabled: rule.enabled,
    tags: rule.tags.map(shownName),
    condition: shownName(rule.conditionText),
    output: shownName(rule.output),
    file: rule.file,
  }));
  return `${toPrettyJson(page)}\n`;
}

const pages = { text: textPage, json: jsonPage, markdown: markdownPage };

export default command({
  name: 'list rules',
  summary: 'List the rules that are loaded.',
  description: 'Lists rules with what they find, their priority and tags. Without -r, the rules that come with Saker.',
  options: {
    rules: { short: 'r', value: 'PATH', repeat: true, about: 'Rules file or folder.' },
    tag: { value: 'TAG', repeat: true, about: 'Only rules with this tag.' },
    format: { value: 'FORMAT', about: 'Form of the list: text (default), json or markdown.' },
  },
  examples: [
    { command: 'saker list rules', about: 'What Saker looks for' },
    { command: 'saker list rules -r falco_rules.yaml --tag container', about: 'Some rules of a file' },
  ],
  run({ values }, io) {
    const format = parseChoice(values.format ?? 'text', listFormats, '--format');
    const { loaded } = readRules(values.rules.length === 0 ? [defaultRules] : values.rules);
    if (!loaded.successful) {
      for (const item of allDiagnostics(loaded)) if (item.severity === 'error') io.err(`${diagnosticText(item)}\n`);
      throw new CommandError(loaded.requirementError ?? 'the rules have errors');
    }
    const rules = loaded.rules.filter((rule) => values.tag.every((tag) => rule.tags.map(shownName).includes(tag)));
    io.out(pages[format](rules));
    return 0;
  },
});
