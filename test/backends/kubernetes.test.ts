import { setTimeout as sleep } from 'node:timers/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutputId } from '../../src/app/registry.ts';
import { jsonOf } from '../../src/transport/http-outcome.ts';
import { KubernetesClient } from '../../src/transport/kubernetes/client.ts';
import { exampleNotice, exampleNotices, makeNotice } from '../kit/notice.ts';
import { never, outputContext } from '../kit/outputs.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { apiServer, kubeconfigs, reportDefinition, withAddress } from './kit/kubernetes.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };

interface Report {
  readonly results: readonly { readonly message: string; readonly properties: Readonly<Record<string, string>> }[];
  readonly summary: Readonly<Record<string, number>>;
}

backendSuite(
  'Kubernetes API server',
  apiServer(),
  (stage) => {
    let cluster: KubernetesClient;
    const files = () => kubeconfigs(stage().backend.folder);
    const headers = { accept: 'application/json', 'content-type': 'application/json' };

    async function create(path: string, body: object): Promise<void> {
      const request = { method: 'POST', headers, body: JSON.stringify(body) } as const;
      const answer = await cluster.exchange(path, request, never);
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body.toString()}`);
    }
    async function read(path: string): Promise<Report | undefined> {
      const answer = await cluster.exchange(path, { method: 'GET', headers, answerBytes: 16 << 20 }, never);
      return answer.status === 200 ? (jsonOf(answer) as unknown as Report) : undefined;
    }
    const group = '/apis/wgpolicyk8s.io/v1alpha2';
    const namespaced = (namespace: string) => `${group}/namespaces/${namespace}/policyreports/falco-policy-report`;

    beforeAll(async () => {
      cluster = new KubernetesClient(files().admin, outputContext());
      const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
      await create(definitions, reportDefinition('PolicyReport', 'Namespaced'));
      await create(definitions, reportDefinition('ClusterPolicyReport', 'Cluster'));
      for (const name of ['shop', 'many', 'few', 'openfaas', 'functions', 'fission']) {
        await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      }
      // Definitions are served a moment after they are made.
      for (const kind of ['policyreports', 'clusterpolicyreports']) {
        for (let i = 0; i < 100 && (await read(`${group}/${kind}`)) === undefined; i++) await sleep(100);
      }
    });
    afterAll(() => cluster?.close());
    const open = (config: object) =>
      stage().open('policy-report', { enabled: true, kubeconfig: files().admin, ...config });
    const inNamespace = (namespace: string, count: number, begin = 0) =>
      exampleNotices(begin + count)
        .slice(begin)
        .map(({ uuid, time }) => makeNotice({ uuid, time, fields: { 'k8s.ns.name': namespace, 'proc.pid': 4242 } }));

    test('results are in the report of their namespace, others in that of the cluster; repeats are none', async () => {
      const output = await open({});
      const elsewhere = makeNotice({ uuid: 'elsewhere', priority: 'Critical', fields: { 'proc.name': 'sh' } });
      const batch = [...exampleNotices(5), elsewhere];
      for (let i = 0; i < 2; i++) {
        expect(await output.send(batch, never)).toEqual({ kind: 'each', items: batch.map(() => ok) });
      }
      const report = await read(namespaced('shop'));
      expect(report?.summary).toEqual({ error: 0, fail: 0, pass: 0, skip: 0, warn: 5 });
      expect(report?.results.map(({ properties }) => properties['uuid'])).toEqual(
        batch.slice(0, 5).map(({ uuid }) => uuid),
      );
      expect(report?.results[0]).toEqual({
        policy: exampleNotice.rule,
        rule: exampleNotice.rule,
        category: 'SI - System and Information Integrity',
        source: 'Falco',
        severity: 'low',
        result: 'warn',
        message: exampleNotice.output,
        timestamp: { seconds: 1_795_238_965, nanos: 123_456_789 },
        properties: expect.objectContaining({
          'proc.pid': '4242',
          'k8s.ns.name': 'shop',
          priority: 'Notice',
        }) as unknown,
      });
      const whole = await read(`${group}/clusterpolicyreports/falco-policy-report`);
      expect(whole?.summary).toEqual({ error: 0, fail: 1, pass: 0, skip: 0, warn: 0 });
    });

    test('several writers at once: none undoes what another did', async () => {
      const writers = await Promise.all(Array.from({ length: 4 }, () => open({})));
      const parts = writers.map((_, i) => inNamespace('many', 10, i * 10));
      await Promise.all(
        writers.map(async (writer, i) => {
          for (const notice of parts[i]!) {
            // What others were faster with again and again is for later.
            for (let k = 0; k < 50; k++) {
              const outcome = await writer.send([notice], never);
              if (outcome.kind === 'each' && outcome.items[0]?.kind === 'ok') break;
            }
          }
        }),
      );
      const report = await read(namespaced('many'));
      const uuids = report?.results.map(({ properties }) => properties['uuid']);
      expect(uuids?.sort()).toEqual(
        parts
          .flat()
          .map(({ uuid }) => uuid)
          .sort(),
      );
    });

    test('the oldest make room; the least severe, where that is wanted', async () => {
      const output = await open({ maxevents: 5 });
      await output.send(inNamespace('few', 8), never);
      const oldest = await read(namespaced('few'));
      const expected = inNamespace('few', 8).slice(3);
      expect(oldest?.results.map(({ properties }) => properties['uuid'])).toEqual(expected.map(({ uuid }) => uuid));
      const bySeverity = await open({ maxevents: 5, prunebypriority: true });
      const alarm = makeNotice({ uuid: 'alarm', priority: 'Alert', fields: { 'k8s.ns.name': 'few' } });
      await bySeverity.send([alarm], never);
      await bySeverity.send(inNamespace('few', 3, 8), never);
      const report = await read(namespaced('few'));
      expect(report?.results.some(({ properties }) => properties['uuid'] === 'alarm')).toBe(true);
      expect(report?.summary).toMatchObject({ fail: 1, warn: 4 });
    });

    test('a hostile alert of megabytes, many times: the report stays small enough to be stored', async () => {
      const output = await open({});
      for (let i = 0; i < 3; i++) {
        const batch = Array.from({ length: 100 }, (_, k) => wholeHostileNotice(`hostile-${i}-${k}`));
        const outcome = await output.send(batch, never);
        expect(outcome.kind === 'each' && outcome.items.find(({ kind }) => kind !== 'ok')).toBe(undefined);
      }
      const report = await read(`${group}/clusterpolicyreports/falco-policy-report`);
      expect(report?.results.at(-1)?.properties['uuid']).toBe('hostile-2-99');
    });

    test('a namespace that is not there, somebody unknown', async () => {
      const output = await open({});
      const [notice] = inNamespace('missing', 1);
      expect(await output.send([notice!], never)).toMatchObject({ kind: 'each', items: [{ kind: 'retry' }] });
      const unknown = await open({ kubeconfig: files().nobody });
      const outcome = await unknown.send([exampleNotice], never);
      expect(outcome).toMatchObject({ kind: 'each', items: [{ kind: 'retry' }] });
      expect(JSON.stringify(outcome)).not.toContain('4711');
    });

    test('functions behind services, by the API server', async ({ skip }) => {
      await withAddress(async (address) => {
        if (address === undefined) return skip('no address can be added here');
        const got: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
        const server = createServer((message, response) => {
          const parts: Buffer[] = [];
          message.on('data', (part: Buffer) => parts.push(part));
          message.on('end', () => {
            got.push({ url: message.url, headers: message.headers, body: Buffer.concat(parts).toString() });
            response.end('done');
          });
        });
        await new Promise<void>((resolve) => server.listen(0, address, resolve));
        const { port } = server.address() as AddressInfo;
        async function service(namespace: string, name: string): Promise<void> {
          const metadata = { name };
          const spec = { clusterIP: 'None', ports: [{ port }] };
          await create(`/api/v1/namespaces/${namespace}/services`, {
            apiVersion: 'v1',
            kind: 'Service',
            metadata,
            spec,
          });
          // It forwards to addresses of pods only.
          const pods = `/api/v1/namespaces/${namespace}/pods`;
          const containers = [{ name: 'c', image: 'none' }];
          await create(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
          const status = JSON.stringify({ status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] } });
          const merge = { ...headers, 'content-type': 'application/merge-patch+json' };
          await cluster.exchange(`${pods}/${name}/status`, { method: 'PATCH', headers: merge, body: status }, never);
          const addresses = [{ ip: address, targetRef: { kind: 'Pod', name, namespace } }];
          const endpoints = {
            apiVersion: 'v1',
            kind: 'Endpoints',
            metadata,
            subsets: [{ addresses, ports: [{ port }] }],
          };
          await create(`/api/v1/namespaces/${namespace}/endpoints`, endpoints);
        }
        await service('openfaas', 'gateway');
        await service('functions', 'isolate-pod');
        await service('fission', 'router');
        const calls: [OutputId, object, string][] = [
          ['openfaas', { functionname: 'isolate-pod', gatewayport: port }, '/function/isolate-pod.openfaas-fn'],
          ['kubeless', { function: 'isolate-pod', namespace: 'functions', port }, '/'],
          ['fission', { function: 'isolate-pod', routerport: port }, '/fission-function/isolate-pod'],
        ];
        try {
          for (const [id, config, url] of calls) {
            const output = await stage().open(id, { ...config, kubeconfig: files().admin });
            expect(await output.send([exampleNotice], never)).toEqual(ok);
            expect(got.pop()).toMatchObject({
              url,
              headers: { 'event-id': exampleNotice.uuid, 'content-type': 'application/json' },
              body: exampleNotice.json,
            });
          }
        } finally {
          server.closeAllConnections();
          server.close();
        }
      });
    });
  },
  { required: false },
);
