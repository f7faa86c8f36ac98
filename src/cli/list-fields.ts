import { type Json, toPrettyJson } from '../base/json.ts';
import { fieldTables } from '../app/registry.ts';
import type { ArgSpec, FieldClass, FieldSpec } from '../model/field.ts';
import { command, CommandError } from './command.ts';
import { columns, wrapText } from './help.ts';
import { parseChoice } from './options.ts';

export const listFormats = ['text', 'json', 'markdown'] as const;
type Named = readonly [string, FieldSpec];

function visible(one: FieldClass, all: boolean): Named[] {
  return Object.entries(one.fields).filter(([, spec]) => all || !(spec.hidden || spec.deprecated));
}

function argumentText(name: string, arg: ArgSpec | undefined): string {
  if (arg === undefined) return name;
  const written = arg.dotted === undefined ? `[${arg.summary}]` : `.${arg.summary}`;
  return arg.required ? `${name}${written}` : `${name} or ${name}${written}`;
}

function notes(spec: FieldSpec): string {
  const words = [
    spec.list ? 'list' : '',
    spec.filterOnly ? 'conditions only' : '',
    spec.printOnly ? 'outputs only' : '',
    spec.deprecated ? 'deprecated' : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function textPage(classes: readonly FieldClass[], all: boolean): string {
  return classes
    .map((one) => {
      const rows = visible(one, all).map(([name, spec]): [string, string] => [
        name,
        `${spec.summary}${notes(spec)}${spec.arg === undefined ? '' : ` Written ${argumentText(name, spec.arg)}.`}`,
      ]);
      return `${one.id}\n${wrapText(one.summary, 98).join('\n')}\n\n${columns(rows, 38)}`;
    })
    .join('\n');
}

function markdownPage(classes: readonly FieldClass[], all: boolean): string {
  return classes
    .map((one) => {
      const rows = visible(one, all).map(
        ([name, spec]) => `| \`${name}\` | ${spec.type} | ${spec.summary.replaceAll('|', '\\|')}${notes(spec)} |`,
      );
      return `## ${one.id}\n\n${one.summary}\n\n| name | type | what it is |\n|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function jsonPage(classes: readonly FieldClass[], all: boolean): string {
  const page: Json = classes.map((one) => ({
    id: one.id,
    summary: one.summary,
    sources: one.sources,
    fields: visible(one, all).map(([name, spec]) => ({
      name,
      type: spec.type,
      summary: spec.summary,
      list: spec.list ?? false,
      filterOnly: spec.filterOnly,
      printOnly: spec.printOnly,
      deprecated: spec.deprecated,
      argument: spec.arg && { kind: spec.arg.kind, required: spec.arg.required, summary: spec.arg.summary },
    })),
  }));
  return `${toPrettyJson(page)}\n`;
}

const pages = { text: textPage, json: jsonPage, markdown: markdownPage };

export default command({
  name: 'list fields',
  summary: 'List what conditions and outputs can ask for.',
  operands: '[PREFIX]',
  description:
    'Lists the fields of events, by class: what conditions compare and outputs print. With a prefix, those whose names ' +
    'begin with it.',
  options: {
    format: { value: 'FORMAT', about: 'Form of the list: text (default), json or markdown.' },
    source: { value: 'SOURCE', about: 'Fields of the events of this source; syscall where not given.' },
    all: { short: 'a', about: 'Also deprecated and internal ones.' },
  },
  examples: [
    { command: 'saker list fields proc.', about: 'What is known of processes' },
    { command: 'saker list fields --format json', about: 'For a program' },
  ],
  run({ values, positionals }, io) {
    const format = parseChoice(values.format ?? 'text', listFormats, '--format');
    const table = fieldTables()(values.source ?? 'syscall');
    if (table === undefined) throw new CommandError(`there is no event source '${values.source}'; there is 'syscall'`);
    const prefix = positionals[0] ?? '';
    const classes = table.classes
      .map((one) => ({
        ...one,
        fields: Object.fromEntries(Object.entries(one.fields).filter(([name]) => name.startsWith(prefix))),
      }))
      .filter((one) => visible(one, values.all).length > 0);
    if (classes.length === 0) throw new CommandError(`no field begins with '${prefix}'`);
    io.out(pages[format](classes, values.all));
    return 0;
  },
});
