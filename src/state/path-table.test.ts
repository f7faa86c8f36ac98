import { describe, expect, test } from 'vitest';
import type { PathName } from '../model/path-name.ts';
import { PathTable } from './path-table.ts';

function intern(table: PathTable, text: string, base: PathName | null = null, isPath = true): PathName {
  const bytes = Buffer.from(`..${text}`, 'latin1');
  return table.intern(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 2, bytes.length, base, isPath);
}

describe('PathTable', () => {
  test('gives the same object for the same bytes from the same directory', () => {
    const table = new PathTable(4096);
    const home = intern(table, '/home/', null, false);
    const root = intern(table, '/root/', null, false);
    const a = intern(table, 'x/../y', home);
    expect(a).toMatchObject({ raw: 'x/../y', text: '/home/y' });
    expect(intern(table, 'x/../y', home)).toBe(a);
    expect(intern(table, 'x/../y', root)).not.toBe(a);
    expect(intern(table, 'y', home)).not.toBe(a);
    expect(intern(table, '/etc/passwd')).toBe(intern(table, '/etc/passwd'));
    expect(intern(table, '/etc/passwd', null, false)).not.toBe(intern(table, '/etc/passwd'));
  });

  test.each([
    ['/a//b/./c/', '', '/a/b/c'],
    ['/..', '', '/'],
    ['b\0rest', '/a', '/a/b'],
    ['../../..', '/a/b', '/'],
    ['', '/a', ''],
    ['x', '<UNKNOWN>', '<UNKNOWN>x'],
    ['\xff\xfe', '/a', '/a/\xff\xfe'],
    ['/', '/a', '/'],
  ])('%j in %j is %j', (raw, directory, text) => {
    const table = new PathTable(4096);
    const base = directory === '' ? null : intern(table, directory, null, false);
    expect(intern(table, raw, raw.startsWith('/') ? null : base).text).toBe(text);
  });

  test('finds all of many names again, whatever their length', () => {
    const table = new PathTable(20_000);
    const names = Array.from({ length: 15_000 }, (_, i) => intern(table, `/${'d'.repeat(i % 13)}/${i}`));
    for (const [i, name] of names.entries()) expect(intern(table, `/${'d'.repeat(i % 13)}/${i}`)).toBe(name);
    expect(table.size).toBe(15_000);
    expect(table.generations).toBe(0);
  });

  test('starts again when it is full: by number and by bytes', () => {
    const table = new PathTable(1024);
    for (let i = 0; i < 2000; i++) intern(table, `/${i}`);
    expect(table.generations).toBe(1);
    expect(table.size).toBeLessThanOrEqual(1024);
    for (let i = 0; i < 100; i++) intern(table, `/${i}/${'x'.repeat(3000)}`);
    expect(table.generations).toBeGreaterThan(3);
  });
});
