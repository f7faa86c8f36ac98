import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Program } from '../sensor-kit.ts';

/** Compiles files of C, by name; the first is the program. What it declares static lies in the lower 4 GB of memory. */
export function compileText(files: Readonly<Record<string, string>>): Program {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-kernel-'));
  const [source = ''] = Object.keys(files);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const program = path.join(folder, path.parse(source).name);
  const options = process.arch === 'x64' ? ['-no-pie', '-fno-pie', '-mno-red-zone'] : [];
  const args = ['-O1', '-w', ...options, '-o', program, path.join(folder, source), '-lpthread'];
  const result = spawnSync('gcc', args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`gcc ${source}: ${result.stderr}`);
  return { path: program, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
