import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'saker-layering-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cases: readonly { file: string; code: string; report?: string }[] = [
  {
    file: 'src/lang/a.ts',
    code: "import type { X } from '../writers/stdout/index.ts';",
    report: 'lang may not import writers',
  },
  {
    file: 'src/lang/b.ts',
    code: "export const load = () => import('../state/machine.ts');",
    report: 'lang may not import state',
  },
  { file: 'src/base/c.ts', code: "export * from '../model/event.ts';", report: 'base may not import model' },
  {
    file: 'src/writers/file/index.ts',
    code: "import '../stdout/index.ts';",
    report: 'file may not import its sibling stdout',
  },
  {
    file: 'src/fields/fd/index.ts',
    code: "export { x } from '../evt/args.ts';",
    report: 'fd may not import its sibling evt',
  },
  { file: 'src/engine/d.ts', code: "import '../pipeline/pipeline.ts';", report: 'engine may not import pipeline' },
  { file: 'src/engine/e.ts', code: "import '../lang/ast.ts'; import '../model/event.ts'; import './bound.ts';" },
  {
    file: 'src/fields/fd/parts/f.ts',
    code: "import '../addresses.ts'; import '../../text.ts'; import '../../../model/fd.ts';",
  },
  { file: 'src/sources/ebpf/h.ts', code: "import '../linux/interest.ts'; import '../linux/procfs/scan.ts';" },
  {
    file: 'src/sources/linux/i.ts',
    code: "import '../ebpf/addon.ts';",
    report: 'linux may not import its sibling ebpf',
  },
  { file: 'src/app/g.ts', code: "import '../writers/stdout/index.ts'; import '../sources/ebpf/index.ts';" },
];

function reports(): Map<string, string[]> {
  for (const { file, code } of cases) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), `${code}\n`);
  }
  const config = {
    jsPlugins: [path.join(root, 'tools/lint/layering.mjs')],
    rules: { 'saker/layering': 'error' },
    categories: {},
  };
  writeFileSync(path.join(folder, '.oxlintrc.json'), JSON.stringify(config));
  const run = spawnSync(path.join(root, 'node_modules/.bin/oxlint'), ['--format=json', '-c', '.oxlintrc.json', '.'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}` },
  });
  const found = new Map<string, string[]>();
  const output: { diagnostics: { message: string; filename: string; code: string }[] } = JSON.parse(run.stdout);
  for (const { message, filename, code } of output.diagnostics) {
    if (!code.includes('layering')) continue;
    const file = filename.slice(filename.indexOf('src/'));
    found.set(file, [...(found.get(file) ?? []), message]);
  }
  return found;
}

describe('the layer rule', () => {
  const found = reports();
  it.each(cases)('$file: $code', ({ file, report }) => {
    const messages = found.get(file) ?? [];
    if (report === undefined) expect(messages).toEqual([]);
    else expect(messages).toEqual([expect.stringContaining(report)]);
  });
});
