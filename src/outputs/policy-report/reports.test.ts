import { afterEach, beforeEach, expect, test } from 'vitest';
import { exampleNotices, hostileNotice, makeNotice } from '../../../test/kit/notice.ts';
import type { HttpAnswer, HttpRequest } from '../../transport/http-client.ts';
import type { KubernetesClient } from '../../transport/kubernetes/client.ts';
import { ReportKeeper } from './reports.ts';

interface Stored {
  readonly metadata: { readonly resourceVersion: string };
  readonly results: { readonly properties: Readonly<Record<string, string>> }[];
  readonly summary: Readonly<Record<string, number>>;
}

/** Keeps objects as the API server does: changes of an old version are conflicts. */
class Cluster {
  readonly objects = new Map<string, Stored>();
  /** Called before each change: somebody else may be faster. */
  onChange: (path: string) => void = () => undefined;
  #version = 0;

  exchange(path: string, request: Omit<HttpRequest, 'url'>): Promise<HttpAnswer> {
    const answer = (status: number, value: unknown): HttpAnswer => {
      return { status, headers: {}, body: Buffer.from(JSON.stringify(value)) };
    };
    if (request.method === 'GET') {
      const found = this.objects.get(path);
      return Promise.resolve(found === undefined ? answer(404, {}) : answer(200, found));
    }
    const place = request.method === 'POST' ? `${path}/falco-policy-report` : path;
    this.onChange(place);
    const body = JSON.parse(String(request.body)) as Stored;
    const version = this.objects.get(place)?.metadata.resourceVersion;
    if (version !== (request.method === 'POST' ? undefined : body.metadata.resourceVersion)) {
      return Promise.resolve(answer(409, { reason: 'Conflict' }));
    }
    this.store(place, body);
    return Promise.resolve(answer(200, body));
  }

  store(place: string, body: Omit<Stored, 'metadata'>): void {
    this.objects.set(place, { ...body, metadata: { resourceVersion: String(++this.#version) } });
  }
}

let cluster: Cluster;
beforeEach(() => {
  cluster = new Cluster();
});
afterEach(() => cluster.objects.clear());

const keeper = (most = 1000) => new ReportKeeper(cluster as unknown as KubernetesClient, { most, byPriority: false });
const shop = '/apis/wgpolicyk8s.io/v1alpha2/namespaces/shop/policyreports/falco-policy-report';
const whole = '/apis/wgpolicyk8s.io/v1alpha2/clusterpolicyreports/falco-policy-report';
const uuidsAt = (path: string) => cluster.objects.get(path)?.results.map(({ properties }) => properties?.['uuid']);

test('what others change in the meantime stays', async () => {
  const [first, second, ...others] = exampleNotices(5);
  let left = 3;
  cluster.onChange = (path) => {
    if (left-- <= 0) return;
    const results = cluster.objects.get(path)?.results ?? [];
    const added = { properties: { uuid: others[left]!.uuid } };
    cluster.store(path, { results: [...results, added], summary: {} });
  };
  const outcome = await keeper().add([first!, second!]);
  expect(outcome).toEqual({ kind: 'each', items: [{ kind: 'ok' }, { kind: 'ok' }] });
  const expected = [...others.toReversed(), first!, second!].map(({ uuid }) => uuid);
  expect(uuidsAt(shop)).toEqual(expected);
});

test('somebody who is always faster: later', async () => {
  let count = 0;
  cluster.onChange = (path) => cluster.store(path, { results: [], summary: { count: ++count } });
  expect(await keeper().add(exampleNotices(1))).toMatchObject({ kind: 'each', items: [{ kind: 'retry' }] });
});

test('results that others made without properties are left as they are', async () => {
  cluster.store(shop, { results: [{} as never], summary: {} });
  await keeper().add(exampleNotices(1));
  expect(cluster.objects.get(shop)?.results[0]).toEqual({});
  expect(cluster.objects.get(shop)?.results).toHaveLength(2);
});

test('a report has a bound of results, and one of bytes as the cluster counts them', async () => {
  await keeper(3).add(exampleNotices(5));
  expect(uuidsAt(shop)).toEqual(
    exampleNotices(5)
      .slice(2)
      .map(({ uuid }) => uuid),
  );
  const hostile = Array.from({ length: 300 }, (_, i) =>
    makeNotice({ ...hostileNotice(), uuid: `hostile-${i}`, fields: fieldsOf() }),
  );
  await keeper().add(hostile);
  const stored = cluster.objects.get(whole)!;
  expect(uuidsAt(whole)?.at(-1)).toBe('hostile-299');
  expect(stored.results.length).toBeGreaterThan(20);
  // Go writes <, > and & as escapes of six characters.
  const bytes = Buffer.byteLength(JSON.stringify(stored).replace(/[<>&]/g, '......'));
  expect(bytes).toBeLessThan(1_100_000);
});

function fieldsOf(): Record<string, string> {
  return { ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, '<&>'])), long: 'x'.repeat(100_000) };
}
