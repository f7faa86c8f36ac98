import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostServer } from '../../../test/kit/post-server.ts';
import { readFromDisk } from './prepare.ts';
import { DeliveryConfigError, DeliveryService } from './service.ts';

let folder = '';
let sink: PostServer;
let services: DeliveryService[] = [];
let logged: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-service-'));
  sink = await new PostServer().listen();
  logged = [];
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.close(0);
  await sink.close();
  rmSync(folder, { recursive: true });
});

const file = (): string => path.join(folder, 'config.yaml');

function configure(more: string): void {
  const queue = `queue: {directory: ${folder}/queue}\n`;
  writeFileSync(file(), `listenport: 0\n${queue}webhook: {address: 'http://127.0.0.1:${sink.port}/hook'}\n${more}`);
}

async function start(more: string = ''): Promise<DeliveryService> {
  configure(more);
  const service = await DeliveryService.start({
    file: file(),
    environment: {},
    logger: { log: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`) },
    version: '0.0.0',
    read: readFromDisk,
    serves: true,
    onWarnings: () => undefined,
  });
  services.push(service);
  return service;
}

function alert(rule: string, parts: object = {}): string {
  const time = '2026-11-21T05:29:25.123456789Z';
  return JSON.stringify({ output: 'x', priority: 'Warning', rule, time, output_fields: { a: 1 }, ...parts });
}

async function post(
  service: DeliveryService,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`http://127.0.0.1:${service.ports[0]}/`, {
    method: 'POST',
    body,
    headers,
  });
  return { status: answer.status, text: await answer.text() };
}

async function arrived(count: number): Promise<string[]> {
  while (sink.posts.length < count) await sleep(5);
  return sink.posts.map(({ body }) => (JSON.parse(body.toString('utf8')) as { rule: string }).rule);
}

test.each([
  ['one alert', alert('a'), ['a']],
  ['an array', `[${alert('a')},${alert('b')}]`, ['a', 'b']],
  ['lines', `${alert('a')}\n${alert('b')}\n\n${alert('c')}\n`, ['a', 'b', 'c']],
])('%s', async (_, body, rules) => {
  const service = await start();
  expect(await post(service, body)).toEqual({ status: 200, text: '' });
  expect(await arrived(rules.length)).toEqual(rules);
});

test('packed', async () => {
  const service = await start('bodylimit: 1000\n');
  expect(await post(service, gzipSync(alert('a')), { 'Content-Encoding': 'gzip' })).toEqual({ status: 200, text: '' });
  // What is small on the way may be large here.
  const bomb = gzipSync(Buffer.alloc(1_000_000, ' '));
  expect((await post(service, bomb, { 'Content-Encoding': 'gzip' })).status).toBe(413);
  expect((await post(service, 'not gzip', { 'Content-Encoding': 'gzip' })).status).toBe(400);
  expect(await arrived(1)).toEqual(['a']);
});

test('what is no alert is refused, with the reason; what comes beside it is taken', async () => {
  const service = await start();
  expect((await post(service, 'hello')).status).toBe(400);
  expect((await post(service, '')).status).toBe(400);
  const mixed = await post(service, `[${alert('a')},${alert('b', { priority: 'loud' })}]`);
  expect(mixed.status).toBe(207);
  expect(JSON.parse(mixed.text)).toMatchObject({ accepted: 1, refused: 1, reasons: [{ index: 1 }] });
  expect(await arrived(1)).toEqual(['a']);
  const metrics = service.metrics();
  expect(metrics).toContain('falcosecurity_falcosidekick_inputs_total{source="requests",status="accepted"} 1\n');
  expect(metrics).toContain('falcosecurity_falcosidekick_inputs_total{source="requests",status="rejected"} 3\n');
});

describe('pages', () => {
  test.each([
    ['GET', '/ping', 200, 'pong'],
    ['GET', '/healthz', 200, '{"status":"ok"}'],
    ['GET', '/', 400, 'Please send with post http method'],
    ['GET', '/test', 400, 'Please send with post http method'],
    ['POST', '/some/other/path', 404, '404 Not Found'],
    ['POST', '/test?output=none', 404, 'no such output\n'],
    ['POST', '/test', 200, '{"webhook":"ok"}'],
  ])('%s %s', async (method, page, status, text) => {
    const service = await start();
    const answer = await fetch(`http://127.0.0.1:${service.ports[0]}${page}`, { method });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(text);
  });
});

test('a token', async () => {
  const service = await start('bearertoken: correct-horse\nlistenaddress: 127.0.0.1\n');
  const basic = (password: string): string => `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;
  for (const authorization of ['', 'Bearer wrong', 'Bearer correct-horse2', basic('x')]) {
    expect((await post(service, alert('a'), authorization === '' ? {} : { authorization })).status).toBe(401);
  }
  expect((await post(service, alert('a'), { authorization: 'Bearer correct-horse' })).status).toBe(200);
  expect((await post(service, alert('b'), { authorization: basic('correct-horse') })).status).toBe(200);
  expect(await arrived(2)).toEqual(['a', 'b']);
  // Probes have none.
  expect((await fetch(`http://127.0.0.1:${service.ports[0]}/healthz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${service.ports[0]}/metrics`)).status).toBe(401);
});

test('beyond this machine only with a check of who posts', async () => {
  await expect(start('listenaddress: 0.0.0.0\n')).rejects.toThrow(/anybody could post alerts; set bearertoken/);
  await start();
  expect(logged.join('\n')).toContain('alerts are taken from this machine only');
});

test('a configuration with errors does not start', async () => {
  await expect(start('slack: {webhookurl: [a]}\n')).rejects.toThrow(DeliveryConfigError);
});

test('a reload takes what is new, and leaves all as it was where that is wrong', async () => {
  const service = await start();
  await post(service, alert('a'));
  await arrived(1);
  configure('customtags: [added]\n');
  expect(await service.reload()).toBe(true);
  await post(service, alert('b'));
  await arrived(2);
  expect(sink.posts[1]!.body.toString()).toContain('"tags":["added"]');
  configure('customtags: [more]\nwebhook2: 1\nslack: {webhookurl: [a]}\n');
  expect(await service.reload()).toBe(false);
  await post(service, alert('c'));
  await arrived(3);
  expect(sink.posts[2]!.body.toString()).toContain('"tags":["added"]');
});

test('a port that can not be had: all stays as it was', async () => {
  const service = await start();
  const [port] = service.ports;
  const text = readFileSync(file(), 'utf8');
  writeFileSync(file(), `${text.replace('listenport: 0', `listenport: ${sink.port}`)}customtags: [added]\n`);
  expect(await service.reload()).toBe(false);
  expect(logged.join('\n')).toContain("can't listen on");
  expect(service.ports).toHaveLength(1);
  expect(port).toBeGreaterThan(0);
  expect((await post(service, alert('a'))).status).toBe(200);
  await arrived(1);
  expect(sink.posts[0]!.body.toString()).not.toContain('added');
});

test('who is heard when the end comes gets an answer', async () => {
  const service = await start();
  const request = fetch(`http://127.0.0.1:${service.ports[0]}/test`, { method: 'POST' });
  const answered = Promise.withResolvers<void>();
  sink.answer = (response) => void answered.promise.then(() => response.end());
  await arrived(1);
  const closed = service.close(1000);
  answered.resolve();
  expect((await request).status).toBe(200);
  await closed;
});

test('what waits at the end is delivered after the next start', async () => {
  sink.answer = (response) => response.writeHead(503).end();
  const service = await start();
  await post(service, alert('a'));
  expect(await service.close(0)).toBe(1);
  services = [];
  sink.answer = (response) => response.writeHead(200).end();
  const before = sink.posts.length;
  await start();
  expect((await arrived(before + 1)).at(-1)).toBe('a');
});

test('TLS with client certificates; probes in the clear on a port of their own', async () => {
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca', '-days', '2');
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=localhost');
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      '-days',
      '2',
    );
  }
  const tls = `deploy: true, mutualtls: true, certfile: ${folder}/server.crt, keyfile: ${folder}/server.key, cacertfile: ${folder}/ca.crt`;
  const service = await start(
    `listenaddress: 127.0.0.1\ntlsserver: {${tls}, notlsport: 0, notlspaths: [/healthz, /]}\n`,
  );
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const send = (parts: object): Promise<number> =>
    new Promise((resolve, reject) => {
      const options = {
        host: '127.0.0.1',
        port: service.ports[0],
        method: 'POST',
        ca: read('ca.crt'),
        servername: 'localhost',
      };
      const sent = httpsRequest(
        { ...options, checkServerIdentity: () => undefined, agent: false, ...parts },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.end(alert('a'));
    });
  await expect(send({})).rejects.toThrow();
  expect(await send({ cert: read('client.crt'), key: read('client.key') })).toBe(200);
  expect(await arrived(1)).toEqual(['a']);
  const clear = `http://127.0.0.1:${service.ports[1]}`;
  expect((await fetch(`${clear}/healthz`)).status).toBe(200);
  expect((await fetch(`${clear}/`, { method: 'POST', body: alert('b') })).status).toBe(404);
  expect((await fetch(`${clear}/metrics`)).status).toBe(404);
});

