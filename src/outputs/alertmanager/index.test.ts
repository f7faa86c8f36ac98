import { afterEach, expect, test } from 'vitest';
import { exampleNotice, makeNotice, type NoticeParts } from '../../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../../test/kit/outputs.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import type { OutputSpec } from '../../model/output.ts';
import { labelName } from './alert.ts';
import alertmanager from './index.ts';

let servers: PostServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

/** Sends to servers that answer so; 0: there is none. */
async function send(statuses: readonly number[], parts?: NoticeParts): Promise<unknown> {
  const hosts: string[] = [];
  for (const status of statuses) {
    const server = await new PostServer().listen();
    server.answer = (response) => response.writeHead(status).end();
    hosts.push(`http://127.0.0.1:${server.port}`);
    if (status === 0) await server.close();
    else servers.push(server);
  }
  const output = await openOutput(alertmanager as unknown as OutputSpec, { hostport: hosts }, outputContext());
  try {
    return await output.send([parts === undefined ? exampleNotice : makeNotice(parts)], never);
  } finally {
    await output.close();
  }
}

test.each([
  [[200, 200], 'ok'],
  [[500, 200], 'ok'],
  [[0, 200], 'ok'],
  [[400, 500], 'retry'],
  [[400, 400], 'drop'],
])('a cluster that answers %j: %s', async (statuses, kind) => {
  expect(await send(statuses)).toMatchObject({ kind });
  expect(servers.map((server) => server.posts.length)).toEqual(servers.map(() => 1));
});

test.each([[[0, 0]], [[0, 400]]])('a cluster that answers %j: a rejection', async (statuses) => {
  await expect(send(statuses)).rejects.toThrow(/ECONNREFUSED/);
});

test.each([
  ['0', 'Notice', { n_drop: '0', priority: 'Warning' }],
  ['1', 'Notice', { n_drop: '1', priority: 'Critical' }],
  ['2', 'Notice', { n_drop: '>1', priority: 'Warning' }],
  ['101', 'Alert', { n_drop: '>100', priority: 'Alert' }],
  ['99999999', 'Notice', { n_drop: '>10000', priority: 'Critical' }],
])('of %s dropped events, in an alert of priority %s', async (count, priority, labels) => {
  const fields = { n_drop: count, n_evts: 5, n_drop_odd: 'x' };
  await send([200], { priority: priority as 'Notice' | 'Alert', fields });
  const [alert] = JSON.parse(servers[0]!.posts[0]!.body.toString());
  expect(alert.labels).toMatchObject(labels);
  expect(Object.keys(alert.labels)).not.toContain('n_evts');
});

test.each([
  ['k8s.ns.name', 'k8s_ns_name'],
  ['proc.aname[2]', 'proc_aname_2'],
  ['__a..b__', 'a_b'],
  ['1st', 'field_1st'],
  ['日本', ''],
])('the label of %s', (field, label) => {
  expect(labelName(field)).toBe(label);
});
