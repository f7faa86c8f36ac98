import type { Json } from '../base/json.ts';
import { variableOf } from '../app/delivery/load.ts';
import { outputSpecs } from '../app/delivery/specs.ts';
import { type OutputSpec, outputCategories } from '../model/output.ts';
import { optionDocs } from '../model/schema.ts';
import { command, exitCodes } from './command.ts';
import { cell, code, formatOption, markdownTable, mentions, page, type Pages, threeColumns } from './list-pages.ts';

/** Prometheus is no output that is sent to: it asks. People look for it here all the same. */
export const pulled = {
  id: 'prometheus',
  title: 'Prometheus',
  category: 'metrics',
  section: 'prometheus',
  summary: 'Asks for metrics: GET /metrics of `saker deliver` is always on; `extralabels` adds labels.',
} as const;

function pagesOf(specs: readonly OutputSpec[], isPulledShown: boolean): Pages {
  const more = isPulledShown ? [pulled] : [];
  return {
    text() {
      const parts = outputCategories.map((category) => {
        const rows = [...specs, ...more]
          .filter((spec) => spec.category === category)
          .map((spec) => [spec.id, spec.section, spec.summary] as const);
        return rows.length === 0 ? '' : `${category}:\n${threeColumns(rows, 24)}\n`;
      });
      return `${parts.join('')}${specs.length + more.length} outputs; \`saker outputs show NAME\` has the keys of one\n`;
    },
    markdown() {
      const rows = [...specs, ...more].map((spec) => [
        code(spec.id),
        code(spec.section),
        spec.category,
        cell(spec.summary),
      ]);
      return markdownTable(['output', 'section', 'category', 'what it does'], rows);
    },
    json: () =>
      specs.map(({ id, title, category, section, summary, stability, since, ...spec }) => ({
        id,
        title,
        category,
        section,
        summary,
        stability,
        since,
        keys: optionDocs(spec.config).map((doc) => ({
          name: doc.name,
          environment: variableOf({ section, ...spec } as OutputSpec, doc.name),
          about: doc.about,
          expects: doc.expects,
          default: (doc.fallback ?? null) as Json,
          secret: doc.secret,
        })),
      })),
  };
}

export default command({
  name: 'outputs list',
  summary: 'List the places that alerts can be delivered to.',
  operands: '[WORD]',
  description:
    'Shows each output with its section in the configuration. With WORD, only those that have it in their name, category or ' +
    'summary. `--format json` has all their keys.',
  options: { format: formatOption },
  examples: [
    { command: 'saker outputs list', about: 'All' },
    { command: 'saker outputs list chat', about: 'Those for chats' },
  ],
  async run({ values, positionals }, io) {
    const word = positionals[0] ?? '';
    const all = await outputSpecs();
    const specs = all.filter(({ id, title, category, summary }) => mentions(word, id, title, category, summary));
    const isPulledShown = mentions(word, ...Object.values(pulled));
    if (specs.length === 0 && !isPulledShown) {
      io.err(`no output has '${word}' in its name, category or summary\n`);
      return exitCodes.failed;
    }
    io.out(page(pagesOf(specs, isPulledShown), values.format));
    return exitCodes.ok;
  },
});
