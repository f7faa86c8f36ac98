import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../base/protobuf.ts';
import { ContainerdEngine } from './containerd-engine.ts';

const spec = {
  process: { user: { uid: 5 } },
  linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
  mounts: [
    { type: 'proc', source: 'proc', destination: '/proc' },
    { type: 'bind', source: '/etc', destination: '/in', options: ['rbind', 'ro', 'rslave'] },
  ],
};

function container(id: string, specText: string): Buffer {
  return Buffer.concat([
    encodeMessage({ 1: id, 3: 'docker.io/library/busybox:1.35', 5: encodeMessage({ 2: specText }) }),
    encodeMessage({ 2: encodeMessage({ 1: 'nerdctl/name', 2: 'web' }), 8: encodeMessage({ 1: 77 }) }),
  ]);
}

let folder: string;
let server: Http2Server;
let engine: ContainerdEngine;
let specText: string;
let asked: string[];
const sessions = new Set<ServerHttp2Session>();

function answer(method: string, namespace: string, message: Buffer): Buffer {
  if (method.includes('Namespaces')) {
    const names = ['moby', 'k8s.io', 'default', 'bad\nname'];
    return Buffer.concat(names.map((name) => encodeMessage({ 1: encodeMessage({ 1: name }) })));
  }
  const { filter } = decodeMessage(message, { 1: ['filter', 'text'] }) as { filter?: string };
  asked.push(`${namespace} ${filter ?? ''}`);
  return encodeMessage({ 1: container('my-container-1', specText) });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-containerd-'));
  const socket = path.join(folder, 'containerd.sock');
  specText = JSON.stringify(spec);
  asked = [];
  server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      const message = Buffer.concat(parts).subarray(5);
      const given = answer(String(headers[':path']), String(headers['containerd-namespace']), message);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(given.length, 1);
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.concat([head, given]));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  engine = new ContainerdEngine(socket, { labelMaxLength: 100, timeoutMs: 1000 });
});

afterEach(() => {
  engine.close();
  for (const session of sessions) session.destroy();
  sessions.clear();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('ContainerdEngine', () => {
  it('describes a container of a namespace that is its own', async () => {
    expect(await engine.describe('my-container')).toMatchObject({
      id: 'my-container',
      full_id: 'my-container-1',
      type: 7,
      name: 'web',
      image: 'docker.io/library/busybox:1.35',
      imagerepo: 'docker.io/library/busybox',
      imagetag: '1.35',
      User: '5',
      labels: { 'nerdctl/name': 'web' },
      Mounts: [{ Source: '/etc', Destination: '/in', RW: false, Propagation: 'rslave' }],
      host_pid: false,
      host_network: true,
      host_ipc: true,
      created_time: 77,
    });
    expect(asked).toEqual(['default id~="^my-container"']);
  });

  it('does not take another one', async () => {
    expect(await engine.describe('my-contain')).toBeUndefined();
  });

  it.each(['', '{', '[]', '{"linux":5,"mounts":[5,{"type":"bind","options":7}],"process":[]}'])(
    'takes %j as the spec',
    async (text) => {
      specText = text;
      expect(await engine.describe('my-container')).toMatchObject({ name: 'web', User: '' });
    },
  );

  it('lists all', async () => {
    expect(await engine.list()).toEqual(['my-container-1']);
    expect(asked).toEqual(['default ']);
  });

  it.each([
    ['abcdef012345', true],
    ['my-web', true],
    ['', false],
    ['a"b', false],
    ['a/b', false],
    ['a'.repeat(13), false],
  ])('takes the id %j: %j', (id, takes) => {
    expect(engine.takes(id)).toBe(takes);
  });
});
