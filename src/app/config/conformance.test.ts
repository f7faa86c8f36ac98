import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConfigName } from './keys.ts';
import { type ConfigFiles, loadConfig } from './load.ts';

const folder = path.resolve(import.meta.dirname, '../../../test/conformance/config');

/** A case: parts by their names, as test/conformance/config/README.md describes them. */
type Case = ReadonlyMap<string, string>;

function readCases(text: string): Map<string, Case> {
  const cases = new Map<string, Case>();
  for (const block of text.split(/^=== /m).slice(1)) {
    const [name, ...rest] = block.split('\n');
    const parts = new Map<string, string>();
    for (const part of rest.join('\n').split(/^--- /m).slice(1)) {
      const end = part.indexOf('\n');
      parts.set(part.slice(0, end).trim(), part.slice(end + 1));
    }
    cases.set(name!.trim(), parts);
  }
  return cases;
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line.trim() !== '');
}

function filesOf(parts: Case): ConfigFiles {
  const names = [...parts.keys()].filter((name) => /\.ya?ml$|\.d\//.test(name));
  return {
    read: (file) => parts.get(file),
    list(dir) {
      const inside = names.filter((name) => path.dirname(name) === dir);
      return inside.length === 0 ? undefined : inside.sort();
    },
  };
}

function run(parts: Case) {
  const options = lines(parts.get('options'));
  const environment = Object.fromEntries(
    lines(parts.get('environment')).map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
  const file = parts.has('falco.yaml') ? 'falco.yaml' : undefined;
  return loadConfig({ file, overrides: options, environment, files: filesOf(parts) });
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  describe(file, () => {
    test.each([...readCases(readFileSync(path.join(folder, file), 'utf8'))])('%s', (_, parts) => {
      const loaded = run(parts);
      const problems = loaded.diagnostics.map((item) => {
        const { file: at, line, column } = item.locations[0]!.position;
        const place = at.startsWith('-o') ? at : `${at}:${line + 1}:${column + 1}`;
        return `${item.severity} ${place} ${item.message}${item.help === undefined ? '' : ` [${item.help}]`}`;
      });
      expect(problems).toEqual(lines(parts.get('problems')));
      const wanted = lines(parts.get('values'));
      const got = wanted.map((line) => {
        const name = line.slice(0, line.indexOf(' ='));
        return `${name} = ${shown(loaded.config[name as ConfigName])}`;
      });
      expect(got).toEqual(wanted);
      expect(loaded.ok).toBe(!problems.some((line) => line.startsWith('error')));
    });
  });
}
