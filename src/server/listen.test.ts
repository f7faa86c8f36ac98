import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { serverApp } from './app.ts';
import { listen, type ListenOptions, type RunningServer } from './listen.ts';

const app = serverApp({ healthPath: '/healthz', problem: () => undefined, isReady: () => true, versions: '{}' });
const running: RunningServer[] = [];

async function start(options: Partial<ListenOptions> = {}): Promise<RunningServer> {
  const server = await listen(app, { address: '127.0.0.1', port: 0, onError: () => undefined, ...options });
  running.push(server);
  return server;
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

/** All that comes back for some bytes on a connection, until the other side ends it. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

test('serves, and is gone after close', async () => {
  const server = await start();
  const url = `http://127.0.0.1:${server.port}/healthz`;
  expect(await (await fetch(url)).text()).toBe('{"status": "ok"}');
  await server.close();
  await expect(fetch(url)).rejects.toThrow();
});

test('an address that is taken', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow('EADDRINUSE');
});

test('headers beyond the limit, and bodies, end the connection', async () => {
  const { port } = await start();
  const large = await exchange(port, `GET /healthz HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
  expect(large).toMatch(/^HTTP\/1.1 431 /);
  const body = await exchange(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
  expect(body).toMatch(/^HTTP\/1.1 413 /);
  expect(await exchange(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
});

test('TLS, certificate and key in one file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'saker-server-'));
  try {
    const file = path.join(folder, 'both.pem');
    const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', ...options, ...names, '-keyout', file, '-out', `${file}.crt`], { stdio: 'ignore' });
    const certificate = readFileSync(`${file}.crt`, 'utf8') + readFileSync(file, 'utf8');
    const { port } = await start({ tls: { cert: certificate, key: certificate } });
    const text = await new Promise((resolve, reject) => {
      const request = httpsGet({ host: '127.0.0.1', port, path: '/healthz', ca: certificate, agent: false }, (answer) =>
        answer.setEncoding('utf8').on('data', resolve),
      );
      request.on('error', reject);
    });
    expect(text).toBe('{"status": "ok"}');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a certificate that is none', async () => {
  await expect(start({ tls: { cert: 'hello', key: 'hello' } })).rejects.toThrow();
});
