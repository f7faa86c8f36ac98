import { expect, test } from 'vitest';
import { parseListen } from './listen.ts';
import { UsageError } from './options.ts';

test.each([
  ['127.0.0.1:8765', { address: '127.0.0.1', port: 8765 }],
  ['0.0.0.0:0', { address: '0.0.0.0', port: 0 }],
  ['[::1]:80', { address: '::1', port: 80 }],
])('%s', (text, parsed) => {
  expect(parseListen(text)).toEqual(parsed);
});

test.each([
  '',
  '8765',
  ':8765',
  'localhost:8765',
  '::1:80',
  '[127.0.0.1]:80',
  '127.0.0.1:70000',
  '127.0.0.1:',
  '1.2.3.4:-1',
])('not %j', (text) => {
  expect(() => parseListen(text)).toThrow(UsageError);
});
