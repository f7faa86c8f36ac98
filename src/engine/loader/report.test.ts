import { expect, test } from 'vitest';
import { corpusFields, stubTable } from '../../../test/conformance/language/stub-fields.ts';
import { loadRules } from './load-rules.ts';
import { fileText, validationJson, validationText } from './report.ts';

const table = stubTable('syscall', corpusFields);

function results(...texts: string[]) {
  const files = texts.map((text, index) => ({ name: `${index}.yaml`, text }));
  return loadRules(files, { fieldTable: () => table, checkOutput: () => undefined }).results;
}

const good = '- {rule: a, desc: d, condition: evt.type = open, output: x, priority: INFO}\n';
const warned = '- {list: l, items: [a]}\n';
const bad = '- {rule: b, desc: d, condition: proc.nme = ä, output: x, priority: INFO}\n';

test('one line per file, and all about those that are invalid', () => {
  expect(validationText(results(good, warned))).toBe('0.yaml: Ok\n1.yaml: Ok, with warnings');
  const lines = validationText(results(good, bad)).split('\n');
  expect(lines.slice(0, 3)).toEqual(['0.yaml: Ok', '1.yaml: Invalid', '1 Errors:']);
});

test('warnings of one file, on demand', () => {
  expect(fileText(results(warned)[0]!)).toContain('LOAD_UNUSED_LIST (Unused list): List not referred to');
});

test('the JSON form has the files in order and sorted keys', () => {
  const { falco_load_results: files } = validationJson(results(good, bad)) as { falco_load_results: object[] };
  expect(files.map((file) => Object.entries(file).find(([key]) => key === 'successful')?.[1])).toEqual([true, false]);
  for (const file of files) expect(Object.keys(file)).toEqual(Object.keys(file).sort());
});

test('the close-up has its caret below the mistake, counted in characters', () => {
  const text =
    '- list: l\n  items: [é]\n- {rule: a, desc: d, condition: "proc.name in (l) and proc.nme = a", output: x, priority: INFO}';
  const [diagnostic] = results(text)[0]!.diagnostics;
  expect(diagnostic).toMatchObject({
    message: 'filter_check called with nonexistent field proc.nme',
    closeUp: 'proc.name in ( é ) and proc.nme = a\n                       ^\n',
    help: 'did you mean proc.name, proc.aname, proc.pname?',
  });
});

test('a file without content, or with a byte order mark, is fine', () => {
  expect(validationText(results('', `\ufeff${good}`))).toBe('0.yaml: Ok\n1.yaml: Ok');
});
