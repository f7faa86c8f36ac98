import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenContainerEngine } from '../model/container-engine.ts';
import { DockerApi } from './docker-api.ts';

const id = 'ab'.repeat(32);
const short = id.slice(0, 12);
const image = `sha256:${'cd'.repeat(32)}`;

const container = {
  Id: id,
  Name: '/web',
  Image: image,
  Created: '2026-01-02T03:04:05.6Z',
  Config: {
    Image: 'registry.local:5000/shop/web:1.2',
    User: 'nobody',
    Labels: { app: 'web', long: 'x'.repeat(101), odd: 'a\n\u001b[2J', number: 5 },
  },
  HostConfig: { Privileged: true, PidMode: 'host', NetworkMode: 'bridge', Memory: 1000, CpuShares: 2 },
  NetworkSettings: {
    IPAddress: '',
    Networks: { none: {}, bridge: { IPAddress: '172.17.0.2' } },
    Ports: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }], '81/tcp': null, 'x/y': [{ HostPort: 'z' }] },
  },
  Mounts: [{ Source: '/etc', Destination: '/mnt', Mode: 'ro', RW: false, Propagation: 'rprivate' }],
};
const digests = { RepoTags: ['other:1'], RepoDigests: ['x@sha256:00', 'registry.local:5000/shop/web@sha256:11'] };

let folder: string;
let server: Server;
let engine: OpenContainerEngine;
let answers: Record<string, unknown>;
let asked: string[];
let onEvents: (response: ServerResponse) => void;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-docker-'));
  const socket = path.join(folder, 'engine.sock');
  answers = { [`/containers/${short}/json`]: container, [`/images/${encodeURIComponent(image)}/json`]: digests };
  asked = [];
  server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    if (url.startsWith('/events')) {
      onEvents(response);
      return;
    }
    const answer = answers[url];
    if (answer === undefined) response.statusCode = 404;
    if (answer !== 'silent') response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  engine = new DockerApi(socket, 0, { labelMaxLength: 100, timeoutMs: 300 });
});

afterEach(() => {
  engine.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('DockerApi', () => {
  it('describes a container as container events have it', async () => {
    expect(engine.isThere()).toBe(true);
    expect(await engine.describe(short)).toEqual({
      id: short,
      full_id: id,
      type: 0,
      name: 'web',
      image: 'registry.local:5000/shop/web:1.2',
      imageid: 'cd'.repeat(32),
      imagerepo: 'registry.local:5000/shop/web',
      imagetag: '1.2',
      imagedigest: 'sha256:11',
      User: 'nobody',
      ip: '172.17.0.2',
      cni_json: '',
      is_pod_sandbox: false,
      pod_sandbox_id: '',
      pod_sandbox_labels: {},
      labels: { app: 'web', odd: 'a\n\u001b[2J' },
      Mounts: [{ Source: '/etc', Destination: '/mnt', Mode: 'ro', RW: false, Propagation: 'rprivate' }],
      port_mappings: [{ HostIp: 0x7f000001, HostPort: 8080, ContainerPort: 80 }],
      privileged: true,
      host_pid: true,
      host_network: false,
      created_time: 1_767_323_045,
      memory_limit: 1000,
      cpu_shares: 2,
    });
  });

  it('asks once for an image', async () => {
    await engine.describe(short);
    await engine.describe(short);
    expect(asked.filter((url) => url.startsWith('/images'))).toHaveLength(1);
  });

  it('does without the image', async () => {
    delete answers[`/images/${encodeURIComponent(image)}/json`];
    expect(await engine.describe(short)).toMatchObject({ name: 'web', imagedigest: '' });
  });

  it('does not take a container that only has the id as its name', async () => {
    answers[`/containers/${short}/json`] = { ...container, Id: 'ef'.repeat(32), Name: `/${short}` };
    expect(await engine.describe(short)).toBeUndefined();
  });

  it('knows that it does not know one', async () => {
    expect(await engine.describe('0'.repeat(12))).toBeUndefined();
  });

  it.each([
    ['no JSON', '<html>', /JSON/],
    ['too much', `"${'x'.repeat(2 << 20)}"`, /larger than/],
    ['nothing in time', 'silent', /aborted/],
  ])('fails at %s', async (_, answer, message) => {
    answers[`/containers/${short}/json`] = answer;
    await expect(engine.describe(short)).rejects.toThrow(message);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['only an id', { Id: id }],
    [
      'wrong types',
      { Id: id, Name: 5, Config: [], HostConfig: 'x', NetworkSettings: { Ports: 7 }, Mounts: {}, Image: {} },
    ],
    ['a prototype', JSON.parse(`{"Id":"${id}","Config":{"Labels":{"__proto__":"x"}},"__proto__":{"Name":"y"}}`)],
  ])('takes %s', async (_, answer) => {
    answers[`/containers/${short}/json`] = answer;
    const described = await engine.describe(short);
    expect(described === undefined ? '' : described.name).toBe('');
  });

  it('lists whole ids only', async () => {
    answers['/containers/json'] = [{ Id: id }, { Id: 'x' }, 5, null];
    expect(await engine.list()).toEqual([id]);
    answers['/containers/json'] = { message: 'no' };
    expect(await engine.list()).toEqual([]);
  });

  it('follows creations, starts and removals', async () => {
    onEvents = (response) => {
      const events = [
        { Action: 'create', Actor: { ID: id } },
        { Action: 'exec_die', Actor: { ID: id } },
        { status: 'remove', id },
        { Action: 'constructor', Actor: { ID: id } },
        { Action: 'start', Actor: { ID: 'short' } },
        5,
      ];
      response.end(
        `${events.map((event) => JSON.stringify(event)).join('\n')}\nnot json\n{"Action":"start","id":"${id}"}\n`,
      );
    };
    const seen: string[] = [];
    await engine.watch!((change, of) => seen.push(`${change} ${of === id}`), new AbortController().signal);
    expect(seen).toEqual(['create true', 'remove true', 'start true']);
  });

  it('knows of a container that is gone already what its events said', async () => {
    delete answers[`/containers/${short}/json`];
    onEvents = (response) => {
      const Attributes = { name: 'web', image: 'shop/web:1', app: 'x', long: 'x'.repeat(101), exitCode: '0', bad: 5 };
      response.end(`${JSON.stringify({ Action: 'create', Actor: { ID: id, Attributes } })}\n`);
    };
    await engine.watch!(() => undefined, new AbortController().signal);
    const wanted = { full_id: id, name: 'web', imagerepo: 'shop/web', imagetag: '1', labels: { app: 'x' } };
    expect(await engine.describe(short)).toMatchObject(wanted);
    expect((await engine.describe(short))?.privileged).toBeUndefined();
  });

  it('ends a stream with an endless line, and one that is no longer wanted', async () => {
    onEvents = (response) => response.write('x'.repeat(1 << 19));
    await expect(engine.watch!(() => undefined, new AbortController().signal)).rejects.toThrow(/longer than/);
    const stop = new AbortController();
    onEvents = (response) => {
      response.write('\n');
      setTimeout(() => stop.abort(), 10);
    };
    await engine.watch!(() => undefined, stop.signal);
  });
});
