import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { neededToWrite } from './writable.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-writable-'));
  writeFileSync(path.join(folder, 'there'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

const needed = ['DAC_OVERRIDE'];

test.each<[string, string, number, number, 'owner' | 'group' | 'other', readonly string[]]>([
  ['one that is there', 'there', 0o755, 0o600, 'owner', []],
  ['one that is there and read only', 'there', 0o755, 0o400, 'owner', needed],
  ['one of another user', 'there', 0o777, 0o644, 'other', needed],
  ['one of another user, for all', 'there', 0o755, 0o666, 'other', []],
  ['one of a group', 'there', 0o755, 0o664, 'group', []],
  ['a new one', 'new', 0o700, 0o600, 'owner', []],
  ["a new one in another user's folder", 'new', 0o755, 0o600, 'other', needed],
  ["a new one in another user's folder, for all", 'new', 0o777, 0o600, 'other', []],
  ['in a folder that is not there', 'none/new', 0o755, 0o600, 'other', []],
])('a file: %s', (_, name, folderMode, fileMode, who, wanted) => {
  chmodSync(folder, folderMode);
  chmodSync(path.join(folder, 'there'), fileMode);
  const { uid, gid } = statSync(folder);
  const asker = { uid: who === 'owner' ? uid : uid + 1, groups: who === 'group' ? [gid] : [gid + 1] };
  expect(neededToWrite([undefined, path.join(folder, name)], asker)).toEqual(wanted);
  chmodSync(folder, 0o755);
});

test('standard output needs nothing', () => {
  expect(neededToWrite(['-', ''], { uid: 4_000_000, groups: [] })).toEqual([]);
});
