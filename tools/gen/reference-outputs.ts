import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { outputs } from '../../src/app/registry.ts';
import { cell, code, markdownTable } from '../../src/cli/list-pages.ts';
import type { OutputSpec } from '../../src/model/output.ts';
import { optionDocs, type Schema } from '../../src/model/schema.ts';

const backendTests = path.resolve(import.meta.dirname, '../../test/backends');

/** Names of the real servers that tests open an output against, by the output's id: as the tests' text has them. */
function realServers(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of readdirSync(backendTests).filter((name) => name.endsWith('.test.ts'))) {
    const suites = readFileSync(path.join(backendTests, file), 'utf8')
      .split(/\bbackendSuite\(/)
      .slice(1);
    for (const suite of suites) {
      const name = /^\s*'([^']+)'/.exec(suite)?.[1];
      if (name === undefined) continue;
      for (const [, id] of suite.matchAll(/\bopen\(\s*'([a-z0-9-]+)'/g)) {
        found.set(id!, (found.get(id!) ?? new Set()).add(name));
      }
    }
  }
  return found;
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

function seenWith(spec: OutputSpec, servers: ReadonlySet<string> | undefined): string {
  const real = servers === undefined ? [] : [...servers].map((name) => cell(name));
  const isExact = spec.examples.some(({ expect }) => expect !== undefined);
  return [...real, ...(isExact ? ['requests to the letter'] : [])].join(', ') || 'a server of the test';
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
  const servers = realServers();
  const rows = specs.map((spec) => [
    `[${spec.id}](#${spec.id})`,
    cell(spec.title),
    spec.category,
    code(spec.section),
    seenWith(spec, servers.get(spec.id)),
  ]);
  return `# Outputs

Places that alerts are delivered to, by \`saker deliver\` and \`saker run --deliver\`. Sections and keys are those of Falcosidekick's configuration, in a file or in
the environment: the key \`webhookurl\` of the section \`slack\` is \`SLACK_WEBHOOKURL\` there. In examples, \`{url}\` is the address of a server.

How each is tried out ("seen with"): against the real servers that are named, and by comparing method, path, headers and body of its requests with the
vendor's documentation.

${markdownTable(['output', 'title', 'kind', 'section', 'seen with'], rows)}
Keys that every output has besides its own (priority, condition, certificates, batches...) are with the [configuration of delivery](delivery.md).

${specs.map(outputSection).join('\n')}`;
}
