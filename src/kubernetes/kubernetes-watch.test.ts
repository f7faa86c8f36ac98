import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiServer, type ApiObject } from '../../test/kit/api-server.ts';
import { KubernetesClient } from '../transport/kubernetes/client.ts';
import { KubernetesWatch } from './kubernetes-watch.ts';
import type { InventoryLimits } from './inventory.ts';

const pods = '/api/v1/pods';
const namespaces = '/api/v1/namespaces';
const services = '/api/v1/services';
const nodes = '/api/v1/nodes';
const controllers = '/api/v1/replicationcontrollers';
const deployments = '/apis/apps/v1/deployments';
const replicaSets = '/apis/apps/v1/replicasets';
const podUid = '11111111-2222-3333-4444-555555555555';

type Meta = Readonly<Record<string, unknown>>;

function object(name: string, meta: Meta = {}, more: Meta = {}): ApiObject {
  return { metadata: { name, uid: `uid-${name}`, ...meta }, ...more };
}

function owned(kind: string, name: string): Meta {
  return { ownerReferences: [{ kind, name, uid: `uid-${name}`, controller: true }] };
}

const inShop = { namespace: 'shop' };
const pod = object(
  'web-1',
  { ...inShop, uid: podUid, labels: { app: 'web', b: 'é' }, ...owned('ReplicaSet', 'web-rs') },
  { spec: { nodeName: 'node-1' }, status: { podIP: '10.0.0.7' } },
);

