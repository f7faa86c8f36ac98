import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { exampleNotice, exampleNotices, makeNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { wholeHostileNotice } from './kit/hostile.ts';
import { consume, kafka, kafkaUser, securePort } from './kit/kafka.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };
// Each look at what is there starts a JVM.
vi.setConfig({ testTimeout: 120_000 });

backendSuite(
  'Kafka',
  kafka,
  (stage) => {
    // The first reader of a new broker waits in vain: it makes the topic of the groups' offsets.
    beforeAll(() => void consume(stage().backend.port, 'warm-up', 1, 3000));
    const config = () => ({ hostport: [`127.0.0.1:${stage().backend.port}`], topiccreation: true });

    test.each([
      ['NONE', 'ALL'],
      ['GZIP', 'ONE'],
      ['SNAPPY', 'ALL'],
      ['LZ4', 'ALL'],
      ['ZSTD', 'NONE'],
    ])('compression %s, acks %s: messages are the alerts', async (compression, requiredacks) => {
      const topic = `alerts-${compression}`;
      const output = await stage().open('kafka', { ...config(), topic, compression, requiredacks });
      const batch = exampleNotices(30);
      expect(await output.send(batch, never)).toEqual(ok);
      const found = consume(stage().backend.port, topic, 30);
      expect(found.map(({ value }) => value).sort()).toEqual(batch.map(({ json }) => json).sort());
      expect(new Set(found.map(({ partition }) => partition)).size).toBe(3);
      const first = found.find(({ value }) => value === exampleNotice.json);
      expect(first).toMatchObject({
        timestamp: 'CreateTime:1795238965123',
        headers: `uuid:${exampleNotice.uuid}`,
        key: 'null',
      });
    });

    test.each(['round_robin', 'crc32', 'murmur2'])(
      'alerts with one key (%s) are in one partition, in order',
      async (balancer) => {
        const topic = `keys-${balancer}`;
        const output = await stage().open('kafka', { ...config(), topic, messagekey: 'hostname', balancer });
        const batch = exampleNotices(30).map(({ uuid, time }, i) =>
          makeNotice({ uuid, time, hostname: `host-${i % 5}` }),
        );
        expect(await output.send(batch, never)).toEqual(ok);
        const found = consume(stage().backend.port, topic, 30);
        const byKey = (items: readonly { key: string; value: string }[]) =>
          Object.fromEntries(
            [...Map.groupBy(items, ({ key }) => key)].map(([key, own]) => [key, own.map(({ value }) => value)]),
          );
        expect(byKey(found)).toEqual(byKey(batch.map(({ hostname, json }) => ({ key: hostname, value: json }))));
        const places = new Map(found.map(({ key, partition }) => [key, partition]));
        expect(found.every(({ key, partition }) => places.get(key) === partition)).toBe(true);
      },
    );

    test('what is longer than the broker takes keeps nothing else from arriving', async () => {
      const output = await stage().open('kafka', { ...config(), topic: 'long' });
      const outcome = await output.send([exampleNotice, wholeHostileNotice('hostile')], never);
      expect(outcome).toMatchObject({ kind: 'each', items: [ok, { kind: 'drop' }] });
      expect(consume(stage().backend.port, 'long', 1).map(({ value }) => value)).toEqual([exampleNotice.json]);
    });

    test('a topic that is not there, and is not made', async () => {
      const open = stage().open('kafka', { ...config(), topic: 'missing', topiccreation: false });
      await expect(open).rejects.toThrow();
    });

    function secure() {
      const { folder } = stage().backend;
      const ca = [readFileSync(path.join(folder, 'tls.crt'), 'utf8')];
      return {
        config: { hostport: [`localhost:${securePort(folder)}`], topiccreation: true, tls: true, ...kafkaUser },
        tls: { tls: { checkCert: true, ca, cert: undefined, key: undefined } },
      };
    }

    test.each(['PLAIN', 'SCRAM_SHA256', 'SCRAM_SHA512'])('TLS and sign-in by %s', async (sasl) => {
      const { config: own, tls } = secure();
      const topic = `secure-${sasl}`;
      const output = await stage().open('kafka', { ...own, topic, sasl }, tls);
      expect(await output.send([exampleNotice], never)).toEqual(ok);
      expect(consume(stage().backend.port, topic, 1)[0]?.value).toBe(exampleNotice.json);
    });

    test('a wrong password, an unknown authority', async () => {
      const { config: own, tls } = secure();
      const wrong = { ...own, topic: 'wrong', sasl: 'SCRAM_SHA512', password: 'wrong 4711' };
      await expect(stage().open('kafka', wrong, tls)).rejects.toThrow(/^(?!.*4711).+/);
      await expect(stage().open('kafka', { ...own, topic: 'wrong', sasl: 'PLAIN' })).rejects.toThrow();
    });
  },
  { required: false },
);
