import { fieldTables } from '../app/registry.ts';
import type { ArgSpec, FieldClass, FieldSpec } from '../model/field.ts';
import { command, CommandError } from './command.ts';
import { wrapText } from './help.ts';
import { cell, code, formatOption, markdownTable, mentions, page, type Pages, threeColumns } from './list-pages.ts';

type Named = readonly [string, FieldSpec];
type Group = readonly [FieldClass, readonly Named[]];

function chosen(one: FieldClass, word: string, all: boolean): Named[] {
  return Object.entries(one.fields).filter(
    ([name, spec]) => (all || !(spec.hidden || spec.deprecated)) && mentions(word, name, spec.summary),
  );
}

/** The name with the place of its argument. */
function form(name: string, { arg }: FieldSpec): string {
  if (arg === undefined) return name;
  return arg.dotted === undefined ? `${name}[x]` : `${name}.x`;
}

function argumentText({ required, summary }: ArgSpec): string {
  return required ? ` x: ${summary}.` : ` x, which may be left out: ${summary}.`;
}

function typeText(spec: FieldSpec): string {
  return spec.list ? `LIST(${spec.type})` : spec.type;
}

function about({ summary, arg, filterOnly, printOnly, deprecated }: FieldSpec): string {
  const notes = [
    arg === undefined ? '' : argumentText(arg),
    filterOnly ? ' In conditions only.' : '',
    printOnly ? ' In outputs only.' : '',
    deprecated ? ' Deprecated.' : '',
  ];
  return summary + notes.join('');
}

function textPage(groups: readonly Group[]): string {
  return groups
    .map(([one, fields]) => {
      const rows = fields.map(
        ([name, spec]) => [form(name, spec), typeText(spec), about(spec)] as [string, string, string],
      );
      return `${one.id}\n${wrapText(one.summary, 98).join('\n')}\n\n${threeColumns(rows, 34)}`;
    })
    .join('\n');
}

function markdownPage(groups: readonly Group[]): string {
  return groups
    .map(([one, fields]) => {
      const rows = fields.map(([name, spec]) => [code(form(name, spec)), typeText(spec), cell(about(spec))]);
      return `## ${one.id}\n\n${one.summary}\n\n${markdownTable(['field', 'type', 'what it is'], rows)}`;
    })
    .join('\n');
}

function pagesOf(groups: readonly Group[]): Pages {
  return {
    text: () => textPage(groups),
    markdown: () => markdownPage(groups),
    json: () =>
      groups.map(([one, fields]) => ({
        id: one.id,
        summary: one.summary,
        sources: one.sources,
        fields: fields.map(([name, spec]) => ({
          name,
          type: spec.type,
          summary: spec.summary,
          list: spec.list ?? false,
          filterOnly: spec.filterOnly,
          printOnly: spec.printOnly,
          deprecated: spec.deprecated,
          argument: spec.arg && {
            kind: spec.arg.kind,
            required: spec.arg.required,
            dotted: spec.arg.dotted,
            summary: spec.arg.summary,
          },
        })),
      })),
  };
}

export default command({
  name: 'list fields',
  summary: 'List what conditions and outputs can ask for.',
  operands: '[WORD]',
  description:
    'Lists the fields of events, by class: what conditions compare and outputs print, with the type of the value. With a ' +
    'word, those that have it in their name or description.',
  options: {
    format: formatOption,
    source: { value: 'SOURCE', about: 'Fields of the events of this source; syscall where not given.' },
    all: { short: 'a', about: 'Also deprecated and internal ones.' },
  },
  examples: [
    { command: 'saker list fields proc.', about: 'What is known of processes' },
    { command: 'saker list fields ancestor', about: 'Where a process comes from' },
    { command: 'saker list fields --format json', about: 'For a program' },
  ],
  run({ values, positionals }, io) {
    const table = fieldTables()(values.source ?? 'syscall');
    if (table === undefined) throw new CommandError(`there is no event source '${values.source}'; there is 'syscall'`);
    const word = positionals.join(' ');
    const groups = table.classes
      .map((one): Group => [one, chosen(one, word, values.all)])
      .filter(([, fields]) => fields.length > 0);
    const written = page(pagesOf(groups), values.format);
    if (groups.length === 0) throw new CommandError(`no field has '${word}' in its name or description`);
    io.out(written);
    return 0;
  },
});
