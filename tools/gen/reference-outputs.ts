import { outputs } from '../../src/app/registry.ts';
import { cell, code, markdownTable } from '../../src/cli/list-pages.ts';
import type { OutputSpec } from '../../src/model/output.ts';
import { optionDocs, type Schema } from '../../src/model/schema.ts';
import { proofs } from '../../test/backends/proven.ts';

/** The real servers that tests open an output against, with the versions that were seen last. */
function realServers(id: string): string[] {
  const found = Object.values(proofs).flatMap(({ server, version, note, outputs: ids, proxied = [] }) => {
    const text = `${server} ${version}${note === undefined ? '' : ` (${note})`}`;
    if (ids.some((own) => own === id)) return [text];
    return proxied.some((own) => own === id) ? [`${text} as a proxy`] : [];
  });
  return [...new Set(found)];
}

function valueText(value: unknown): string {
  const isNothing = value === '' || JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]';
  return value === undefined || isNothing ? '' : code(JSON.stringify(value));
}

/** Keys with what they expect, their defaults and what they are. */
export function optionTable(config: Schema): string {
  const rows = optionDocs(config).map(({ name, about, expects, fallback, secret }) => [
    code(name),
    cell(secret ? `${expects}, kept secret` : expects),
    valueText(fallback),
    cell(about),
  ]);
  return rows.length === 0 ? 'No keys of its own.\n' : markdownTable(['key', 'expects', 'default', 'what it is'], rows);
}

function seenWith({ id, examples }: OutputSpec): string {
  const isExact = examples.some(({ expect }) => expect !== undefined);
  const loopback = isExact ? ['loopback: requests to the letter'] : ['loopback'];
  const real = realServers(id);
  return cell((real.length === 0 ? loopback : [...real, ...(isExact ? loopback : [])]).join('; '));
}

function outputSection(spec: OutputSpec): string {
  const { id, title, summary, description = '', section, since, stability, shared = [] } = spec;
  const above = shared.map((key) => code(`${section.slice(0, section.lastIndexOf('.'))}.${key}`)).join(', ');
  const about = [summary, description, `Section ${code(section)}.`, above === '' ? '' : `It also reads ${above}.`];
  const examples = spec.examples.map(({ title: name, config }) => `- ${name}: ${code(JSON.stringify(config))}\n`);
  return `## ${id}

${title}. ${about.filter((part) => part !== '').join(' ')} Since ${since}, ${stability}.

${optionTable(spec.config)}
Examples:

${examples.join('')}`;
}

/** Places that alerts are delivered to, and how each was seen to work. */
export async function outputsPage(): Promise<string> {
  const loaded = await Promise.all(Object.values(outputs).map(async (load) => (await load()).default));
  const specs = (loaded as unknown as OutputSpec[]).sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = specs.map((spec) => [
    `[${spec.id}](#${spec.id})`,
    cell(spec.title),
    spec.category,
    code(spec.section),
    seenWith(spec),
  ]);
  return `# Outputs

Places that alerts are delivered to, by \`saker deliver\` and \`saker run --deliver\`. Sections and keys are those of Falcosidekick's configuration, in a file or in
the environment: the key \`webhookurl\` of the section \`slack\` is \`SLACK_WEBHOOKURL\` there. In examples, \`{url}\` is the address of a server.

How each is tried out ("seen with"): against the real server that is named, in the version it was last seen with
(\`test/backends/proven.ts\`, which the tests hold to be true); or against a server of the tests on the same machine (loopback), which
compares method, path, headers and body of requests to the letter with what the vendor's documentation says.

${markdownTable(['output', 'title', 'kind', 'section', 'seen with'], rows)}
Keys that every output has besides its own (priority, condition, certificates, batches...) are with the [configuration of delivery](delivery.md).

${specs.map(outputSection).join('\n')}`;
}
