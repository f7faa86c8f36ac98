import { expect, test } from 'vitest';
import { classifyAnswer, excerpt, retryAfter } from './http-outcome.ts';
import { redactOutcome } from './secrets.ts';

const now = Date.parse('2026-11-21T05:00:00Z');

test.each([
  [undefined, undefined],
  ['7', 7000],
  [' 0 ', 0],
  ['0.3', 300],
  ['Sat, 21 Nov 2026 05:00:10 GMT', 10_000],
  ['Sat, 21 Nov 2026 04:00:00 GMT', 0],
  ['999999999', 3_600_000],
  ['soon', undefined],
  ['', undefined],
  ['-5', 0],
])('Retry-After: %s', (header, wait) => {
  expect(retryAfter(header, now)).toBe(wait);
});

const answer = (status: number, body = '', headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(body),
});

test.each([
  [200, 'ok'],
  [204, 'ok'],
  [302, 'retry'],
  [400, 'drop'],
  [401, 'retry'],
  [404, 'retry'],
  [408, 'retry'],
  [410, 'retry'],
  [413, 'drop'],
  [422, 'drop'],
  [429, 'retry'],
  [500, 'retry'],
  [599, 'retry'],
])('status %i: %s', (status, kind) => {
  expect(classifyAnswer(answer(status)).kind).toBe(kind);
});

test('reasons are one line without control characters, and short', () => {
  expect(excerpt(answer(400, ' a\r\n\tb\x1b[31m\x00c '))).toBe('status 400: a b [31m c');
  expect(excerpt(answer(500))).toBe('status 500');
  const long = redactOutcome(classifyAnswer(answer(400, 'x'.repeat(10_000))), []);
  expect(long).toMatchObject({ kind: 'drop', reason: `status 400: ${'x'.repeat(288)}` });
});

test('half a secret is none that is shown', () => {
  const secret = 'sesame-open-sesame';
  const outcome = redactOutcome(classifyAnswer(answer(500, `${'x'.repeat(1985)}${secret}`)), [secret]);
  expect(JSON.stringify(outcome)).not.toContain('sesame');
});
