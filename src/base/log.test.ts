import { expect, test } from 'vitest';
import { textLogger } from './log.ts';

test('levels, prefix and fields', () => {
  const lines: string[] = [];
  const log = textLogger({ level: 'notice', prefix: 'level', write: (line) => lines.push(line) });
  log.log('info', 'left out');
  log.log('warning', 'file skipped', { path: 'a\x1b[2Jb', size: 5n, nothing: undefined });
  expect(lines).toEqual(['saker: warning: file skipped: path=a\\x1b[2Jb size=5']);
});

test('times', () => {
  const lines: string[] = [];
  const now = () => new Date(Date.UTC(2026, 10, 21, 2, 45, 28));
  textLogger({ level: 'info', prefix: 'iso', write: (line) => lines.push(line), now }).log('info', 'x');
  textLogger({ level: 'info', prefix: 'date', write: (line) => lines.push(line), now }).log('info', 'x');
  expect(lines[0]).toBe('2026-11-21T02:45:28+0000: x');
  expect(lines[1]).toMatch(/^\w{3} Nov 2[012] \d\d:45:28 2026: x$/);
});
