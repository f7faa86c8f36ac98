import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CriEngine } from './cri-engine.ts';
import { decodeMessage, encodeMessage } from '../../base/protobuf.ts';

const id = 'ab'.repeat(32);
const sandbox = 'cd'.repeat(32);

function labels(field: number, entries: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(entries).map(([key, value]) => encodeMessage({ [field]: encodeMessage({ 1: key, 2: value }) })),
  );
}

function info(field: number, value: unknown): Buffer {
  return labels(field, { info: typeof value === 'string' ? value : JSON.stringify(value) });
}

const podLabels = { app: 'web', 'io.kubernetes.pod.name': 'web-0' };
const containerInfo = {
  config: { image: { image: `sha256:${'ee'.repeat(32)}` }, linux: { security_context: { privileged: true } } },
  runtimeSpec: { process: { user: { uid: 7 } } },
};

function containerStatus(): Buffer {
  const status = Buffer.concat([
    encodeMessage({ 1: id, 2: encodeMessage({ 1: 'app' }), 4: 5_000_000_000 }),
    encodeMessage({ 8: encodeMessage({ 1: 'registry.local/web:1' }), 9: 'registry.local/web@sha256:11' }),
    labels(12, { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.container.name': 'main', long: 'x'.repeat(200) }),
    encodeMessage({ 14: encodeMessage({ 1: '/in', 2: '/out', 3: 1, 5: 1 }) }),
  ]);
  return Buffer.concat([encodeMessage({ 1: status }), info(2, containerInfo)]);
}

function sandboxStatus(): Buffer {
  const options = encodeMessage({ 1: 2, 2: 1 });
  const status = Buffer.concat([
    encodeMessage({ 1: sandbox, 2: encodeMessage({ 1: 'web-0' }), 5: encodeMessage({ 1: '10.0.0.9' }) }),
    encodeMessage({ 6: encodeMessage({ 1: encodeMessage({ 2: options }) }) }),
    labels(7, podLabels),
  ]);
  return Buffer.concat([
    encodeMessage({ 1: status }),
    info(2, { image: 'registry.local/pause:3.9', cniResult: { Interfaces: {} } }),
  ]);
}

interface Filtered {
  readonly filter?: { readonly id?: string };
}

const byId = { 1: ['filter', { 1: ['id', 'text'] }] } as const;

/** What a runtime with one pod answers. */
function honest(method: string, message: Buffer): Buffer {
  const { filter } = decodeMessage(method.startsWith('List') ? message : Buffer.alloc(0), byId) as Filtered;
  const wanted = filter?.id ?? '';
  switch (method) {
    case 'Version':
      return encodeMessage({ 2: 'containerd' });
    case 'ListContainers':
      return id.startsWith(wanted) ? encodeMessage({ 1: encodeMessage({ 1: id, 2: sandbox }) }) : Buffer.alloc(0);
    case 'ListPodSandbox':
      return sandbox.startsWith(wanted) ? encodeMessage({ 1: encodeMessage({ 1: sandbox }) }) : Buffer.alloc(0);
    case 'ContainerStatus':
      return containerStatus();
    default:
      return sandboxStatus();
  }
}

let folder: string;
let server: Http2Server;
let engine: CriEngine;
let answer: (method: string, message: Buffer) => Buffer | number | 'silent' | 'broken';
const sessions = new Set<ServerHttp2Session>();

function serve(stream: ServerHttp2Stream, method: string): void {
  const parts: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => {
    const given = answer(method, Buffer.concat(parts).subarray(5));
    if (given === 'silent') return;
    if (given === 'broken') {
      stream.close(2);
      return;
    }
    if (typeof given === 'number') {
      stream.respond({ ':status': 200, 'grpc-status': String(given), 'grpc-message': 'no' }, { endStream: true });
      return;
    }
    const head = Buffer.alloc(5);
    head.writeUInt32BE(given.length, 1);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.concat([head, given]));
  });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-cri-'));
  const socket = path.join(folder, 'cri.sock');
  answer = honest;
  server = createServer();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => serve(stream, String(headers[':path']).split('/').pop()!));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  engine = new CriEngine(socket, { labelMaxLength: 100, timeoutMs: 300 });
});

