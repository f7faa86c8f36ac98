import { expect, test } from 'vitest';
import { loadRules } from './load-rules.ts';

const unknown =
  "failed for <root>[0]: Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: 'x'.";
const first = 'failed for <root>: Failed to validate item #0 in array.';
const list = '- {list: a, items: [b]}\n';

test.each([
  ['', []],
  ['~', []],
  [list, ['ok']],
  [`--- ~\n---\n${list}`, []],
  [`${list}---\n---\n`, ['ok']],
  [`- {list: a, items: [b], x: 1}\n---\n${list}`, [unknown, first, 'ok']],
  [`- {list: a, items: [b], x: 1}\n---\n~\n`, [unknown, first]],
])('what the schema says of the documents %j', (text, expected) => {
  const { results } = loadRules([{ name: 'a', text }], { fieldTable: () => undefined, checkOutput: () => undefined });
  expect(results[0]!.schemaStatus).toEqual(expected);
});

test.each([
  ['~', 'LOAD_ERR_YAML_VALIDATE', 66],
  ['[a]', 'LOAD_ERR_VALIDATE', 0],
  ['{a: b}', 'LOAD_ERR_VALIDATE', 0],
])('override with %s as operation', (value, code, offset) => {
  const text = `${list}${list.replace('}', `, override: {items: ${value}}}`)}`;
  const { results } = loadRules([{ name: 'a', text }], { fieldTable: () => undefined, checkOutput: () => undefined });
  const [error] = results[0]!.diagnostics;
  expect(error).toMatchObject({ code });
  expect(error!.locations.at(-1)!.position.offset).toBe(offset);
});
