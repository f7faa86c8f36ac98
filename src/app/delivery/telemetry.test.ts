import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alertText, ServiceStage } from '../../../test/kit/service-stage.ts';
import { decodeMessage, type MessageShape } from '../../base/protobuf.ts';

const value: MessageShape = { 1: ['text', 'text'], 3: ['integer', 'integer'] };
const pair: MessageShape = { 1: ['key', 'text'], 2: ['value', value] };
const around = (inner: MessageShape): MessageShape => ({
  1: ['resources', [{ 2: ['scopes', [{ 2: ['items', [inner]] }]] }]],
});
const points = (attributes: number): MessageShape => ({
  1: ['points', [{ [attributes]: ['attributes', [pair]] }]],
  2: ['temporality', 'integer'],
  3: ['monotonic', 'integer'],
});
const numbers = around({
  1: ['name', 'text'],
  5: ['gauge', points(7)],
  7: ['sum', points(7)],
  9: ['histogram', points(9)],
});
const spans = around({
  5: ['name', 'text'],
  6: ['kind', 'integer'],
  9: ['attributes', [pair]],
  15: ['status', { 2: ['message', 'text'], 3: ['code', 'integer'] }],
});

interface Pair {
  readonly key: string;
  readonly value: { readonly text?: string; readonly integer?: number };
}
interface Span {
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly Pair[];
  readonly status: { readonly code: number; readonly message?: string };
}
interface Points {
  readonly points: readonly { readonly attributes: readonly Pair[] }[];
  readonly temporality?: number;
  readonly monotonic?: number;
}
interface Metric {
  readonly name: string;
  readonly gauge?: Points;
  readonly sum?: Points;
  readonly histogram?: Points;
}

function itemsOf<T>(body: Buffer, shape: MessageShape): T[] {
  const message = decodeMessage(body, shape) as { resources: { scopes: { items: T[] }[] }[] };
  return message.resources.flatMap(({ scopes }) => scopes.flatMap(({ items }) => items));
}

function plain(pairs: readonly Pair[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value: { text, integer } }) => [key, text ?? integer]));
}

const config = `
webhook: {address: '{url}/hook'}
outputs: [{output: webhook, as: second, address: '{url}/refuses'}]
telemetry: {endpoint: '{url}/otlp', interval: 100ms, headers: {x-key: SECRET-MARKER}}
`;

let stage: ServiceStage;
beforeEach(async () => (stage = await new ServiceStage().open()));
afterEach(() => stage.close());

test('numbers of the delivery and a span for each send', async () => {
  stage.sink.answer = (response, { url }) => {
    response.writeHead(url === '/refuses' ? 400 : 200).end(url === '/refuses' ? 'never' : '');
  };
  const service = await stage.start(config);
  await stage.post(service, alertText('a'));
  await stage.arrived(1, '/refuses');
  await stage.arrived(1, '/hook');
  const found: Span[] = [];
  while (found.length < 2) {
    const bodies = await stage.arrived(1, '/otlp/v1/traces');
    found.splice(0, Infinity, ...bodies.flatMap((body) => itemsOf<Span>(body, spans)));
    await sleep(5);
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(found).toMatchObject([
    { name: 'send second', kind: 3, status: { code: 2 } },
    { name: 'send webhook', kind: 3, status: { code: 1 } },
  ]);
  expect(found[0]!.status.message).toContain('400');
  const common = { 'saker.alerts': 1, 'saker.retries': 0 };
  expect(plain(found[0]!.attributes)).toEqual({ 'saker.output': 'second', 'saker.status': 'drop', ...common });
  expect(plain(found[1]!.attributes)).toEqual({ 'saker.output': 'webhook', 'saker.status': 'ok', ...common });

  const before = (await stage.arrived(0, '/otlp/v1/metrics')).length;
  const metrics = itemsOf<Metric>((await stage.arrived(before + 1, '/otlp/v1/metrics')).at(-1)!, numbers);
  const named = (name: string): Metric => metrics.find((metric) => metric.name === name)!;
  const inputs = named('falcosecurity_falcosidekick_inputs').sum!;
  expect(inputs).toMatchObject({ temporality: 2, monotonic: 1 });
  expect(inputs.points.map(({ attributes }) => plain(attributes))).toEqual([
    { source: 'requests', status: 'accepted' },
    { source: 'requests', status: 'rejected' },
  ]);
  expect(named('falcosecurity_falcosidekick_outputs').sum!.points.map(({ attributes }) => plain(attributes))).toEqual([
    { destination: 'webhook', status: 'ok' },
    { destination: 'webhook', status: 'error' },
    { destination: 'second', status: 'ok' },
    { destination: 'second', status: 'error' },
  ]);
  expect(named('saker_delivery_queue_alerts').gauge!.points).toHaveLength(1);
  expect(named('saker_delivery_send_seconds').histogram!.points).toHaveLength(2);
  expect(stage.sink.posts.find(({ url }) => url.startsWith('/otlp'))!.headers['x-key']).toBe('SECRET-MARKER');
});

test('attempts are counted', async () => {
  let attempts = 0;
  stage.sink.answer = (response, { url }) => {
    const isDown = url === '/hook' && ++attempts < 3;
    response.writeHead(isDown ? 503 : 200).end();
  };
  const service = await stage.start(config);
  await stage.post(service, alertText('a'));
  await stage.arrived(3, '/hook');
  await service.close(1000);
  const all = (await stage.arrived(1, '/otlp/v1/traces')).flatMap((body) => itemsOf<Span>(body, spans));
  const own = all.filter(({ name }) => name === 'send webhook').map(({ attributes }) => plain(attributes));
  expect(own.map((item) => [item['saker.retries'], item['saker.status']])).toEqual([
    [0, 'retry'],
    [1, 'retry'],
    [2, 'ok'],
  ]);
});

test('a collector that refuses, hangs or is away holds nothing up, and is told of once, without secrets', async () => {
  stage.sink.answer = (response, { url, headers }) => {
    if (url.endsWith('traces')) return;
    if (url.startsWith('/otlp')) response.writeHead(500).end(`echo ${String(headers['x-key'])}`);
    else response.end();
  };
  const service = await stage.start(config);
  for (let i = 1; i <= 20; i++) {
    expect(await stage.post(service, alertText(`r${i}`))).toBe(200);
    await stage.arrived(i, '/hook');
  }
  await stage.arrived(1, '/otlp/v1/metrics');
  while (!stage.logged.some((line) => line.includes('Telemetry'))) await sleep(5);
  expect(stage.logged.filter((line) => line.includes("Telemetry can't be exported"))).toHaveLength(1);
  expect(stage.logged.join('\n')).not.toContain('SECRET-MARKER');
});

test('off unless asked for; a reload turns it on and off', async () => {
  const service = await stage.start(`webhook: {address: '{url}/hook'}\n`);
  stage.configure(config);
  expect(await service.reload()).toBe(true);
  await stage.arrived(1, '/otlp/v1/metrics');
  stage.configure(`webhook: {address: '{url}/hook'}\n`);
  expect(await service.reload()).toBe(true);
  const count = stage.sink.posts.length;
  await sleep(250);
  expect(stage.sink.posts).toHaveLength(count);
});

test('a wrong interval is told', async () => {
  await expect(stage.start(config.replace('100ms', 'soon'))).rejects.toThrow('the configuration has errors');
});
