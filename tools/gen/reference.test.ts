import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fieldTables } from '../../src/app/registry.ts';
import { loadRuleTexts } from '../../src/cli/rules.ts';
import { operators } from '../../src/lang/operators.ts';
import { transformers } from '../../src/lang/transformers.ts';
import { events } from '../../src/model/event-table.ts';
import { paramTypeDocs } from '../../src/model/param-type-docs.ts';
import { eventEntries } from '../../src/cli/event-entries.ts';
import { folder, generated, referencePages } from './reference.ts';

const pages = await referencePages();

describe('docs/reference', () => {
  test.each([...pages])('%s is up to date (npm run reference)', (name, page) => {
    const file = path.join(folder, name);
    const stale = !existsSync(file) || readFileSync(file, 'utf8') !== page;
    expect(stale ? `docs/reference/${name} is stale: run npm run reference` : '').toBe('');
  });

  test('holds no page that is generated no more', () => {
    const others = readdirSync(folder).filter((name) => !pages.has(name));
    for (const name of others) expect(readFileSync(path.join(folder, name), 'utf8'), name).not.toContain(generated);
  });

  test.each([...pages])('%s has whole tables', (_, page) => {
    for (const table of page.match(/(?:^\|.*\n)+/gm) ?? []) {
      const widths = table
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(widths).size, table.slice(0, 80)).toBe(1);
    }
  });
});

test('links in docs/README.md lead somewhere, and every reference page has one', () => {
  const docs = path.dirname(folder);
  const readme = readFileSync(path.join(docs, 'README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\(([^)#]+\.md)\)/g)].map((match) => match[1]!);
  for (const link of linked) expect(existsSync(path.join(docs, link)), link).toBe(true);
  for (const name of pages.keys()) expect(linked).toContain(`reference/${name}`);
});

test.each([...operators, ...transformers.values()])('the example of $name is a check', ({ name, example }) => {
  expect(example).toContain(name);
  const rule = { rule: 'r', desc: 'd', condition: `evt.type = execve and ${example}`, output: 'x', priority: 'INFO' };
  const { results } = loadRuleTexts([{ name: 'r.yaml', text: JSON.stringify([rule]) }], fieldTables(), 'Debug');
  expect(results.flatMap((result) => [...result.diagnostics, ...result.further])).toEqual([]);
});

test('every type of parameter that events have is explained', () => {
  const used = eventEntries()
    .filter((entry) => !entry.old)
    .flatMap((entry) => entry.info.params.map((param) => param.type));
  expect([...new Set(used)].filter((type) => paramTypeDocs[type] === undefined)).toEqual([]);
  expect(events.length).toBe(454);
});
