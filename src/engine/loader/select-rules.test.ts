import { expect, test } from 'vitest';
import type { Priority } from '../../model/alert.ts';
import type { LoadedRule } from '../../model/rule.ts';
import { matchesWildcard, type RuleSelection, selectRules } from './select-rules.ts';

function rule(index: number, name: string, tags: string[], enabled: boolean, priority: Priority): LoadedRule<null> {
  return {
    name,
    index,
    tags,
    enabled,
    priority,
    condition: null,
    output: '',
    source: 'syscall',
    capture: false,
    captureDurationMs: 0,
    file: 'f',
    eventTypes: new Set(),
  };
}

const rules = [
  rule(0, 'Read file', ['file', 'read'], true, 'Warning'),
  rule(1, 'Write file', ['file'], true, 'Error'),
  rule(2, 'Shell', ['process'], false, 'Notice'),
  rule(3, 'Shell in container', ['process', 'container'], true, 'Debug'),
];

const cases: readonly (readonly [RuleSelection[], string[], Priority?])[] = [
  [[], ['Read file', 'Write file', 'Shell in container']],
  [[{ enable: false, rule: '*' }], []],
  [[{ enable: true, rule: '*' }], ['Read file', 'Write file', 'Shell in container', 'Shell']],
  [[{ enable: false, rule: 'Read file' }], ['Write file', 'Shell in container']],
  [[{ enable: false, rule: 'Read' }], ['Read file', 'Write file', 'Shell in container']],
  [[{ enable: false, rule: '*file' }], ['Shell in container']],
  [[{ enable: false, tag: 'file' }], ['Shell in container']],
  [[{ enable: false, tag: 'fil*' }], ['Read file', 'Write file', 'Shell in container']],
  [
    [
      { enable: false, rule: '*' },
      { enable: true, tag: 'process' },
    ],
    ['Shell', 'Shell in container'],
  ],
  [
    [
      { enable: false, rule: 'Read file' },
      { enable: true, rule: 'Read file' },
    ],
    ['Write file', 'Shell in container', 'Read file'],
  ],
  [[{ enable: false, rule: 'Read*', tag: 'container' }], ['Write file']],
  [[{ enable: true, rule: 'Shell' }], ['Read file', 'Write file', 'Shell'], 'Notice'],
  [[{ enable: true, rule: '*' }], ['Write file'], 'Error'],
];

for (const [selections, expected, minimum] of cases) {
  test(`${JSON.stringify(selections)} selects ${expected.join(', ')}`, () => {
    const selected = selectRules(rules, selections, minimum);
    expect(selected.map(({ name }) => name)).toEqual(expected);
    expect(selected.every(({ enabled }) => enabled)).toBe(true);
  });
}

const wildcards: readonly (readonly [string, string, boolean])[] = [
  ['abc', 'abc', true],
  ['abc', 'ab', false],
  ['abc', '*', true],
  ['', '*', true],
  ['', '', true],
  ['abc', 'a*', true],
  ['abc', '*c', true],
  ['abc', 'a*c', true],
  ['abc', 'a*d', false],
  ['abc', '*b*', true],
  ['abc', '**', true],
  ['aba', 'ab*ba', false],
  ['abba', 'ab*ba', true],
  ['a.c', 'a?c', false],
  ['abcabc', '*bc*bc', true],
  ['abcabc', '*bc*bc*bc', false],
  ['aaaa', '*a*a*a*a*', true],
  ['aaa', '*a*a*a*a*', false],
];

test.each(wildcards)('%j matches %j: %s', (text, pattern, expected) => {
  expect(matchesWildcard(text, pattern)).toBe(expected);
});

test('a pattern made to be slow', () => {
  expect(matchesWildcard('a'.repeat(50_000), `${'*a'.repeat(1000)}*b`)).toBe(false);
});
