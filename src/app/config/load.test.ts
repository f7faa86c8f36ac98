import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { substitute } from './environment.ts';
import { loadConfig } from './load.ts';
import { configSchema } from './schema.ts';

function load(text: string, overrides: string[] = []) {
  const files = { read: (file: string) => (file === 'falco.yaml' ? text : undefined), list: () => undefined };
  return loadConfig({ file: 'falco.yaml', overrides, environment: { A: '${A}${A}' }, files });
}

test('a problem shows its line with a caret', () => {
  const [problem] = load('a: 1\nengine:\n  kind: ebpf\n').diagnostics.filter((item) => item.severity === 'error');
  expect(problem!.snippet).toBe('  kind: ebpf\n        ^\n');
  expect(problem!.locations[0]!.position).toMatchObject({ file: 'falco.yaml', line: 2, column: 8 });
});

test('aliases that multiply, deep nesting and variables that name themselves end', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `k${i}: &a${i} [*a${i - 1}, *a${i - 1}, *a${i - 1}]`);
  const bomb = load(`k: &a-1 [x]\n${lines.join('\n')}\n`);
  expect(bomb.diagnostics.some((item) => item.message === 'too many or too deep values')).toBe(true);
  expect(load(`rules_files: ${'['.repeat(3000)}${']'.repeat(3000)}\n`).ok).toBe(false);
  expect(substitute('${A}', { A: '${A}${A}' }).length).toBeLessThan(10_000);
});

test('what can not be read is told, not thrown', () => {
  const folder = path.resolve(import.meta.dirname, '../../../test/conformance/config');
  let state = 12345;
  const random = (limit: number): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state % limit;
  };
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
    const blocks = readFileSync(path.join(folder, name), 'utf8')
      .split(/^--- falco.yaml\n/m)
      .slice(1);
    for (const block of blocks) {
      const text = block.split(/^(?:---|===)/m)[0]!;
      for (let i = 0; i < 10; i++) {
        const at = random(text.length + 1);
        const mutated = text.slice(0, at) + '[]{}:*&!|>\'"%@`,#-?\t\0'[random(22)]! + text.slice(at + random(3));
        expect(() => load(mutated, [mutated.slice(0, 30)])).not.toThrow();
      }
    }
  }
});

test('the schema names every section', () => {
  const schema = configSchema() as { properties: Record<string, { properties?: object }> };
  expect(Object.keys(schema.properties)).toContain('rules_files');
  expect(Object.keys(schema.properties['file_output']!.properties!)).toEqual(['enabled', 'keep_alive', 'filename']);
});
