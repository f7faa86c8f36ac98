import { expect, test } from 'vitest';
import { corpusFields, stubTable } from '../../../test/conformance/language/stub-fields.ts';
import { loadRules } from './load-rules.ts';

const table = stubTable('syscall', corpusFields);
const lists = '- {list: shells, items: [bash]}\n- {macro: spawned, condition: evt.type = open}\n';

function helps(rule: string): string[] {
  const loaded = loadRules([{ name: 'a', text: `${lists}- ${rule}\n` }], {
    fieldTable: () => table,
    checkOutput: () => undefined,
  });
  return loaded.results.flatMap(({ diagnostics, further }) =>
    [...diagnostics, ...further].flatMap(({ help }) => help ?? []),
  );
}

test.each([
  ['spawend', "did you mean 'spawned'?"],
  ['proc.name in (shels)', 'did you mean the list shells?'],
  ['evt.type = opne', "did you mean 'open'?"],
])('%s: what may be meant', (condition, help) => {
  expect(helps(`{rule: r, desc: d, condition: ${condition}, output: o, priority: INFO}`)).toContain(help);
});

test('keys', () => {
  expect(helps('{rule: r, desc: d, condition: spawned, output: o, priority: INFO, tgas: []}')).toEqual([
    "did you mean 'tags'?",
  ]);
});

test.each(['bash', '/bin/shels', 'sh', 'shellcheck'])('%s is no list that is mistyped', (value) => {
  const rule = `{rule: r, desc: d, condition: evt.type = open and proc.name in (${value}), output: o, priority: INFO}`;
  expect(helps(rule)).toEqual([]);
});
