import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenario } from '../../../test/kit/events.ts';
import { main } from '../dispatch.ts';

const folder = path.resolve(import.meta.dirname, '../../../test/conformance/config/commands');
const parts = new Set(['arguments', 'exit', 'out', 'out is', 'err', 'err is', 'environment']);

type Case = ReadonlyMap<string, string>;

function readCases(text: string): Map<string, Case> {
  const cases = new Map<string, Case>();
  for (const block of text.split(/^=== /m).slice(1)) {
    const [name, ...rest] = block.split('\n');
    const found = new Map<string, string>();
    for (const part of rest.join('\n').split(/^--- /m).slice(1)) {
      const end = part.indexOf('\n');
      found.set(part.slice(0, end).trim(), part.slice(end + 1));
    }
    cases.set(name!.trim(), found);
  }
  return cases;
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split('\n').filter((line) => line.trim() !== '');
}

/** Lines that have to be somewhere in the text, or with `!` in front must not be. */
function checkLines(text: string, wanted: readonly string[], all: string): void {
  for (const line of wanted) {
    if (line.startsWith('!')) expect(text, all).not.toContain(line.slice(1));
    else expect(text, all).toContain(line);
  }
}

function writeFiles(dir: string, files: Case): void {
  for (const [name, content] of files) {
    if (parts.has(name)) continue;
    const file = path.join(dir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (name.endsWith('.scap')) writeFileSync(file, scenario().as(100).execve('/usr/bin/id').toCapture());
    else writeFileSync(file, content.replaceAll('{dir}', dir));
  }
}

async function check(given: Case): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'saker-commands-'));
  try {
    writeFiles(dir, given);
    const args = lines(given.get('arguments')).map((line) => line.replaceAll('{dir}', dir));
    if (given.has('falco.yaml')) args.unshift('-c', path.join(dir, 'falco.yaml'));
    let out = '';
    let err = '';
    const environment = Object.fromEntries(
      lines(given.get('environment')).map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), environment };
    const code = await main(['falco', ...args], io);
    const alerts = path.join(dir, 'alerts');
    if (existsSync(alerts)) out = readFileSync(alerts, 'utf8') + out;
    out = out.replaceAll(dir, '{dir}');
    err = err.replaceAll(dir, '{dir}');
    const all = `exit ${code}\nout: ${out.slice(0, 2000)}\nerr: ${err.slice(0, 2000)}`;
    expect(code, all).toBe(Number(given.get('exit') ?? '0'));
    checkLines(out, lines(given.get('out')), all);
    checkLines(err, lines(given.get('err')), all);
    if (given.has('out is')) expect(out.trimEnd(), all).toBe(given.get('out is')!.trimEnd());
    if (given.has('err is')) expect(err.trimEnd(), all).toBe(given.get('err is')!.trimEnd());
  } finally {
    rmSync(dir, { recursive: true });
  }
}

for (const file of readdirSync(folder)) {
  describe(file, () => {
    test.each([...readCases(readFileSync(path.join(folder, file), 'utf8'))])('%s', (_, given) => check(given));
  });
}
