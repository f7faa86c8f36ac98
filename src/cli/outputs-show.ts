import { commonOptions, generalSections } from '../app/delivery/general.ts';
import { variableOf } from '../app/delivery/load.ts';
import { outputSpecs } from '../app/delivery/specs.ts';
import { didYouMean } from '../base/suggest.ts';
import type { OutputSpec } from '../model/output.ts';
import { type OptionDoc, optionDocs } from '../model/schema.ts';
import { CommandError, command, exitCodes } from './command.ts';
import { wrapText } from './help.ts';
import { UsageError } from './options.ts';
import { pulled } from './outputs-list.ts';

const width = 96;

function defaultText({ fallback }: OptionDoc): string {
  if (fallback === undefined || fallback === '' || typeof fallback === 'object') return '';
  return ` Default: ${fallback}.`;
}

function keyText(spec: OutputSpec, doc: OptionDoc): string {
  const about = `${doc.about} Expected: ${doc.expects}.${defaultText(doc)}`;
  const lines = wrapText(about, width - 6).map((line) => `      ${line}\n`);
  return `  ${doc.name}  (${variableOf(spec, doc.name)})${doc.secret ? '  secret' : ''}\n${lines.join('')}`;
}

function pageOf(spec: OutputSpec): string {
  const { title, id, category, section, summary, description = '' } = spec;
  const own = optionDocs(spec.config);
  const names = new Set(own.map((doc) => doc.name));
  const common = optionDocs(commonOptions).filter((doc) => !names.has(doc.name));
  const about = wrapText(`${summary} ${description}`.trim(), width).join('\n');
  return (
    `${title} (${id}), ${category}; section ${section}\n\n${about}\n\nkeys, with their environment variables:\n` +
    `${own.map((doc) => keyText(spec, doc)).join('')}\n` +
    `keys that every output has:\n${common.map((doc) => keyText(spec, doc)).join('')}`
  );
}

function pulledPage(): string {
  const { id, title, category, section, summary } = pulled;
  const keys = optionDocs(generalSections.prometheus).map(
    ({ name, about }) => `  ${name}  (PROMETHEUS_${name.toUpperCase()})\n      ${about}\n`,
  );
  return `${title} (${id}), ${category}; section ${section}\n\n${summary}\n\nkeys, with their environment variables:\n${keys.join('')}`;
}

/** The output of an id. @throws CommandError */
export function specNamed(specs: readonly OutputSpec[], name: string): OutputSpec {
  const found = specs.find(({ id, section }) => id === name || section === name);
  if (found !== undefined) return found;
  const ids = specs.map(({ id }) => id);
  throw new CommandError(`there is no output '${name}'; ${didYouMean(name, ids) ?? '`saker outputs list` shows them'}`);
}

export default command({
  name: 'outputs show',
  summary: 'Show the keys of an output.',
  operands: 'NAME',
  description: 'Shows what an output does and its keys in the configuration, with their environment variables.',
  options: {},
  examples: [{ command: 'saker outputs show slack', about: 'The keys of Slack' }],
  async run({ positionals }, io) {
    const [name] = positionals;
    if (name === undefined) throw new UsageError('the name of an output is missing', '`saker outputs list` shows them');
    if (name === pulled.id) {
      io.out(pulledPage());
      return exitCodes.ok;
    }
    io.out(pageOf(specNamed(await outputSpecs(), name)));
    return exitCodes.ok;
  },
});
