import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleNotice, exampleNotices, makeNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { chdb } from './kit/chdb.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { postgres, postgresClient, postgresPassword } from './kit/postgres.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };

backendSuite('PostgreSQL', postgres, (stage) => {
  let reader: Client;
  beforeAll(async () => {
    reader = postgresClient(stage().backend.port);
    await reader.connect();
  });
  afterAll(() => reader?.end());
  const config = () => ({
    host: '127.0.0.1',
    port: stage().backend.port,
    password: postgresPassword,
    database: 'postgres',
  });

  test('the table is made, rows are as the alerts, repeats are no second rows', async () => {
    const output = await stage().open('postgresql', config());
    const batch = exampleNotices(500);
    expect(await output.send(batch, never)).toEqual(ok);
    expect(await output.send(batch, never)).toEqual(ok);
    const { rows } = await reader.query(
      `SELECT uuid, extract(epoch FROM time)::text AS seconds, rule, priority, source, hostname, tags, output, alert
       FROM alerts ORDER BY time, uuid`,
    );
    expect(rows).toHaveLength(500);
    const { uuid, rule, priority, source, hostname, tags, output: text, json } = exampleNotice;
    // The database keeps microseconds.
    const seconds = '1795238965.123457';
    const alert = JSON.parse(json);
    expect(rows[0]).toEqual({ uuid, seconds, rule, priority, source, hostname, tags, output: text, alert });
    const { rows: found } = await reader.query(
      `SELECT count(*)::int AS n FROM alerts WHERE alert->'output_fields'->>'proc.name' = 'sh'`,
    );
    expect(found[0].n).toBe(500);
  });

  test('a hostile alert arrives, with a mark where the database has no character 0', async () => {
    const hostile = wholeHostileNotice('00000000-0000-4000-8000-000000000002');
    const output = await stage().open('postgresql', { ...config(), table: 'public.hostile "alerts"' });
    expect(
      await output.send([hostile, { ...exampleNotice, uuid: '00000000-0000-4000-8000-000000000001' }], never),
    ).toEqual(ok);
    const { rows } = await reader.query(
      `SELECT rule, output, tags, alert->'output_fields'->>'proc.pid' AS pid, alert->>'output' AS inner
       FROM "hostile ""alerts""" WHERE priority = 'Critical'`,
    );
    const stored = hostile.output.replaceAll('\0', '\ufffd');
    expect(rows).toEqual([
      {
        rule: stored,
        output: stored,
        tags: hostile.tags.map((tag) => tag.replaceAll('\0', '\ufffd')),
        pid: '18446744073709551615',
        inner: stored,
      },
    ]);
  });

  test('a plain table takes the columns of TimescaleDB, and those named like a field', async () => {
    await reader.query(
      `CREATE TABLE falcosidekick_events (time timestamptz, rule text, priority varchar(20), source text, output text,
       tags text, hostname text, "proc.name" text, customer text)`,
    );
    const output = await stage().open('timescaledb', config());
    const custom = makeNotice({ fields: { 'proc.name': "'; DROP TABLE x; --\0", customer: 'ACME', other: 1 } });
    expect(await output.send([exampleNotice, custom], never)).toEqual(ok);
    const { rows } = await reader.query('SELECT * FROM falcosidekick_events');
    const { rule, priority, source, output: text, hostname } = exampleNotice;
    const common = { time: new Date(1_795_238_965_123), rule, priority, source, output: text, hostname };
    const tags = 'T1059,container,mitre_execution';
    expect(rows).toEqual([
      { ...common, tags, 'proc.name': 'sh', customer: null },
      { ...common, tags, 'proc.name': "'; DROP TABLE x; --\ufffd", customer: 'ACME' },
    ]);
  });

  test('a row that does not fit keeps nothing else out', async () => {
    const columns =
      'time timestamptz, rule varchar(30), priority text, source text, output text, tags text, hostname text';
    await reader.query(`CREATE TABLE narrow (${columns})`);
    const output = await stage().open('timescaledb', { ...config(), hypertablename: 'narrow' });
    const long = makeNotice({ rule: 'x'.repeat(31) });
    expect(await output.send([exampleNotice, long, exampleNotice], never)).toEqual({
      kind: 'each',
      items: [ok, { kind: 'drop', reason: 'value too long for type character varying(30)' }, ok],
    });
    const { rows } = await reader.query('SELECT count(*)::int AS n FROM narrow');
    expect(rows[0].n).toBe(2);
  });

  test('what the server refuses is told, without the password', async () => {
    const { open } = stage();
    await expect(open('timescaledb', { ...config(), hypertablename: 'missing' })).rejects.toThrow(/missing/);
    await expect(open('postgresql', { ...config(), database: 'none' })).rejects.toThrow(/"none" does not exist/);
    const wrong = open('postgresql', { ...config(), password: 'wrong password' });
    await expect(wrong).rejects.toThrow(/^(?!.*wrong password).*authentication failed/);
  });

  test('after the server has ended the session, the next send makes another', async () => {
    const output = await stage().open('postgresql', { ...config(), table: 'again' });
    expect(await output.send(exampleNotices(1), never)).toEqual(ok);
    await reader.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'saker'`);
    await expect(output.send(exampleNotices(2), never)).rejects.toThrow();
    expect(await output.send(exampleNotices(2), never)).toEqual(ok);
    const { rows } = await reader.query('SELECT count(*)::int AS n FROM again');
    expect(rows[0].n).toBe(2);
  });

  test('verify-full: the authority and the name have to be right', async () => {
    const { backend, open } = stage();
    const ca = [readFileSync(path.join(backend.folder, 'tls.crt'), 'utf8')];
    const tls = { checkCert: true, ca, cert: undefined, key: undefined };
    const full = { ...config(), host: 'localhost', sslmode: 'verify-full', table: 'tls' };
    const output = await open('postgresql', full, { tls });
    expect(await output.send([exampleNotice], never)).toEqual(ok);
    const { rows } = await reader.query(
      `SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'saker'`,
    );
    expect(rows[0].ssl).toBe(true);
    await expect(open('postgresql', full)).rejects.toThrow(/self-signed certificate/);
    // The certificate is not for the address.
    await expect(open('postgresql', { ...full, host: '127.0.0.1' }, { tls })).rejects.toThrow(/127\.0\.0\.1|altnames/);
    const trusting = await open('postgresql', { ...full, host: '127.0.0.1', sslmode: 'require' });
    expect(await trusting.send(exampleNotices(2), never)).toEqual(ok);
  });
});

backendSuite(
  "ClickHouse's engine",
  chdb,
  (stage) => {
    const config = () => ({
      hostport: `http://127.0.0.1:${stage().backend.port}`,
      table: 'alerts',
      username: 'saker',
      password: 'correct horse',
    });
    async function ask(query: string): Promise<unknown[]> {
      const { hostport, username, password } = config();
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      const answer = await fetch(hostport, { method: 'POST', headers: { authorization }, body: query });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown);
    }

    test('rows are as the alerts, a batch that is sent twice is there once', async () => {
      const columns =
        'uuid String, time DateTime64(9), rule LowCardinality(String), priority LowCardinality(String), hostname String, ' +
        'tags Array(String), output String, alert String';
      const settings = 'SETTINGS non_replicated_deduplication_window = 100';
      await ask(`CREATE TABLE alerts (${columns}) ENGINE = MergeTree ORDER BY time ${settings}`);
      const output = await stage().open('clickhouse', config());
      const batch = [...exampleNotices(200), wholeHostileNotice('hostile')];
      expect(await output.send(batch, never)).toEqual(ok);
      expect(await output.send(batch, never)).toEqual(ok);
      const shown = "uuid, toString(time, 'UTC') AS time, rule, priority, hostname, tags, output, alert";
      const rows = await ask(`SELECT ${shown} FROM alerts ORDER BY alerts.time, priority DESC, uuid`);
      expect(rows).toHaveLength(201);
      const expected = ({
        uuid,
        timeText,
        rule,
        priority,
        hostname,
        tags,
        output: text,
        json,
      }: typeof exampleNotice) => ({
        uuid,
        time: timeText.replace('T', ' ').replace('Z', ''),
        rule,
        priority,
        hostname,
        tags,
        output: text,
        alert: json,
      });
      expect(rows[0]).toEqual(expected(exampleNotice));
      expect(rows.find((row) => (row as { uuid: string }).uuid === 'hostile')).toEqual(expected(batch.at(-1)!));
    });

    test('rows that do not fit keep no other out', async () => {
      const constraint = "CONSTRAINT short CHECK output NOT LIKE '%too much%'";
      const columns = `uuid UUID, time DateTime64(9), output String, ${constraint}`;
      await ask(`CREATE TABLE picky (${columns}) ENGINE = MergeTree ORDER BY time`);
      const output = await stage().open('clickhouse', { ...config(), table: 'picky' });
      const batch = exampleNotices(300).map((notice, i) => {
        if (i === 17) return { ...notice, uuid: 'no uuid' };
        return i === 200 ? { ...notice, output: 'too much' } : notice;
      });
      const outcome = await output.send(batch, never);
      const kinds = outcome.kind === 'each' ? outcome.items.map(({ kind }) => kind) : [];
      expect(kinds).toEqual(batch.map((_, i) => (i === 17 || i === 200 ? 'drop' : 'ok')));
      expect(JSON.stringify(outcome)).toMatch(/UUID.*Constraint `short`/s);
      const rows = (await ask('SELECT toString(uuid) AS uuid FROM picky')) as readonly { uuid: string }[];
      const wanted = batch.filter((_, i) => kinds[i] === 'ok').map(({ uuid }) => uuid);
      expect(rows.map(({ uuid }) => uuid).sort()).toEqual(wanted.sort());
    });

    test('a table that is not there, a wrong password: later, perhaps', async () => {
      for (const wrong of [{ table: 'missing' }, { password: 'wrong 4711' }]) {
        const output = await stage().open('clickhouse', { ...config(), ...wrong });
        const outcome = await output.send([exampleNotice], never);
        expect(outcome).toMatchObject({ kind: 'retry' });
        expect(JSON.stringify(outcome)).not.toContain('4711');
      }
    });
  },
  { required: false },
);
