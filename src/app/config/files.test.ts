import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diskFiles, findRulesFiles } from './files.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-rules-'));
  for (const name of ['b.yaml', 'a.yml', 'c.txt', 'B.yaml']) writeFileSync(path.join(folder, name), '');
  mkdirSync(path.join(folder, 'd.yaml'));
  writeFileSync(path.join(folder, 'd.yaml', 'inner.yaml'), '');
  symlinkSync('d.yaml', path.join(folder, 'link'));
  symlinkSync('nowhere', path.join(folder, 'dangling.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function at(...names: string[]): string[] {
  return names.map((name) => path.join(folder, name));
}

test.each([
  ['a folder: its .yaml and .yml files by name, none of folders in it', [''], ['B.yaml', 'a.yml', 'b.yaml'], []],
  ['files in the order given', ['b.yaml', 'a.yml'], ['b.yaml', 'a.yml'], []],
  ['other endings are left out', ['c.txt', 'b.yaml'], ['b.yaml'], []],
  ['what does not exist', ['none.yaml', 'none', 'b.yaml'], ['b.yaml'], ['none.yaml', 'none']],
  ['a link to a folder', ['link'], ['link/inner.yaml'], []],
  ['the same twice', ['b.yaml', 'b.yaml'], ['b.yaml', 'b.yaml'], []],
])('%s', (_, entries, files, missing) => {
  const found = findRulesFiles(at(...entries));
  expect(found).toEqual({ files: at(...files), missing: at(...missing) });
});

test('files of the disk', () => {
  expect(diskFiles.read(path.join(folder, 'b.yaml'))).toBe('');
  expect(diskFiles.read(path.join(folder, 'none'))).toBeUndefined();
  expect(() => diskFiles.read(folder)).toThrow(/EISDIR/);
  expect(diskFiles.list(path.join(folder, 'b.yaml'))).toBeUndefined();
  expect(diskFiles.list(path.join(folder, 'none'))).toBeUndefined();
});