let folder: string;
let server: ApiServer;
let watch: KubernetesWatch;
let problems: string[];
let changes: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'saker-cluster-'));
  server = await new ApiServer().listen();
  problems = [];
  changes = 0;
});
afterEach(async () => {
  await watch.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

function open(more: { nodeName?: string; limits?: InventoryLimits } = {}): void {
  const file = path.join(folder, 'config');
  writeFileSync(file, server.kubeconfig);
  const tls = { checkCert: true, ca: [], cert: undefined, key: undefined };
  watch = new KubernetesWatch({
    client: new KubernetesClient(file, { tls, timeoutMs: 5000, concurrency: 0, environment: {}, version: 'test' }),
    nodeName: more.nodeName,
    logger: { log: (level, message, fields) => problems.push(`${level} ${message} ${JSON.stringify(fields)}`) },
    timing: { firstPauseMs: 10, longestPauseMs: 40, watchMs: 60_000 },
    ...(more.limits === undefined ? {} : { limits: more.limits }),
  });
  watch.onChange(() => changes++);
}

function fill(): void {
  server.put(namespaces, object('shop', { labels: { team: 'blue' } }));
  server.put(nodes, object('node-1', { labels: { zone: 'a' } }));
  server.put(deployments, object('web', { ...inShop, labels: { tier: 'front' } }));
  server.put(replicaSets, object('web-rs', { ...inShop, labels: { app: 'web' }, ...owned('Deployment', 'web') }));
  server.put(services, object('z', inShop, { spec: { selector: { app: 'web' } } }));
  server.put(services, object('a', inShop, { spec: { selector: { app: 'web', b: 'é' } } }));
  server.put(services, object('others', inShop, { spec: { selector: { app: 'x' } } }));
  server.put(services, object('all', inShop, { spec: {} }));
  server.put(services, object('elsewhere', { namespace: 'x' }, { spec: { selector: { app: 'web' } } }));
  server.put(pods, pod);
}

async function begin(): Promise<void> {
  await watch.begin(new AbortController().signal);
}

/** Polls: only the order of things is tested, not their time. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(holds(), JSON.stringify({ counts: watch.counts, requests: server.requests, problems })).toBe(true);
}

function watching(place: string): boolean {
  return server.watches.some((one) => one.path === place);
}

describe('KubernetesWatch', () => {
  it('knows what a pod belongs to', async () => {
    fill();
    open();
    await begin();
    expect(watch.isComplete(podUid)).toBe(true);
    expect(watch.pod(podUid)).toMatchObject({
      pod: { name: 'web-1', uid: podUid, labels: { app: 'web', b: '\xc3\xa9' } },
      ip: '10.0.0.7',
      namespace: { name: 'shop', uid: 'uid-shop', labels: { team: 'blue' } },
      deployment: { name: 'web', labels: { tier: 'front' } },
      replicaSet: { name: 'web-rs', labels: { app: 'web' } },
      replicationController: undefined,
      node: { name: 'node-1', labels: { zone: 'a' } },
      services: [{ name: 'a' }, { name: 'z' }],
    });
    expect(problems).toEqual([]);
  });

  it("asks for the node's pods only, and for no more than metadata where that is enough", async () => {
    open({ nodeName: 'node-1' });
    await begin();
    const asked = server.requests.map((one) => one.split('&limit')[0]);
    expect(asked).toContain(`${pods}?fieldSelector=spec.nodeName%3Dnode-1`);
    expect(asked).toContain(`${nodes}?fieldSelector=metadata.name%3Dnode-1`);
    await until(() => watching(pods));
    const watched = server.requests.find((one) => one.startsWith(pods) && one.includes('watch=1'));
    expect(watched).toMatch(/allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=\d+$/);
  });

  it('follows what comes, changes and goes', async () => {
    open();
    await begin();
    await until(() => [pods, services, namespaces, replicaSets, deployments].every(watching));
    expect(watch.pod(podUid)).toBeUndefined();
    expect(watch.isComplete(podUid)).toBe(false);
    fill();
    await until(() => watch.isComplete(podUid) && watch.pod(podUid)?.services.length === 2);
    server.put(namespaces, object('shop', { labels: { team: 'red' } }));
    await until(() => watch.pod(podUid)?.namespace.labels['team'] === 'red');
    server.delete(services, 'uid-z');
    await until(() => watch.pod(podUid)?.services.length === 1);
    // The last events of its processes may still come.
    server.delete(deployments, 'uid-web');
    server.delete(pods, podUid);
    await until(() => watch.counts.objects['pods'] === 0);
    expect(watch.pod(podUid)).toMatchObject({ pod: { name: 'web-1' }, deployment: { name: 'web' } });
  });

  it('tells of changes that matter to pods only', async () => {
    fill();
    open();
    await begin();
    await until(() => watching(pods) && watching(services));
    const before = changes;
    server.put(services, object('far', { namespace: 'far' }, { spec: { selector: { a: 'b' } } }));
    server.put(pods, { ...pod, status: { podIP: '10.0.0.7', phase: 'Running' } });
    server.put(services, object('last', inShop));
    await until(() => watch.counts.objects['services'] === 7);
    expect(changes).toBe(before + 1);
  });

  it('reads long lists in pages', async () => {
    for (let i = 0; i < 600; i++) server.put(pods, object(`p${i}`, inShop));
    open();
    await begin();
    expect(watch.counts.objects['pods']).toBe(600);
    expect(server.requests.filter((one) => one.startsWith(pods) && one.includes('limit='))).toHaveLength(3);
  });

  it.each(['end', 'destroy'] as const)('a watch that ends (%s) goes on from its last bookmark', async (how) => {
    fill();
    open();
    await begin();
    await until(() => watching(pods));
    server.bookmark(pods);
    server.put(pods, object('second', inShop));
    await until(() => watch.pod('uid-second') !== undefined);
    server.bookmark(pods);
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.endWatches(pods, how);
    await until(() => watching(pods));
    server.put(pods, object('third', inShop));
    await until(() => watch.pod('uid-third') !== undefined);
    const asked = server.requests.filter((one) => one.startsWith(pods));
    expect(asked.filter((one) => one.includes('limit='))).toHaveLength(1);
    const versions = asked.filter((one) => one.includes('watch=1')).map((one) => /resourceVersion=(\d+)/.exec(one)![1]);
    expect(Number(versions.at(-1))).toBeGreaterThan(Number(versions[0]));
  });

  it.each([
    ['as an event', () => server.forget()],
    [
      'as a status',
      () => {
        let once = true;
        server.refuse = (url) =>
          once && url.pathname === pods && url.searchParams.has('watch') ? ((once = false), 410) : undefined;
      },
    ],
  ])('lists anew after 410 %s, and drops what is no more', async (_, expire) => {
    fill();
    server.put(pods, object('old', inShop));
    open();
    await begin();
    await until(() => watching(pods));
    server.deleteSilently(pods, 'uid-old');
    server.putSilently(pods, object('new', inShop));
    expire();
    server.endWatches(pods);
    await until(() => watch.pod('uid-new') !== undefined);
    expect(watch.counts.expired).toBeGreaterThan(0);
    expect(watch.counts.objects['pods']).toBe(2);
    expect(watch.pod(podUid)?.deployment?.name).toBe('web');
  });

  it.each([
    ['no JSON', '{"type": "ADDED", "object": {\n'],
    ['an error', `${JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'etcd is away' } })}\n`],
    ['a line without end', 'x'.repeat(5 << 20)],
  ])('goes on after a watch that gives %s', async (_, text) => {
    fill();
    open();
    await begin();
    await until(() => watching(pods));
    server.write(pods, text);
    await until(() => watch.counts.failures > 0 && watching(pods));
    server.put(pods, object('later', inShop));
    await until(() => watch.pod('uid-later') !== undefined);
    expect(problems).toHaveLength(1);
  });

  it('asks again when it is refused, says so once, and does without what it may not see', async () => {
    fill();
    server.refuse = (url) => (url.pathname === deployments || url.pathname === controllers ? 403 : undefined);
    open();
    const stop = new AbortController();
    const begun = watch.begin(stop.signal);
    await until(() => watch.counts.failures > 3 && watch.isComplete(podUid));
    stop.abort();
    await begun;
    // Name and uid come with what it owns.
    expect(watch.pod(podUid)?.deployment).toEqual({ name: 'web', uid: 'uid-web', labels: {} });
    expect(problems.filter((text) => text.includes('"kind":"deployments"'))).toEqual([
      'warning Kubernetes does not tell of its objects {"kind":"deployments","reason":"status 403: no /apis/apps/v1/deployments"}',
    ]);
    server.refuse = () => undefined;
    await until(() => watch.pod(podUid)?.deployment?.labels['tier'] === 'front');
  });

  it('keeps no more than its bounds, and counts the rest', async () => {
    for (let i = 0; i < 20; i++) server.put(pods, object(`p${i}`, inShop));
    open({ limits: { pods: 5, others: 5, gone: 2 } });
    await begin();
    expect(watch.counts).toMatchObject({ objects: { pods: 5 }, refused: 15 });
    await until(() => watching(pods));
    for (let i = 0; i < 5; i++) server.delete(pods, `uid-p${i}`);
    await until(() => watch.counts.objects['pods'] === 0);
    expect([0, 1, 2, 3, 4].map((i) => watch.pod(`uid-p${i}`)?.pod.name)).toEqual([
      undefined,
      undefined,
      undefined,
      'p3',
      'p4',
    ]);
    expect(watch.counts.unknownPods).toBe(3);
  });

  it('knows static pods by the hash in their cgroups', async () => {
    const hash = 'ab'.repeat(16);
    server.put(pods, object('kube-proxy', { ...inShop, annotations: { 'kubernetes.io/config.hash': hash } }));
    open();
    await begin();
    expect(watch.pod(hash)?.pod.name).toBe('kube-proxy');
    await until(() => watching(pods));
    server.delete(pods, 'uid-kube-proxy');
    await until(() => watch.counts.objects['pods'] === 0);
    expect(watch.pod(hash)?.pod.name).toBe('kube-proxy');
  });

  it('survives objects that are none', async () => {
    server.put(pods, {
      metadata: { name: 'x', uid: 'u', labels: { a: 1, b: 'y'.repeat(5000) }, ownerReferences: [7] },
    } as never);
    server.put(pods, { metadata: { name: ['x'], uid: 'v' } } as never);
    open();
    await begin();
    expect(watch.pod('u')?.pod.labels).toEqual({});
    expect(watch.counts.objects['pods']).toBe(1);
  });
});
