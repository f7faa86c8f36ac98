import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { alertLine, httpWriterStage } from '../../../test/kit/http-writer-stage.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import { parse } from '../../model/schema.ts';
import output from './index.ts';
import { Poster } from './poster.ts';
import { parseTarget } from './target.ts';

const stage = httpWriterStage();
const { serve, open } = stage;

test.each(output.examples)('example: $title', ({ config }) => {
  expect(parse(output.config, config).success).toBe(true);
});

describe('requests', () => {
  test.each([
    [false, 'text/plain'],
    [true, 'application/json'],
  ])('json %s: %s', async (json, type) => {
    const server = await serve();
    const http = await open({ url: `http://127.0.0.1:${server.port}/a/b?c=d`, json, userAgent: 'falcosecurity/falco' });
    const line = '{"output":"ü € \\n"}';
    await http.write(alertLine(line));
    expect(server.posts).toHaveLength(1);
    expect(server.posts[0]).toMatchObject({ method: 'POST', url: '/a/b?c=d' });
    expect(server.posts[0]!.body.toString()).toBe(line);
    expect(server.posts[0]!.headers).toEqual({
      accept: '*/*',
      connection: 'keep-alive',
      'content-length': String(Buffer.byteLength(line)),
      'content-type': type,
      host: `127.0.0.1:${server.port}`,
      'user-agent': 'falcosecurity/falco',
    });
  });

  test('one after the other, by one connection', async () => {
    const server = await serve();
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    const texts = Array.from({ length: 50 }, (_, i) => `alert ${i}`);
    for (const text of texts) await http.write(alertLine(text));
    expect(server.posts.map((post) => post.body.toString())).toEqual(texts);
    expect(server.sockets).toHaveLength(1);
  });

  test.each([
    ['"http://HOST/x"', '/x'],
    [" 'http://HOST/x' ", '/x'],
    ['HOST', '/'],
    ['http://user:p%40ss@HOST/', '/'],
  ])('URL %s', async (pattern, url) => {
    const server = await serve();
    const http = await open({ url: pattern.replace('HOST', `127.0.0.1:${server.port}`) });
    await http.write(alertLine('x'));
    expect(server.posts[0]!.url).toBe(url);
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(server.posts[0]!.headers.authorization).toBe(pattern.includes('@') ? basic : undefined);
  });

  test('compressed', async () => {
    const server = await serve();
    const http = await open({ url: `http://127.0.0.1:${server.port}`, compressUploads: true });
    const line = 'ü'.repeat(10_000);
    await http.write(alertLine(line));
    const [post] = server.posts;
    expect(post!.headers['content-encoding']).toBe('gzip');
    expect(post!.body.length).toBeLessThan(1000);
    expect(gunzipSync(post!.body).toString()).toBe(line);
  });

  test.each([
    [true, '02'],
    [false, '00'],
  ])('probing idle connections: %s', async (keepAlive, timer) => {
    const server = await serve();
    const http = await open({ url: `http://127.0.0.1:${server.port}`, keepAlive });
    for (let i = 0; i < 2; i++) await http.write(alertLine('x'));
    const port = server.sockets[0]!.remotePort!.toString(16).toUpperCase().padStart(4, '0');
    const line = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .find((text) => text.trim().split(/\s+/)[1] === `0100007F:${port}`);
    // tr: 02 is a timer for keep-alive.
    expect(line?.trim().split(/\s+/)[5]?.slice(0, 2)).toBe(timer);
  });

  test('through the proxy of the environment', async () => {
    const proxy = await serve();
    const poster = new Poster({
      url: new URL('http://alerts.invalid/x'),
      headers: {},
      tls: { insecure: false, context: undefined },
      probes: false,
      timeoutMs: 10_000,
      repeats: 0,
      environment: { http_proxy: `http://127.0.0.1:${proxy.port}` },
    });
    await poster.post(Buffer.from('x'));
    expect(proxy.posts[0]!.url).toBe('http://alerts.invalid/x');
    poster.close();
  });

  test('answers are printed where that is wanted', async () => {
    const server = await serve();
    server.answer = (response) => response.end('thank you\x1b[2J');
    const script = path.join(stage.folder, 'script.mjs');
    const module = pathToFileURL(path.join(import.meta.dirname, 'index.ts')).href;
    const config = parse(output.config, { url: `http://127.0.0.1:${server.port}`, echo: true }).output;
    writeFileSync(
      script,
      `const { default: http } = await import(${JSON.stringify(module)});
       const output = await http.open(${JSON.stringify(config)}, { logger: { log() {} } });
       await output.write({ line: 'hello' });
       await output.close();`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += String(chunk)));
    await once(child, 'close');
    expect(printed).toBe('thank you\\x1b[2J\n');
  });
});

