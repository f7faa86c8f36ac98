import { expect, test } from 'vitest';
import { jsonLogger, textLogger } from './log.ts';

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

test('a line of JSON', () => {
  const lines: string[] = [];
  const now = (): Date => new Date(Date.UTC(2026, 10, 21));
  const logger = jsonLogger({ level: 'info', write: (line) => lines.push(line), now });
  logger.log('debug', 'left out');
  logger.log('warning', 'a\n\x1b[31m', { count: 2n ** 60n, none: undefined, time: 'its own', ok: true });
  expect(lines).toEqual([
    '{"count":"1152921504606846976","time":"2026-11-21T00:00:00.000Z","ok":true,"level":"warning","message":"a\\n\\u001b[31m"}',
  ]);
});
