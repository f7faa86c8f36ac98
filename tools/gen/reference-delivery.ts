import { commonOptions, generalSections } from '../../src/app/delivery/general.ts';
import { maintenanceOptions } from '../../src/app/delivery/maintenance.ts';
import { intakeSpecs } from '../../src/app/delivery/specs.ts';
import { code } from '../../src/cli/list-pages.ts';
import { optionTable } from './reference-outputs.ts';

/** Keys of a configuration of delivery that are no output's own. */
export async function deliveryPage(): Promise<string> {
  const sections = Object.entries(generalSections).map(
    ([path, schema]) => `## ${path === '' ? 'At the top' : code(path)}\n\n${optionTable(schema)}\n`,
  );
  const intakes = (await intakeSpecs()).map((spec) => {
    const examples = spec.examples.map(({ title, config }) => `- ${title}: ${code(JSON.stringify(config))}\n`);
    const about = `${spec.summary} ${spec.description ?? ''}`.trim();
    return `## ${code(spec.section)}\n\n${about}\n\n${optionTable(spec.config)}\nExamples:\n\n${examples.join('')}\n`;
  });
  return `# Configuration of delivery

Keys of the file that \`saker deliver -c\` and \`saker run --deliver\` read: Falcosidekick's form, with its names and defaults; what is Saker's own says so.
Every key is also an environment variable, which goes before the file: \`tlsserver.deploy\` is \`TLSSERVER_DEPLOY\`. A text may come from a file: \`bearertoken_file\`
or \`BEARERTOKEN_FILE\` have its path. The keys of outputs are on [their own page](outputs.md).

${sections.join('')}## ${code('outputs')}

A list, for more than one output of a kind: each entry has \`output\` (the id), \`as\` (its own name) and the keys of that output.

## ${code('maintenance')}

A list of times in which alerts are held back on purpose.

${optionTable(maintenanceOptions)}
${intakes.join('')}## In every output's section

${optionTable(commonOptions)}`;
}