describe('failures', () => {
  test.each([
    [500, '500 Internal Server Error: boom'],
    [404, '404 Not Found: boom'],
    [302, '302 Found: boom'],
  ])('status %i is an error, and the next alert is tried', async (status, message) => {
    const server = await serve();
    server.answer = (response, _, number) => {
      response.writeHead(number === 1 ? status : 204, { location: '/elsewhere' }).end(number === 1 ? ' boom\n' : '');
    };
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    await expect(http.write(alertLine('x'))).rejects.toThrow(
      `can't write to http://127.0.0.1:${server.port}: the server answered ${message}`,
    );
    await http.write(alertLine('y'));
    expect(server.posts.map((post) => post.body.toString())).toEqual(['x', 'y']);
    expect(server.sockets).toHaveLength(1);
  });

  test('a server that is down is an error, and found when it is back', async () => {
    const server = await serve();
    const { port } = server;
    const http = await open({ url: `http://127.0.0.1:${port}/secret-path` });
    await http.write(alertLine('one'));
    await server.close();
    const message = `can't write to http://127.0.0.1:${port}/...: connect ECONNREFUSED 127.0.0.1:${port}`;
    await expect(http.write(alertLine('two'))).rejects.toThrow(message);
    const again = await new PostServer().listen(port);
    stage.servers.push(again);
    await http.write(alertLine('three'));
    expect(again.posts.map((post) => post.body.toString())).toEqual(['three']);
  });

  test.each([0, 2])('one that hangs gets the alert again after each timeout: %i', async (maxConsecutiveTimeouts) => {
    const server = await serve();
    server.answer = () => undefined;
    const url = `http://127.0.0.1:${server.port}`;
    const http = await open({ url, timeoutMs: 100, maxConsecutiveTimeouts });
    await expect(http.write(alertLine('x'))).rejects.toThrow(/no answer within 100 ms/);
    expect(server.posts).toHaveLength(1 + maxConsecutiveTimeouts);
  });

  test('one that wakes up gets it once more, and all is well', async () => {
    const server = await serve();
    server.answer = (response, _, number) => (number === 1 ? undefined : response.end());
    const http = await open({ url: `http://127.0.0.1:${server.port}`, timeoutMs: 300 });
    await http.write(alertLine('x'));
    expect(server.posts).toHaveLength(2);
  });

  test('one that has taken the alert does not get it again, whatever becomes of its answer', async () => {
    const server = await serve();
    server.answer = (response, _, number) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('beginning', () => number === 2 && response.socket?.end());
    };
    const http = await open({ url: `http://127.0.0.1:${server.port}`, timeoutMs: 300 });
    await http.write(alertLine('hangs'));
    await http.write(alertLine('breaks off'));
    expect(server.posts.map((post) => post.body.toString())).toEqual(['hangs', 'breaks off']);
  });

  test('a connection that the server has closed meanwhile is replaced', async () => {
    const server = await serve();
    const seen = new Set<Socket>();
    server.answer = (response) => {
      const socket = response.socket!;
      // The second request of a connection finds it closed.
      if (seen.has(socket)) socket.destroy();
      else response.end();
      seen.add(socket);
    };
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    for (let i = 0; i < 5; i++) await http.write(alertLine(`${i}`));
    expect([...new Set(server.posts.map((post) => post.body.toString()))]).toEqual(['0', '1', '2', '3', '4']);
    expect(server.sockets).toHaveLength(5);
  });

  test('a server that closes every connection is an error', async () => {
    const server = await serve();
    server.answer = (response) => response.socket?.destroy();
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    await expect(http.write(alertLine('x'))).rejects.toThrow(/socket hang up/);
    expect(server.posts).toHaveLength(1);
  });

  test('an endless answer is cut off', async () => {
    const server = await serve();
    server.answer = (response) => {
      response.on('error', () => undefined);
      const chunk = Buffer.alloc(65_536, 'x');
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      response.writeHead(500);
      more();
    };
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    await expect(http.write(alertLine('x'))).rejects.toThrow(/500 Internal Server Error: x{200}$/);
  });

  test('the end does not wait for a server that hangs', async () => {
    const server = await serve();
    server.answer = () => undefined;
    const http = await open({ url: `http://127.0.0.1:${server.port}` });
    const caught = Promise.resolve(http.write(alertLine('x'))).catch((error: Error) => error.message);
    while (server.posts.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await http.close();
    expect(await caught).toMatch(/closed before the answer came/);
  });
});

describe('URLs', () => {
  test.each([
    ['', 'the URL to post alerts to is not valid'],
    ['http://', 'the URL to post alerts to is not valid'],
    ['http://secret token@x y/', 'the URL to post alerts to is not valid'],
    ['ftp://secret@x/', 'begins with ftp://, expected http:// or https://'],
  ])('%s is refused', (url, message) => {
    expect(() => parseTarget(url)).toThrow(message);
    expect(() => parseTarget(url)).not.toThrow(/secret/);
  });

  test.each([
    ['https://hooks.example.com', 'https://hooks.example.com'],
    ['https://hooks.example.com:8443/services/T0/B0/abc', 'https://hooks.example.com:8443/...'],
    ['http://me:secret@localhost?token=x', 'http://localhost/...'],
  ])('%s is called %s', (url, name) => {
    expect(parseTarget(url).name).toBe(name);
  });

  test('messages do not show what is secret in it', async () => {
    const server = await serve();
    server.answer = (response, post) => {
      response.writeHead(403).end(`no ${post.url} for ${post.headers.authorization} sesame-open me my-password`);
    };
    const secret = 'me:my-password';
    const url = `http://${secret}@127.0.0.1:${server.port}/hook/sesame-open/x?key=sesame%2Dopen`;
    const http = await open({ url });
    const error = await Promise.resolve(http.write(alertLine('x'))).catch((failure: Error) => failure);
    const seen = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(seen).toContain('403 Forbidden: no ... for');
    expect(seen).not.toMatch(/sesame|my-password|hook/);
  });

  test('a header that can not be sent is refused at the start', async () => {
    await expect(open({ url: 'http://localhost', userAgent: 'a\nb' })).rejects.toThrow(/user-agent/);
  });
});
