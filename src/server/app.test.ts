import { expect, test } from 'vitest';
import { serverApp, type Served } from './app.ts';

const served: Served = {
  healthPath: '/healthz',
  problem: () => undefined,
  isReady: () => true,
  versions: '{"falco_version":"1"}',
};

test('health, with the body that probes of Falco look for', async () => {
  const answer = await serverApp(served).request('/healthz');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('Content-Type')).toBe('application/json');
  expect(await answer.text()).toBe('{"status": "ok"}');
});

test('a pipeline that stands still is not well', async () => {
  const app = serverApp({ ...served, problem: () => 'no events', isReady: () => false });
  for (const [page, status] of [
    ['/healthz', 'stuck'],
    ['/readyz', 'not ready'],
  ] as const) {
    const answer = await app.request(page);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ status, reason: 'no events' });
  }
});

test('ready when it has started', async () => {
  expect(await (await serverApp(served).request('/readyz')).json()).toEqual({ status: 'ready' });
  const answer = await serverApp({ ...served, isReady: () => false }).request('/readyz');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ status: 'not ready', reason: 'not started yet' });
});

test('versions', async () => {
  const answer = await serverApp(served).request('/versions');
  expect(await answer.json()).toEqual({ falco_version: '1' });
});

test('metrics where they are served, and once there are any', async () => {
  expect((await serverApp(served).request('/metrics')).status).toBe(404);
  let text: string | undefined;
  const app = serverApp({ ...served, metrics: () => text });
  expect((await app.request('/metrics')).status).toBe(503);
  text = 'up 1\n';
  const answer = await app.request('/metrics');
  expect(answer.headers.get('Content-Type')).toBe('text/plain; version=0.0.4');
  expect(await answer.text()).toBe('up 1\n');
});

test.each([
  ['HEAD', '/healthz', {}, 200],
  ['POST', '/healthz', {}, 405],
  ['DELETE', '/versions', {}, 405],
  ['OPTIONS', '/metrics', {}, 405],
  ['GET', '/healthz', { 'Content-Length': '5' }, 413],
  ['GET', '/healthz', { 'Transfer-Encoding': 'chunked' }, 413],
  ['GET', '/healthz', { 'Content-Length': '0' }, 200],
  ['GET', '/', {}, 404],
  ['GET', '/healthz/more', {}, 404],
])('%s %s %o', async (method, path, headers, status) => {
  expect((await serverApp(served).request(path, { method, headers })).status).toBe(status);
});