afterEach(() => {
  engine.close();
  for (const session of sessions) session.destroy();
  sessions.clear();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('CriEngine', () => {
  it('lists containers and sandboxes', async () => {
    expect(engine.isThere()).toBe(true);
    expect(await engine.list()).toEqual([id, sandbox]);
  });

  it('describes a container with what its pod says', async () => {
    expect(await engine.describe(id.slice(0, 12))).toEqual({
      id: id.slice(0, 12),
      full_id: id,
      type: 7,
      name: 'main',
      image: 'registry.local/web:1',
      imageid: 'ee'.repeat(32),
      imagerepo: 'registry.local/web',
      imagetag: '1',
      imagedigest: 'sha256:11',
      User: '7',
      ip: '10.0.0.9',
      cni_json: '{"Interfaces":{}}',
      is_pod_sandbox: false,
      pod_sandbox_id: sandbox,
      pod_sandbox_labels: podLabels,
      labels: { 'io.kubernetes.pod.name': 'web-0', 'io.kubernetes.container.name': 'main' },
      Mounts: [{ Source: '/out', Destination: '/in', Mode: '', RW: false, Propagation: 'rslave' }],
      port_mappings: [],
      privileged: true,
      host_network: true,
      host_pid: false,
      host_ipc: false,
      created_time: 5,
    });
  });

  it('knows the id of an image from where the runtime tells it', async () => {
    const status = encodeMessage({ 1: id, 9: 'registry.local/web@sha256:11', 17: `sha256:${'aa'.repeat(32)}` });
    answer = (method, message) =>
      method === 'ContainerStatus' ? encodeMessage({ 1: status }) : honest(method, message);
    expect(await engine.describe(id.slice(0, 12))).toMatchObject({
      imageid: 'aa'.repeat(32),
      imagedigest: 'sha256:11',
    });
  });

  it('describes the sandbox', async () => {
    expect(await engine.describe(sandbox.slice(0, 12))).toMatchObject({
      full_id: sandbox,
      name: 'web-0',
      image: 'registry.local/pause:3.9',
      imagetag: '3.9',
      is_pod_sandbox: true,
      pod_sandbox_id: sandbox,
      labels: podLabels,
    });
  });

  it('knows that it does not know one', async () => {
    expect(await engine.describe('0'.repeat(12))).toBeUndefined();
  });

  it('takes a container that goes in between for an unknown one', async () => {
    answer = (method, message) => (method === 'ContainerStatus' ? 5 : honest(method, message));
    expect(await engine.describe(id.slice(0, 12))).toBeUndefined();
  });

  it.each([
    ['an error', 12, /no/],
    ['nothing in time', 'silent', /abort/i],
    ['a broken stream', 'broken', /./],
    ['no protobuf', Buffer.from('ffff', 'hex'), /a message ends/],
  ] as const)('fails at %s', async (_, given, message) => {
    answer = () => given;
    await expect(engine.describe(id.slice(0, 12))).rejects.toThrow(message);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['wrong types', { config: 5, runtimeSpec: [], privileged: 'yes' }],
  ])('takes %s as the verbose part', async (_, value) => {
    answer = (method, message) =>
      method === 'ContainerStatus'
        ? Buffer.concat([encodeMessage({ 1: encodeMessage({ 1: id }) }), info(2, value)])
        : honest(method, message);
    expect(await engine.describe(id.slice(0, 12))).toMatchObject({ full_id: id, User: '', name: '' });
  });

  it('connects again when the runtime was restarted', async () => {
    await engine.list();
    for (const session of sessions) session.destroy();
    // The engine learns of it when it learns of it.
    await vi.waitFor(async () => expect(await engine.list()).toEqual([id, sandbox]), 10_000);
  });
});
