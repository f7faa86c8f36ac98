import { expect, test } from 'vitest';
import { schemaProblems } from './schema-check.ts';
import { readYaml } from './yaml-tree.ts';

const type = "Value type not permitted by 'type' constraint.";
const property = (name: string) => `Failed to validate against schema associated with property name '${name}'.`;
const unknown = (name: string) =>
  `Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '${name}'.`;

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['[]', []],
  ['{}', [`<root>: ${type}`]],
  ['- {rule: r, priority: WARNING, enabled: true, tags: [a], capture_duration: 5}', []],
  ['- {required_engine_version: 5}', []],
  ['- {list: l, items: [a, 5, 1.5]}', []],
  ['- {override: {items: append}}', []],
  ['- {tags: {}}', [`<root>[0][tags]: ${type}`, `<root>[0]: ${property('tags')}`]],
  ['- {rule: []}', [`<root>[0][rule]: ${type}`, `<root>[0]: ${property('rule')}`]],
  ['- {override: []}', [`<root>[0][override]: ${type}`, `<root>[0]: ${property('override')}`]],
  ['- []', [`<root>[0]: ${type}`, '<root>: Failed to validate item #0 in array.']],
  ['- {capture_duration: -9223372036854775808}', []],
  [
    '- {capture_duration: 9223372036854775808}',
    [`<root>[0][capture_duration]: ${type}`, `<root>[0]: ${property('capture_duration')}`],
  ],
  ['- {~: x}', [`<root>[0]: ${unknown('null')}`]],
  ['- {rule: r, desc: d, desc: e}', [`<root>[0]: ${unknown('')}`, '<root>: Failed to validate item #0 in array.']],
  ['a', [`<root>: ${type}`]],
  ['- a', [`<root>[0]: ${type}`, '<root>: Failed to validate item #0 in array.']],
  ['- {enabled: yes}', [`<root>[0][enabled]: ${type}`, `<root>[0]: ${property('enabled')}`]],
  ['- {capture_duration: 5s}', [`<root>[0][capture_duration]: ${type}`, `<root>[0]: ${property('capture_duration')}`]],
  ['- {tags: a}', [`<root>[0][tags]: ${type}`, `<root>[0]: ${property('tags')}`]],
  ['- {rule: [a]}', [`<root>[0][rule]: ${type}`, `<root>[0]: ${property('rule')}`]],
  ['- {desc: }', [`<root>[0][desc]: ${type}`, `<root>[0]: ${property('desc')}`]],
  ['- {b: 1, a: 2}', [`<root>[0]: ${unknown('b')}`]],
  [
    '- {priority: Info}',
    ['<root>[0][priority]: Failed to match against any enum values.', `<root>[0]: ${property('priority')}`],
  ],
  [
    '- {priority: [a]}',
    [
      `<root>[0][priority]: ${type}`,
      '<root>[0][priority]: Failed to match against any enum values.',
      `<root>[0]: ${property('priority')}`,
    ],
  ],
  [
    '- {override: {}}',
    ['<root>[0][override]: Object should have no fewer than 1 properties.', `<root>[0]: ${property('override')}`],
  ],
  [
    '- {exceptions: [{fields: a}]}',
    [
      "<root>[0][exceptions][0]: Missing required property 'name'.",
      '<root>[0][exceptions]: Failed to validate item #0 in array.',
      `<root>[0]: ${property('exceptions')}`,
    ],
  ],
  [
    '- {items: [[a]]}',
    [
      `<root>[0][items][0]: ${type}`,
      '<root>[0][items][0]: Failed to validate against child schema #0.',
      `<root>[0][items][0]: ${type}`,
      '<root>[0][items][0]: Failed to validate against child schema #1.',
      '<root>[0][items][0]: Failed to validate against any schemas allowed by anyOf constraint.',
      '<root>[0][items]: Failed to validate item #0 in array.',
      `<root>[0]: ${property('items')}`,
    ],
  ],
];

test.each(cases)('%s', (text, expected) => {
  const problems = schemaProblems(readYaml(text).documents[0]!);
  const last = '<root>: Failed to validate item #0 in array.';
  const all =
    expected.length === 0 || expected.some((line) => line.startsWith('<root>:')) ? expected : [...expected, last];
  expect(problems).toEqual(all.map((line) => `failed for ${line}`));
});
