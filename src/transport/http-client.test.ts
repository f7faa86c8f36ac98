import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { never, outputContext } from '../../test/kit/outputs.ts';
import { PostServer } from '../../test/kit/post-server.ts';
import type { OutputContext } from '../model/output.ts';
import { HttpClient, type HttpRequest } from './http-client.ts';

let servers: PostServer[] = [];
let clients: HttpClient[] = [];
beforeEach(() => {
  servers = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const server of servers) await server.close();
});

async function serve(tls?: ConstructorParameters<typeof PostServer>[0]): Promise<PostServer> {
  const server = await new PostServer(tls).listen();
  servers.push(server);
  return server;
}

function open(parts: Partial<OutputContext> = {}): HttpClient {
  const client = new HttpClient(outputContext(parts));
  clients.push(client);
  return client;
}

function post(url: string, parts: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: 'ü', ...parts };
}

const failure = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message);

test('method, path, headers and body as they are given', async () => {
  const server = await serve();
  server.answer = (response) => response.writeHead(201, { 'x-a': ['1', '2'] }).end('thanks');
  const answer = await open().exchange(post(`http://127.0.0.1:${server.port}/a%20b?c=d`, { method: 'PUT' }), never);
  expect(answer).toMatchObject({ status: 201, headers: { 'x-a': '1, 2' } });
  expect(answer.body.toString()).toBe('thanks');
  expect(server.posts[0]).toMatchObject({ method: 'PUT', url: '/a%20b?c=d' });
  expect(server.posts[0]!.headers).toEqual({
    host: `127.0.0.1:${server.port}`,
    connection: 'keep-alive',
    'content-length': '2',
    'content-type': 'text/plain',
    'user-agent': 'saker/0.0.0',
  });
});

test.each([
  ['u:p%40ss@', 'Basic dTpwQHNz'],
  ['u@', 'Basic dTo='],
  ['u:a%zz@', 'Basic dTphJXp6'],
  ['', undefined],
])('a user in the address: %s', async (user, authorization) => {
  const server = await serve();
  await open().exchange(post(`http://${user}127.0.0.1:${server.port}/`), never);
  expect(server.posts[0]!.headers.authorization).toBe(authorization);
});

test('connections are kept, as many as requests at the same time', async () => {
  const server = await serve();
  const client = open({ concurrency: 2 });
  const url = `http://127.0.0.1:${server.port}/`;
  for (let i = 0; i < 20; i++)
    await Promise.all([client.exchange(post(url), never), client.exchange(post(url), never)]);
  expect(server.posts).toHaveLength(40);
  expect(server.sockets.length).toBeLessThanOrEqual(2);
});

test('redirects are not followed', async () => {
  const server = await serve();
  server.answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
  expect((await open().exchange(post(`http://127.0.0.1:${server.port}/`), never)).status).toBe(302);
  expect(server.posts).toHaveLength(1);
});

test.each([undefined, 100_000])('of a long answer, only its beginning: %s', async (answerBytes) => {
  const server = await serve();
  server.answer = (response) => response.end('x'.repeat(1_000_000));
  const parts = answerBytes === undefined ? {} : { answerBytes };
  const answer = await open().exchange(post(`http://127.0.0.1:${server.port}/`, parts), never);
  expect(answer.body).toHaveLength(answerBytes ?? 65_536);
});

test('an answer without end is broken off', async () => {
  const server = await serve();
  server.answer = (response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  };
  const answer = await open().exchange(post(`http://127.0.0.1:${server.port}/`), never);
  expect(answer.status).toBe(200);
});

test('what breaks off behind its head is an answer', async () => {
  const server = await serve();
  server.answer = (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('beginning', () => response.socket?.end());
  };
  const answer = await open().exchange(post(`http://127.0.0.1:${server.port}/`), never);
  expect(answer.body.toString()).toBe('beginning');
});

describe('time', () => {
  test.each([
    ['before the head', (response: Parameters<PostServer['answer']>[0]) => void response, /no answer within 150 ms/],
    [
      'in the body',
      (response: Parameters<PostServer['answer']>[0]) => void response.writeHead(200).write('x'),
      /object/,
    ],
  ])('a server that hangs %s', async (_, answer, message) => {
    const server = await serve();
    server.answer = answer;
    expect(await failure(open({ timeoutMs: 150 }).exchange(post(`http://127.0.0.1:${server.port}/`), never))).toMatch(
      message,
    );
  });

  test('connecting counts', async () => {
    // Takes connections and says nothing: a TLS handshake without end.
    const held: Socket[] = [];
    const silent: Server = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const began = performance.now();
    const message = await failure(open({ timeoutMs: 150 }).exchange(post(`https://127.0.0.1:${port}/x`), never));
    expect(message).toBe(`https://127.0.0.1:${port}: no answer within 150 ms`);
    expect(performance.now() - began).toBeLessThan(5000);
    for (const socket of held) socket.destroy();
    silent.close();
  });

  test('giving up ends at once, and the connection with it', async () => {
    const server = await serve();
    server.answer = () => undefined;
    const giveUp = new AbortController();
    const message = failure(open().exchange(post(`http://127.0.0.1:${server.port}/`), giveUp.signal));
    while (server.posts.length === 0) await sleep(2);
    giveUp.abort();
    expect(await message).toMatch(/: given up$/);
    while (!server.sockets[0]!.closed) await sleep(2);
    expect(await failure(open().exchange(post(`http://127.0.0.1:${server.port}/`), giveUp.signal))).toMatch(/given up/);
    expect(server.posts).toHaveLength(1);
  });
});