describe('operating', () => {
  async function ask(service: DeliveryService, method: string, page: string, body?: object) {
    const answer = await fetch(`http://127.0.0.1:${service.ports[0]}${page}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  }
  const end = (): string => new Date(Date.now() + 3_600_000).toISOString();

  test('a silence holds back what it is for, until it is removed', async () => {
    const service = await start();
    const silence = { rules: ['a*'], condition: 'a = 1', end: end(), author: 'me', comment: 'why' };
    const made = await ask(service, 'POST', '/silences', silence);
    expect(made).toMatchObject({ status: 201, json: { rules: ['a*'], author: 'me' } });
    await post(service, `${alert('a1')}\n${alert('b')}`);
    expect(await arrived(1)).toEqual(['b']);
    expect((await ask(service, 'GET', '/silences')).json).toMatchObject([{ id: made.json['id'] }]);
    expect((await ask(service, 'DELETE', `/silences/${String(made.json['id'])}`)).status).toBe(200);
    expect((await ask(service, 'DELETE', `/silences/${String(made.json['id'])}`)).status).toBe(404);
    await post(service, alert('a2'));
    expect(await arrived(2)).toEqual(['b', 'a2']);
    expect((await ask(service, 'GET', '/outputs')).json).toMatchObject({
      outputs: { webhook: { held: { silenced: 1 } } },
    });
  });

  test.each([
    [{ author: 'me' }, 'end has to be a time to come, e.g. 2026-11-21T18:00:00Z'],
    [{ end: '2020-01-01T00:00:00Z', author: 'me' }, 'end has to be a time to come, e.g. 2026-11-21T18:00:00Z'],
    [{ end: 1 }, 'end has to be a text'],
    [{ end: end() }, 'author has to say who silences'],
    [{ end: end(), author: 'me', rules: 'a' }, 'rules has to be a list of texts'],
    [{ end: end(), author: 'me', rule: 'a' }, "unknown key 'rule'"],
    [{ end: end(), author: 'me', outputs: ['none'] }, "there is no output 'none'"],
  ])('%j: %s', async (silence, error) => {
    expect(await ask(await start(), 'POST', '/silences', silence)).toEqual({ status: 400, json: { error } });
  });

  test('a wrong condition', async () => {
    const { status } = await ask(await start(), 'POST', '/silences', { end: end(), author: 'me', condition: 'a = ' });
    expect(status).toBe(400);
  });

  test('dead letters are sent again; an output is paused', async () => {
    sink.answer = (response) => response.writeHead(400).end('no');
    const service = await start();
    await post(service, alert('a'));
    await arrived(1);
    const dead = async (): Promise<unknown> => {
      const { json } = await ask(service, 'GET', '/outputs');
      return (json as { outputs: { webhook: { dead: number } } }).outputs.webhook.dead;
    };
    while ((await dead()) !== 1) await sleep(5);
    expect(service.metrics()).toContain('outputs_total{destination="webhook",status="error"} 1\n');
    sink.answer = (response) => response.writeHead(200).end();
    expect((await ask(service, 'POST', '/outputs/webhook/pause', {})).status).toBe(200);
    expect((await ask(service, 'POST', '/outputs/none/pause', {})).status).toBe(404);
    expect((await ask(service, 'POST', '/dead-letters/replay?output=webhook', {})).json).toEqual({ replayed: 1 });
    expect((await ask(service, 'GET', '/outputs')).json).toMatchObject({
      outputs: { webhook: { paused: true, depth: 1 } },
    });
    expect((await ask(service, 'POST', '/outputs/webhook/resume', {})).status).toBe(200);
    expect(await arrived(2)).toEqual(['a', 'a']);
  });
});
