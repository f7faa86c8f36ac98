import { expect, it } from 'vitest';
import { joinPath } from './join-path.ts';

it.each([
  ['/home/u/', 'file', '/home/u/file'],
  ['/home/u/', 'a/b/c', '/home/u/a/b/c'],
  ['/home/u/', '../x', '/home/x'],
  ['/home/u/', '../../../../x', '/x'],
  ['/home/u/', './x', '/home/u/x'],
  ['/home/u/', 'x/', '/home/u/x'],
  ['/home/u/', 'x//y', '/home/u/x/y'],
  ['/home/u/', '.', '/home/u'],
  ['/home/u/', '..', '/home'],
  ['/home/u/', '.hidden', '/home/u/.hidden'],
  ['/home/u/', '..data/x', '/home/u/..data/x'],
  ['/home/u/', 'a..', '/home/u/a..'],
  ['/home/u/', '/etc/passwd', '/etc/passwd'],
  ['/home/u/', '/etc/../root//./x', '/root/x'],
  ['/', '..', '/'],
  ['/', 'x', '/x'],
  ['', 'foo/../a', 'a'],
  ['', '/foo/../a', '/a'],
  ['', '/', '/'],
  ['', '//', '/'],
  ['', '///etc', '/etc'],
  ['/home/u/', '', ''],
  ['<UNKNOWN>', 'x', '<UNKNOWN>x'],
  ['/a/', 'b'.repeat(1030), '/DIR_TOO_LONG/FILENAME_TOO_LONG'],
])('%s + %s = %s', (directory, name, path) => {
  expect(joinPath(directory, name)).toBe(path);
});