test('after a hang, a refusal and a reset, the next request is served', async () => {
  const server = await serve();
  server.answer = (response, _, number) => {
    if (number === 2) response.socket?.destroy();
    else if (number > 2) response.end('ok');
  };
  const client = open({ timeoutMs: 150 });
  const request = post(`http://127.0.0.1:${server.port}/`);
  expect(await failure(client.exchange(request, never))).toMatch(/no answer within 150 ms/);
  expect(await failure(client.exchange(request, never))).toMatch(/other side closed|ECONNRESET/);
  const { port } = server;
  await server.close();
  expect(await failure(client.exchange(request, never))).toMatch(/ECONNREFUSED/);
  await server.listen(port);
  expect((await client.exchange(request, never)).body.toString()).toBe('ok');
});

describe('failures hold no secrets', () => {
  test.each([
    [
      'nobody there',
      'http://me:my-password@127.0.0.1:1/hook/sesame-open?key=sesame-open',
      /^http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED/,
    ],
    ['no such host', 'http://sesame.invalid/hook/sesame-open', /^http:\/\/sesame\.invalid: /],
    ['no URL', 'sesame-open', /^the address is no valid URL/],
    ['another scheme', 'ftp://host/sesame-open', /^the address is no valid URL/],
  ])('%s', async (_, url, message) => {
    const caught: unknown = await open()
      .exchange(post(url), never)
      .catch((reason: unknown) => reason);
    const error = caught as Error;
    expect(error.message).toMatch(message);
    expect(JSON.stringify([error.stack, error, error.cause])).not.toMatch(/sesame-open|my-password/);
  });
});

describe('TLS', () => {
  let folder: string;
  const pem = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'saker-tls-'));
    const authority = ['-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2'];
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...authority);
    for (const name of ['server', 'client']) {
      const request = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', `${name}.key`];
      openssl(
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        ...request,
        '-out',
        `${name}.csr`,
      );
      const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy', '-days', '2'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.crt`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const serverTls = () => ({ key: pem('server.key'), cert: pem('server.crt') });
  const plain = { checkCert: true, ca: [], cert: undefined, key: undefined };

  test('a server whose authority is configured', async () => {
    const server = await serve(serverTls());
    const client = open({ tls: { ...plain, ca: [pem('ca.crt')] } });
    expect((await client.exchange(post(`https://127.0.0.1:${server.port}/`), never)).status).toBe(200);
    const wrongName = await failure(client.exchange(post(`https://localhost:${server.port}/`), never));
    expect(wrongName).toMatch(/Hostname\/IP does not match|altnames|ECONNREFUSED/);
  });

  test('one whose authority is unknown is refused, unless nobody checks', async () => {
    const server = await serve(serverTls());
    const url = `https://127.0.0.1:${server.port}/hook/sesame-open`;
    expect(await failure(open().exchange(post(url), never))).toMatch(/^https:\/\/127\.0\.0\.1:\d+: .*certificate/);
    expect(server.posts).toHaveLength(0);
    expect((await open({ tls: { ...plain, checkCert: false } }).exchange(post(url), never)).status).toBe(200);
  });

  test('both sides', async () => {
    const server = await serve({ ...serverTls(), ca: pem('ca.crt'), requestCert: true, rejectUnauthorized: true });
    const url = `https://127.0.0.1:${server.port}/`;
    const without = await failure(open({ tls: { ...plain, ca: [pem('ca.crt')] } }).exchange(post(url), never));
    expect(without).toMatch(/alert|closed|ECONNRESET/);
    const tls = { checkCert: true, ca: [pem('ca.crt')], cert: pem('client.crt'), key: pem('client.key') };
    expect((await open({ tls }).exchange(post(url), never)).status).toBe(200);
    expect((server.sockets[0] as TLSSocket).getPeerCertificate().subject.CN).toBe('client');
  });

  test('certificates that are none are refused at the start', () => {
    expect(() => open({ tls: { ...plain, cert: 'x', key: 'y' } })).toThrow(/the certificates for TLS can't be used/);
  });
});

describe('proxies', () => {
  test('of the configured environment, not of this process', async () => {
    const proxy = await serve();
    const client = open({ environment: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
    await client.exchange(post('http://alerts.invalid/x'), never);
    expect(proxy.posts[0]!.url).toBe('http://alerts.invalid/x');
  });

  test('not for what is excepted', async () => {
    const [proxy, server] = [await serve(), await serve()];
    const environment = { http_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: '127.0.0.1' };
    await open({ environment }).exchange(post(`http://127.0.0.1:${server.port}/x`), never);
    expect([proxy.posts.length, server.posts.length]).toEqual([0, 1]);
  });
});
