import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { NotNow, type Taken } from './alerts.ts';
import { type IntakeOptions, intakePages } from './intake.ts';
import { listen, type RunningServer } from './listen.ts';

let server: RunningServer;
let rejected = 0;
afterEach(async () => {
  rejected = 0;
  await server.close();
});

/** Serves, with a queue that says what is told. */
async function serve(take: (body: Buffer) => Promise<Taken>, options: Partial<IntakeOptions> = {}): Promise<string> {
  const none = (): never => {
    throw new Error('not asked for');
  };
  const operations = { outputs: none, pause: none, replay: none, silences: none, silence: none, unsilence: none };
  const pages = intakePages({
    take,
    onRejected: () => rejected++,
    test: none,
    health: () => ({ ok: true, text: 'ok' }),
    operations,
    metrics: () => '',
    mostBytes: 1000,
    token: undefined,
    ...options,
  });
  server = await listen(pages, { address: '127.0.0.1', port: 0, onError: () => undefined });
  return `http://127.0.0.1:${server.port}/`;
}

const all: Taken = { accepted: 1, refused: [] };
const some: Taken = { accepted: 1, refused: [{ index: 1, reason: 'why' }] };

test.each([
  ['all', () => Promise.resolve(all), 'x', {}, 200, '', 0],
  ['some', () => Promise.resolve(some), 'x', {}, 207, '"reasons":[{"index":1,"reason":"why"}]', 0],
  ['none', () => Promise.resolve({ ...some, accepted: 0 }), 'x', {}, 400, '"accepted":0,"refused":1', 0],
  ['packed', (body: Buffer) => Promise.resolve({ ...all, accepted: body.length }), gzipSync('x'), 'gzip', 200, '', 0],
  ['no gzip', () => Promise.resolve(all), 'x', 'gzip', 400, 'valid request body', 1],
  ['too long', () => Promise.resolve(all), 'x'.repeat(1001), {}, 413, 'at most 1000 bytes', 1],
  ['a bomb', () => Promise.resolve(all), gzipSync('x'.repeat(1001)), 'gzip', 413, 'at most 1000 bytes', 1],
  ['not now', () => Promise.reject(new NotNow('the disk is full')), 'x', {}, 503, 'the disk is full', 0],
  ['a mistake', () => Promise.reject(new Error('secret')), 'x', {}, 500, 'Internal Server Error', 0],
])('%s', async (_title, take, body, coding, status, text, counted) => {
  const url = await serve(take);
  const headers: Record<string, string> = typeof coding === 'string' ? { 'Content-Encoding': coding } : {};
  const answer = await fetch(url, { method: 'POST', headers, body });
  expect(answer.status).toBe(status);
  const told = await answer.text();
  expect(told).toContain(text);
  expect(told).not.toContain('secret');
  expect(answer.headers.get('Retry-After')).toBe(status === 503 ? '1' : null);
  expect(rejected).toBe(counted);
});

test.each([
  ['a path with a query', '/?x=1', 200],
  ['another path', '/x', 404],
  ['a path that only begins so', '//', 404],
])('%s', async (_title, path, status) => {
  const url = await serve(() => Promise.resolve(all));
  const answer = await fetch(new URL(url).origin + path, { method: 'POST', body: 'x' });
  expect(answer.status).toBe(status);
});

test('without the token nothing is read', async () => {
  const url = await serve(() => Promise.reject(new Error('read')), { token: 'open sesame' });
  const answer = await fetch(url, { method: 'POST', body: 'x' });
  expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer']);
  expect(rejected).toBe(1);
});

test('a sender that breaks off is counted', async () => {
  await serve(() => Promise.resolve(all));
  const socket = connect(server.port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc', () => socket.destroy());
  await vi.waitFor(() => expect(rejected).toBe(1), { timeout: 10_000 });
});
