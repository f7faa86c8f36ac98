import { describe, expect, test } from 'vitest';
import { corpusFields, stubTable } from '../../../test/conformance/language/stub-fields.ts';
import { loadRules } from './load-rules.ts';
import { readYaml } from './yaml-tree.ts';

const table = stubTable('syscall', corpusFields);

function load(text: string) {
  return loadRules([{ name: 'f', text }], {
    fieldTable: (source) => (source === 'syscall' ? table : undefined),
    checkOutput: () => undefined,
  });
}

function firstError(text: string): string {
  const result = load(text);
  return result.results[0]!.diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'none';
}

function rule(condition: string): string {
  return `- {rule: r, desc: d, condition: "${condition}", output: x, priority: INFO}\n`;
}

/** Lines made from numbers from 0 up. */
function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
}

describe('files made to exhaust the loader are refused', () => {
  test('aliases within aliases', () => {
    const anchors = lines(9, (i) => `    - &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`);
    const text = `- list: l\n  items:\n    - &a0 [${Array(10).fill('x').join(', ')}]\n${anchors}`;
    expect(firstError(text)).toContain('more than 4000000 YAML nodes');
  });

  test('YAML nested without end', () => {
    expect(firstError(`- ${'['.repeat(200)}`)).not.toBe('none');
    expect(firstError(`- ${'['.repeat(200)}${']'.repeat(200)}`)).toContain('nested deeper than 100 levels');
    expect(firstError(`- ${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toMatch(/nested/);
    expect(firstError(`${'- '.repeat(50_000)}a`)).toMatch(/nested/);
  });

  test('a file beyond the limit', () => {
    const { problem } = readYaml('- a: b', { bytes: 5, nodes: 100, depth: 10 });
    expect(problem?.message).toContain('larger than 5 bytes');
  });

  test('too many nodes', () => {
    const { problem } = readYaml('[a, b, c]', { bytes: 100, nodes: 3, depth: 10 });
    expect(problem?.message).toContain('more than 3 YAML nodes');
  });

  test('lists that multiply by text', () => {
    const lists = lines(
      12,
      (i) =>
        `- {list: l${i}, items: [${Array(10)
          .fill(`l${i + 1}`)
          .join(', ')}]}`,
    );
    expect(firstError(lists + rule('evt.type = open and proc.name in (l0)'))).toContain('lists filled in');
  });

  test('lists that multiply by reference', () => {
    const items = (name: string) => Array(2000).fill(name).join(', ');
    const lists = `- {list: l0, items: [${items('a')}]}\n- {list: l1, items: [${items('l0')}]}\n`;
    expect(firstError(lists + rule('evt.type = open'))).toContain('more than 2000000 items');
  });

  test('macros that double', () => {
    const macros = lines(
      40,
      (i) => `- {macro: m${i}, condition: ${i === 0 ? 'proc.name = a' : `m${i - 1} and m${i - 1}`}}`,
    );
    expect(firstError(macros + rule('evt.type = open and m39'))).toContain('is too large');
  });

  test('macros that double, defined backwards', () => {
    const first = lines(40, (i) => `- {macro: m${i}, condition: proc.name = a}`);
    const again = lines(39, (i) => `- {macro: m${i}, condition: m${i + 1} and m${i + 1}}`);
    expect(firstError(first + again + rule('evt.type = open and m0'))).toContain('is too large');
  });

  test('macros in a long chain', () => {
    const macros = lines(3000, (i) => `- {macro: m${i}, condition: ${i === 0 ? 'proc.name = a' : `not m${i - 1}`}}`);
    expect(firstError(macros + rule('evt.type = open and m2999'))).toContain('is too large');
  });

  test('parentheses without end', () => {
    const condition = `${'('.repeat(100_000)}evt.type = open${')'.repeat(100_000)}`;
    expect(firstError(rule(condition))).toBe('exceeded max depth limit of 1000');
  });

  test('transformers without end', () => {
    const condition = `${'tolower('.repeat(100_000)}proc.name${')'.repeat(100_000)} = a`;
    expect(firstError(rule(condition))).toBe('exceeded max depth limit of 1000');
  });

  test('more mistakes than anyone reads', () => {
    const { results } = load(lines(20_000, () => '- {unknown: item}'));
    expect(results[0]).toMatchObject({ successful: true, dropped: 10_000 });
    expect(results[0]!.diagnostics).toHaveLength(10_000);
  });
});

test('large but sensible files load', () => {
  const items = Array.from({ length: 50_000 }, (_, i) => `/path/${i}`).join(', ');
  const names = lines(
    300,
    (i) => `- {rule: r${i}, desc: d, condition: evt.type = open and m${i}, output: x, priority: INFO}`,
  );
  const macros = lines(
    300,
    (i) => `- {macro: m${i}, condition: "proc.name = a${i} and ${i === 0 ? 'fd.name in (l)' : 'm0'}"}`,
  );
  const result = load(`- {list: l, items: [${items}]}\n${macros}${names}`);
  expect(result.results[0]!.diagnostics).toEqual([]);
  expect(result.rules).toHaveLength(300);
});
