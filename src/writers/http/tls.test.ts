import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { alertLine, httpWriterStage } from '../../../test/kit/http-writer-stage.ts';

const stage = httpWriterStage();
const { serve, open } = stage;

function openssl(...args: string[]): void {
  const result = spawnSync('openssl', args, { cwd: stage.folder, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`openssl ${args.join(' ')}: ${result.stderr}`);
}

/** A key and a certificate by an authority; without one, an authority. */
function certify(name: string, issuer: string | undefined, subject: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
  const issued =
    issuer === undefined
      ? ['-addext', 'basicConstraints=critical,CA:TRUE']
      : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-addext', `subjectAltName=${subject}`];
  openssl('req', '-x509', ...key, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`, ...issued);
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const skipped = process.env['CI'] !== 'true' && !hasOpenssl;
if (skipped) process.stderr.write('skipped: tests of TLS need the program openssl, which makes the certificates\n');

describe.skipIf(skipped)('TLS', () => {
  function file(name: string): string {
    return path.join(stage.folder, name);
  }
  function text(name: string): string {
    return readFileSync(file(name), 'utf8');
  }
  function serverOptions(): ServerOptions {
    return { key: text('server.key'), cert: text('server.pem') };
  }

  beforeAll(() => {
    certify('ca', undefined, '');
    certify('other', undefined, '');
    certify('server', 'ca', 'IP:127.0.0.1');
    certify('elsewhere', 'ca', 'DNS:elsewhere.example');
    certify('client', 'ca', 'DNS:client');
    certify('stranger', 'other', 'DNS:client');
    writeFileSync(file('bundle.pem'), `other:\n${text('other.pem')}\nca:\n${text('ca.pem')}`);
    writeFileSync(file('damaged.pem'), text('ca.pem').replace(/\n.{10}/, '\nxxxxxxxxxx'));
    writeFileSync(file('empty.pem'), 'nothing\n');
    mkdirSync(file('plain'));
    writeFileSync(file('plain/ca.crt'), text('ca.pem'));
    writeFileSync(file('plain/damaged.crt'), text('damaged.pem'));
    mkdirSync(file('hashed'));
    const { stdout } = spawnSync('openssl', ['x509', '-hash', '-noout', '-in', file('ca.pem')], { encoding: 'utf8' });
    writeFileSync(file('hashed/whatever'), text('ca.pem'));
    symlinkSync('whatever', file(`hashed/${stdout.trim()}.0`));
    // Names by hash are all that counts where there are any.
    writeFileSync(file('hashed/ignored.pem'), text('damaged.pem'));
    mkdirSync(file('none'));
  }, 60_000);

  test.each([
    ['a single authority', { caCert: 'ca.pem' }, undefined],
    ['a bundle', { caBundle: 'bundle.pem' }, undefined],
    ['a folder', { caPath: 'plain' }, undefined],
    ['a folder by c_rehash', { caPath: 'hashed' }, undefined],
    ['no check', { insecure: true }, undefined],
    ['no check, no files read', { insecure: true, caCert: 'missing.pem' }, undefined],
    ['authority before bundle', { caCert: 'ca.pem', caBundle: 'other.pem' }, undefined],
    ['bundle before folder', { caBundle: 'other.pem', caPath: 'plain' }, /is its authority in ca_cert, ca_bundle/],
    ['another authority', { caCert: 'other.pem' }, /unable to .*; is its authority in ca_cert/],
    ['the authorities of the system', {}, /unable to .*; is its authority in ca_cert/],
  ] as const)('%s', async (_, settings, message) => {
    const server = await serve(serverOptions());
    const named = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, typeof value === 'string' ? file(value) : value]),
    );
    const http = await open({ url: `https://127.0.0.1:${server.port}/x`, ...named });
    for (let i = 0; i < 2; i++) {
      const written = http.write(alertLine('x'));
      await (message === undefined ? written : expect(written).rejects.toThrow(message));
    }
    expect(server.posts).toHaveLength(message === undefined ? 2 : 0);
    if (message === undefined) expect(server.sockets).toHaveLength(1);
  });

  test('a certificate for another name is an error', async () => {
    const server = await serve({ key: text('elsewhere.key'), cert: text('elsewhere.pem') });
    const http = await open({ url: `https://127.0.0.1:${server.port}`, caCert: file('ca.pem') });
    await expect(http.write(alertLine('x'))).rejects.toThrow(/IP: 127\.0\.0\.1 is not in the cert's list/);
  });

  test.each([
    ['http', /can't write to https:.*wrong version number|packet length too long/i],
    ['https', /can't write to http:.*(socket hang up|ECONNRESET|Parse Error)/],
  ])('the wrong protocol is an error: a server for %s', async (protocol, message) => {
    const server = await serve(protocol === 'https' ? serverOptions() : undefined);
    const other = protocol === 'https' ? 'http' : 'https';
    const http = await open({ url: `${other}://127.0.0.1:${server.port}`, insecure: true });
    await expect(http.write(alertLine('x'))).rejects.toThrow(message);
  });

  test.each([
    ['the certificate it wants', 'client', undefined],
    ['none', undefined, /certificate required|ECONNRESET|socket hang up/],
    ['one of somebody else', 'stranger', /unknown ca|decrypt error|ECONNRESET|socket hang up|certificate/],
  ])('mutual: the server gets %s', async (_, name, message) => {
    const server = await serve({ ...serverOptions(), ca: text('ca.pem'), requestCert: true, rejectUnauthorized: true });
    const own = { mtls: true, clientCert: file(`${name}.pem`), clientKey: file(`${name}.key`) };
    const url = `https://127.0.0.1:${server.port}`;
    const http = await open({ url, caCert: file('ca.pem'), ...(name === undefined ? {} : own) });
    const written = http.write(alertLine('x'));
    await (message === undefined ? written : expect(written).rejects.toThrow(message));
    expect(server.posts).toHaveLength(message === undefined ? 1 : 0);
  });

  test.each([
    ['ca', undefined],
    ['other', /is its authority in ca_cert/],
  ])('through a proxy, with the authority %s', async (authority, message) => {
    const server = await serve(serverOptions());
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request.url ?? '');
      const there = connect(server.port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      for (const side of [there, socket]) side.on('error', () => undefined);
      socket.pipe(there).pipe(socket);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('https_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    const http = await open({ url: `https://127.0.0.1:${server.port}/x`, caCert: file(`${authority}.pem`) });
    const written = http.write(alertLine('x'));
    await (message === undefined ? written : expect(written).rejects.toThrow(message));
    expect(asked).toEqual([`127.0.0.1:${server.port}`]);
    expect(server.posts).toHaveLength(message === undefined ? 1 : 0);
    await http.close();
    proxy.closeAllConnections();
    proxy.close();
  });

  test('certificates are read again on request; bad ones change nothing', async () => {
    const server = await serve(serverOptions());
    const caCert = file('changing.pem');
    writeFileSync(caCert, text('other.pem'));
    const http = await open({ url: `https://127.0.0.1:${server.port}`, caCert });
    await expect(http.write(alertLine('x'))).rejects.toThrow(/authority/);
    writeFileSync(caCert, text('ca.pem'));
    await http.reopen?.();
    await http.write(alertLine('x'));
    writeFileSync(caCert, 'nothing');
    expect(() => http.reopen?.()).toThrow(/there is no certificate in .*changing\.pem/);
    await http.write(alertLine('x'));
    expect(server.posts).toHaveLength(2);
  });

  test.each([
    ['a missing authority', { caCert: 'missing.pem' }, /authorities .*missing\.pem can't be read: ENOENT/],
    ['an empty file', { caBundle: 'empty.pem' }, /there is no certificate in .*empty\.pem/],
    ['a damaged certificate', { caCert: 'damaged.pem' }, /certificate 1 in .*damaged\.pem is damaged/],
    ['an empty folder', { caPath: 'none' }, /there are no certificates in the folder .*none/],
    ['no client key', { mtls: true, clientCert: 'client.pem', clientKey: 'missing.key' }, /client key .*missing\.key/],
    ['the wrong key', { mtls: true, clientCert: 'client.pem', clientKey: 'server.key' }, /can't be used.*mismatch/],
  ] as const)('fails at the start: %s', async (_, settings, message) => {
    const named = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [key, typeof value === 'string' ? file(value) : value]),
    );
    await expect(open({ url: 'https://127.0.0.1:1', ...named })).rejects.toThrow(message);
  });
});
