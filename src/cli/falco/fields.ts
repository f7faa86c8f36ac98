import { type Json, toPrettyJson } from '../../base/json.ts';
import { configuredFields } from '../../app/config/fields.ts';
import { kubernetesPlugin } from '../../app/config/kubernetes-metadata.ts';
import { loadsPlugin } from '../../app/config/plugin-init.ts';
import type { FieldClass, FieldSpec } from '../../model/field.ts';
import { type FalcoContext, FalcoError } from './context.ts';
import { wrappedWords } from './wrapped-words.ts';

const leftWidth = 30;
const lineWidth = 120;

type Named = readonly [string, FieldSpec];
type Format = 'text' | 'markdown' | 'json';

/** The format that --format or --markdown asks for. @throws FalcoError */
export function listFormat({ flags, io }: Pick<FalcoContext, 'flags' | 'io'>): Format {
  if (flags.markdown && flags.format !== undefined) {
    throw new FalcoError('Cannot specify both --markdown and --format options together');
  }
  if (flags.markdown) io.err('WARNING: --markdown is deprecated, use --format markdown instead.\n');
  const word = (flags.markdown ? 'markdown' : (flags.format ?? 'text')).toLowerCase();
  if (word === 'text' || word === 'markdown' || word === 'json') return word;
  throw new FalcoError(`Invalid format '${flags.format}'. Valid values are: text, markdown, json`);
}

/** --list. @throws FalcoError */
export function listFields(context: FalcoContext): number {
  const { flags, io } = context;
  const source = flags.list === '' ? 'syscall' : flags.list!;
  const table = configuredFields(context.config)(source);
  if (table === undefined) throw new FalcoError('Value for --list must be a valid source type');
  const format = listFormat(context);
  // As the peer: a plugin's fields are listed where it is loaded.
  const { config } = context;
  const shown = table.classes.filter(({ id }) => id !== kubernetesPlugin || loadsPlugin(config, kubernetesPlugin));
  const classes = shown.map((one): [FieldClass, Named[]] => [
    one,
    Object.entries(one.fields).filter(([, spec]) => !spec.hidden && !spec.deprecated),
  ]);
  if (flags.N) {
    const names = classes.flatMap(([, fields]) => fields.map(([name]) => name));
    io.out(format === 'json' ? `${toPrettyJson({ fieldnames: names })}\n` : names.map((name) => `${name}\n`).join(''));
    return 0;
  }
  if (format === 'json')
    io.out(`${toPrettyJson({ fieldclasses: classes.map(([one, fields]) => classJson(one, fields, source)) })}\n`);
  else {
    const page = format === 'text' ? classText : classMarkdown;
    for (const [one, fields] of classes) io.out(`${page(one, fields, source, flags.v)}\n`);
  }
  return 0;
}

function wrapped(text: string): string {
  return wrappedWords(text, leftWidth, lineWidth);
}

function classText(one: FieldClass, fields: readonly Named[], source: string, verbose: boolean): string {
  let text = `-------------------------------\n${'Field Class:'.padEnd(leftWidth)}${one.id}\n`;
  text += `${'Description:'.padEnd(leftWidth)}${wrapped(one.summary)}\n`;
  text += `${'Event Sources:'.padEnd(leftWidth)}${source} \n\n`;
  for (const [name, spec] of fields) {
    const left = name.length > leftWidth ? `${name}\n${' '.repeat(leftWidth)}` : name.padEnd(leftWidth);
    const tag = spec.filterOnly ? '(FILTER ONLY) ' : '';
    text += `${left}${wrapped(`${verbose ? `(Type: ${spec.type}) ` : ''}${tag}${spec.summary}`)}\n`;
  }
  return text;
}

function classMarkdown(one: FieldClass, fields: readonly Named[], source: string): string {
  let text = `## Field Class: ${one.id}\n\n${one.summary}\n\nEvent Sources: ${source} \n\n`;
  text += 'Name | Type | Description\n:----|:-----|:-----------\n';
  for (const [name, spec] of fields) {
    text += `\`${name}\` | ${spec.list ? `LIST(${spec.type})` : spec.type} | ${spec.summary}\n`;
  }
  return text;
}

function classJson(one: FieldClass, fields: readonly Named[], source: string): Json {
  return {
    desc: one.summary,
    event_sources: [source],
    fields: fields.map(([name, spec]) => ({
      argument: argumentJson(spec),
      desc: spec.summary,
      is_list: spec.list ?? false,
      name,
      type: spec.type,
    })),
    name: one.id,
  };
}

function argumentJson({ arg }: FieldSpec): Json {
  if (arg === undefined) return null;
  const types = arg.kind === 'index-or-key' ? ['INDEX', 'KEY'] : [arg.kind.toUpperCase()];
  return { required: arg.required, type: types };
}
