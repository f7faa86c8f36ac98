import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { exampleNotices, makeNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { clickHouse } from './kit/clickhouse.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { openSearch } from './kit/opensearch.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };

const batch = [...exampleNotices(3), wholeHostileNotice('hostile')];

async function get(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

backendSuite(
  'Alertmanager',
  {
    command: 'prometheus-alertmanager',
    prepare: (_, folder) =>
      writeFileSync(path.join(folder, 'am.yml'), 'route: {receiver: none}\nreceivers: [{name: none}]\n'),
    args: (port, folder) => [
      `--config.file=${folder}/am.yml`,
      '--cluster.listen-address=',
      `--web.listen-address=127.0.0.1:${port}`,
      `--storage.path=${folder}/data`,
    ],
    isReady: async (port) => (await get(`http://127.0.0.1:${port}/-/ready`).catch(() => '')) === 'OK',
  },
  (stage) => {
    test('alerts of the same labels are one, others are others', async () => {
      const { backend, open } = stage();
      const address = `http://127.0.0.1:${backend.port}`;
      const output = await open('alertmanager', { hostport: [address], expiresafter: 1_000_000_000 });
      expect(await output.send(batch, never)).toEqual(ok);
      expect(await output.send(batch, never)).toEqual(ok);
      const alerts = JSON.parse(await get(`${address}/api/v2/alerts`)) as { labels: Record<string, string> }[];
      expect(alerts).toHaveLength(2);
      expect(new Set(alerts.map(({ labels }) => labels['priority']))).toEqual(new Set(['Critical', 'Notice']));
      expect(alerts.find(({ labels }) => labels['priority'] === 'Notice')?.labels).toMatchObject({
        alertname: 'Terminal shell in container',
        proc_pid: '4242',
        severity: 'information',
      });
    });
  },
  { required: false },
);

const influxConfig = (port: number, folder: string) => `bind-address = "127.0.0.1:0"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
[http]
bind-address = "127.0.0.1:${port}"
`;

backendSuite(
  'InfluxDB 1',
  {
    command: 'influxd',
    prepare: (port, folder) => writeFileSync(path.join(folder, 'influx.conf'), influxConfig(port, folder)),
    args: (_, folder) => ['-config', `${folder}/influx.conf`],
  },
  (stage) => {
    test('points are as they were written, and repeats are the same points', async () => {
      const { backend, open } = stage();
      const address = `http://127.0.0.1:${backend.port}`;
      await fetch(`${address}/query?q=CREATE+DATABASE+falco`, { method: 'POST' });
      const output = await open('influxdb', { hostport: address });
      expect(await output.send(batch, never)).toEqual(ok);
      expect(await output.send(batch, never)).toEqual(ok);
      const ask = async (query: string) =>
        JSON.parse(await get(`${address}/query?db=falco&q=${encodeURIComponent(query)}`)).results[0].series[0].values;
      // The hostile one has the time of the first, but other tags.
      expect(await ask('select count(value) from events')).toEqual([[expect.any(String), 4]]);
      const columns = 'value, "proc.pid", "proc.cmdline", "rule"';
      expect(await ask(`select ${columns} from events where "proc.name" = 'sh' limit 1`)).toEqual([
        [
          '2026-11-21T05:29:25.123456789Z',
          'A shell was spawned in a container (user=root command=sh -c "id")',
          4242,
          'sh -c "id"',
          'Terminal shell in container',
        ],
      ]);
    });
  },
  { required: false },
);

backendSuite(
  'OpenSearch',
  openSearch,
  (stage) => {
    async function search(port: number, query: string): Promise<{ _id: string; _source: Record<string, unknown> }[]> {
      await fetch(`http://127.0.0.1:${port}/_refresh`, { method: 'POST' });
      return JSON.parse(await get(`http://127.0.0.1:${port}/${query}`)).hits.hits;
    }

    test.each([
      ['plain', {}],
      ['template', { createindextemplate: true, numberofshards: 1, numberofreplicas: 0, enablecompression: true }],
    ])('every alert is stored once, however often it is sent: %s', async (index, config) => {
      const { backend, open } = stage();
      const output = await open('elasticsearch', { hostport: `http://127.0.0.1:${backend.port}`, index, ...config });
      for (let i = 0; i < 2; i++) {
        const outcome = await output.send(batch, never);
        const items = outcome.kind === 'each' ? outcome.items : [outcome];
        expect(items.filter(({ kind }) => kind !== 'ok')).toEqual([]);
      }
      const found = await search(backend.port, `${index}-2026.11.21/_search`);
      expect(found.map(({ _id }) => _id).sort()).toEqual(batch.map(({ uuid }) => uuid).sort());
      expect(found.find(({ _id }) => _id === batch[0]!.uuid)?._source).toMatchObject({
        '@timestamp': batch[0]!.timeText,
        rule: 'Terminal shell in container',
      });
    });

    test('one whose fields have other types than those before it is stored nevertheless', async () => {
      const { backend, open } = stage();
      const output = await open('elasticsearch', { hostport: `http://127.0.0.1:${backend.port}`, index: 'types' });
      const numbers = makeNotice({ uuid: 'numbers', fields: { 'proc.pid': 1 } });
      const texts = makeNotice({ uuid: 'texts', fields: { 'proc.pid': 'none' } });
      expect(await output.send([numbers], never)).toEqual(ok);
      expect(await output.send([texts], never)).toEqual({ kind: 'each', items: [ok] });
      const [found] = await search(backend.port, 'types-*/_search?q=_id:texts');
      expect(found?._source).toMatchObject({ output_fields_text: '{"proc.pid":"none"}' });
    });
  },
  { required: false },
);

backendSuite(
  'ClickHouse',
  clickHouse,
  (stage) => {
    test('a webhook writes rows', async () => {
      const { backend, open } = stage();
      const address = `http://127.0.0.1:${backend.port}`;
      const headers = { 'X-ClickHouse-User': 'saker', 'X-ClickHouse-Key': 'correct horse' };
      const ask = async (query: string) =>
        await (await fetch(address, { method: 'POST', headers, body: query })).text();
      const columns = 'uuid String, time String, rule String, priority String, output String, tags Array(String)';
      expect(await ask(`CREATE TABLE alerts (${columns}) ENGINE = MergeTree ORDER BY time`)).toBe('');
      const query = 'INSERT%20INTO%20alerts%20FORMAT%20JSONEachRow&input_format_skip_unknown_fields=1';
      const output = await open('webhook', {
        address: `${address}/?query=${query}`,
        framing: 'lines',
        customheaders: headers,
      });
      expect(await output.send(batch, never)).toEqual(ok);
      const rows = (await ask('SELECT * FROM alerts ORDER BY time, priority DESC FORMAT JSONEachRow'))
        .trim()
        .split('\n');
      expect(rows).toHaveLength(batch.length);
      expect(JSON.parse(rows[0]!)).toEqual({
        uuid: batch[0]!.uuid,
        time: batch[0]!.timeText,
        rule: batch[0]!.rule,
        priority: 'Notice',
        output: batch[0]!.output,
        tags: batch[0]!.tags,
      });
    });
  },
  { required: false },
);
