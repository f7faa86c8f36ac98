import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { outputs } from '../app/registry.ts';
import { decodeMessage, type MessageShape } from '../base/protobuf.ts';
import type { OpenOutput, OutputSpec } from '../model/output.ts';
import { exampleNotice, exampleNotices } from '../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../test/kit/outputs.ts';
import { otlpKinds } from './otlp.ts';

const value: MessageShape = { 1: ['text', 'text'], 3: ['integer', 'integer'] };
const pair: MessageShape = { 1: ['key', 'text'], 2: ['value', value] };
const around = (inner: MessageShape): MessageShape => ({
  1: ['resources', [{ 1: ['resource', { 1: ['attributes', [pair]] }], 2: ['scopes', [{ 2: ['items', [inner]] }]] }]],
});
const shapes = {
  'otlp-logs': around({ 2: ['severity', 'integer'], 5: ['body', value], 6: ['attributes', [pair]] }),
  'otlp-traces': around({ 5: ['name', 'text'], 9: ['attributes', [pair]] }),
  'otlp-metrics': around({
    1: ['name', 'text'],
    7: [
      'sum',
      { 1: ['points', [{ 7: ['attributes', [pair]] }]], 2: ['temporality', 'integer'], 3: ['monotonic', 'integer'] },
    ],
  }),
} as const;

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const item of opened.splice(0)) await item.close();
});

/** A collector that speaks gRPC. */
async function collector(
  code: number,
): Promise<{ port: number; got: [method: string, body: Buffer, tenant: unknown][] }> {
  const got: [string, Buffer, unknown][] = [];
  const server = new Server();
  const same = (bytes: Buffer): Buffer => bytes;
  for (const { method: path } of Object.values(otlpKinds)) {
    const [, service = '', method = ''] = path.split('/');
    const definition = {
      [method]: {
        path,
        requestStream: false,
        responseStream: false,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      },
    };
    server.addService(
      { ...definition },
      {
        [method]: (
          call: { request: Buffer; metadata: { get(name: string): unknown[] } },
          answer: (error: object | null, bytes?: Buffer) => void,
        ) => {
          got.push([`/${service}/${method}`, call.request, call.metadata.get('x-tenant')[0]]);
          if (code === 0) answer(null, Buffer.alloc(0));
          else answer({ code, details: 'no' });
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  opened.push({ close: () => server.forceShutdown() });
  return { port, got };
}

async function open(id: keyof typeof shapes, config: object): Promise<OpenOutput> {
  const { default: spec } = await outputs[id]();
  const output = await openOutput(spec as unknown as OutputSpec, config, outputContext());
  opened.push(output);
  return output;
}

test.each(Object.keys(shapes) as (keyof typeof shapes)[])('%s by gRPC', async (id) => {
  const { port, got } = await collector(0);
  const headers = { 'X-Tenant': 'tenant-4711' };
  const output = await open(id, { endpoint: `http://127.0.0.1:${port}`, protocol: 'grpc', headers });
  expect(await output.send(exampleNotices(3), never)).toEqual({ kind: 'ok' });
  const [[method, body, tenant] = []] = got;
  expect(method).toContain('Service/Export');
  expect(tenant).toBe('tenant-4711');
  const message = JSON.parse(JSON.stringify(decodeMessage(body!, shapes[id]))) as {
    resources: [{ resource: { attributes: unknown[] }; scopes: [{ items: Record<string, unknown>[] }] }];
  };
  const [{ resource, scopes }] = message.resources;
  expect(resource.attributes).toContainEqual({ key: 'service.name', value: { text: 'saker' } });
  const [{ items }] = scopes;
  if (id === 'otlp-metrics') {
    expect(items).toMatchObject([
      {
        name: 'falcosecurity_falco_rules_matches_total',
        sum: {
          temporality: 1,
          monotonic: 1,
          points: [
            { attributes: expect.arrayContaining([{ key: 'rule', value: { text: exampleNotice.rule } }]) as unknown[] },
          ],
        },
      },
    ]);
    return;
  }
  expect(items).toHaveLength(3);
  expect(items[0]).toMatchObject(
    id === 'otlp-logs' ? { severity: 10, body: { text: exampleNotice.output } } : { name: exampleNotice.rule },
  );
  const pids = { 'otlp-logs': 'saker.field.proc.pid', 'otlp-traces': 'proc.pid' };
  expect(items[0]!['attributes']).toContainEqual({ key: pids[id], value: { integer: 4242 } });
});

test.each([
  [14, 'retry'],
  [8, 'retry'],
  [16, 'retry'],
  [3, 'drop'],
])('code %i: %s', async (code, kind) => {
  const { port } = await collector(code);
  const output = await open('otlp-logs', { endpoint: `127.0.0.1:${port}`, protocol: 'grpc' });
  expect(await output.send([exampleNotice], never)).toMatchObject({ kind });
});
