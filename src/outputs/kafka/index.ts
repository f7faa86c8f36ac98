import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Notice } from '../../model/notice.ts';
import { choice, flag, object, type Out, secretOr, textList, textOr } from '../../model/schema.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { tlsSocketOptions } from '../../transport/tls.ts';

const acks = { NONE: 0, ONE: 1, ALL: -1 } as const;
const compressions = { NONE: 'none', GZIP: 'gzip', SNAPPY: 'snappy', LZ4: 'lz4', ZSTD: 'zstd' } as const;
const mechanisms = { PLAIN: 'PLAIN', SCRAM_SHA256: 'SCRAM-SHA-256', SCRAM_SHA512: 'SCRAM-SHA-512' } as const;

const config = object({
  hostport: textList('Brokers: HOST:PORT.'),
  topic: textOr('', 'Topic.'),
  sasl: choice(['', 'PLAIN', 'SCRAM_SHA256', 'SCRAM_SHA512'], '', 'How to sign in; empty: not at all.'),
  username: textOr('', 'User.'),
  password: secretOr('', 'Password.'),
  tls: flag(false, 'Speak TLS.'),
  balancer: choice(
    ['round_robin', 'crc32', 'crc32_random', 'murmur2', 'murmur2_random', 'least_bytes'],
    'round_robin',
    'How alerts are spread over partitions: a hash of the key where there is one, else in turns.',
  ),
  clientid: textOr('', 'Name that the brokers know Saker by; empty: saker.'),
  compression: choice(['NONE', 'GZIP', 'SNAPPY', 'LZ4', 'ZSTD'], 'NONE', 'Compression.'),
  async: flag(false, 'Do not wait for the brokers: the same as requiredacks NONE.'),
  requiredacks: choice(['NONE', 'ONE', 'ALL'], 'ALL', 'Whose word counts: nobody, the leader, or all replicas.'),
  topiccreation: flag(false, 'Have the brokers make the topic where it is missing.'),
  messagekey: choice(
    ['none', 'rule', 'hostname', 'uuid'],
    'none',
    "Saker's own: key of a message. Alerts with one key keep their order.",
  ),
});

function keyOf(notice: Notice, kind: Out<typeof config>['messagekey']): string | undefined {
  return kind === 'none' ? undefined : notice[kind];
}

/** Where hashes differ between languages, those of the peer's library count. */
function partitioner(balancer: Out<typeof config>['balancer']) {
  if (!balancer.startsWith('crc32')) return undefined;
  return (_: unknown, key: Buffer | undefined) => (key === undefined ? 0 : crc32(key) & 0x7fffffff);
}

/** Whether brokers refuse it for its length. The library nests their words. */
function isTooLong(error: unknown): boolean {
  const { apiId, errors = [] } = error as { apiId?: string; errors?: readonly unknown[] };
  return apiId === 'MESSAGE_TOO_LARGE' || apiId === 'RECORD_LIST_TOO_LARGE' || errors.some(isTooLong);
}

/** What is too long for the brokers must keep out nothing else: then each goes by its own. */
async function produce(
  batch: readonly Notice[],
  send: (batch: readonly Notice[]) => Promise<unknown>,
): Promise<Outcome> {
  try {
    await send(batch);
    return taken();
  } catch (error) {
    if (!isTooLong(error)) throw error;
    if (batch.length === 1) return { kind: 'drop', reason: 'longer than the brokers take' };
    const items: ItemOutcome[] = [];
    for (const notice of batch) items.push((await produce([notice], send)) as ItemOutcome);
    return { kind: 'each', items };
  }
}

/** The brokers' word on a topic; one that is being made is not there at once. @throws Error */
async function findTopic(find: () => Promise<unknown>, isMade: boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      await find();
      return;
    } catch (error) {
      if (!isMade || performance.now() > end) throw error;
      await sleep(100);
    }
  }
}

export default connectedOutput({
  id: 'kafka',
  title: 'Kafka',
  summary: 'Produces alerts to a topic.',
  description:
    'Without a key, alerts go to partitions in turns. By default all replicas have to have an alert before it counts as delivered.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'kafka',
  config,
  carriesJson: true,
  isEnabled: ({ hostport, topic }) => hostport.length > 0 && topic !== '',
  batch: { count: 1000, bytes: 800_000, waitMs: 10 },
  async connect(options, { tls, timeoutMs }) {
    const { hostport, topic, sasl, username, password, clientid, compression, requiredacks, messagekey } = options;
    const { Producer, stringSerializers } = await import('@platformatic/kafka');
    const hash = messagekey === 'none' ? undefined : partitioner(options.balancer);
    const producer = new Producer({
      clientId: clientid === '' ? 'saker' : clientid,
      bootstrapBrokers: [...hostport],
      serializers: stringSerializers,
      connectTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      // Whoever sends tries again: with its own pauses.
      retries: 1,
      autocreateTopics: options.topiccreation,
      compression: compressions[compression],
      acks: options.async ? acks.NONE : acks[requiredacks],
      ...(hash === undefined ? {} : { partitioner: hash }),
      ...(options.tls ? { tls: tlsSocketOptions(tls), tlsServerName: true } : {}),
      ...(sasl === '' ? {} : { sasl: { mechanism: mechanisms[sasl], username, password } }),
    });
    try {
      const { topiccreation: isMade } = options;
      await findTopic(() => producer.metadata({ topics: [topic], autocreateTopics: isMade }), isMade, timeoutMs);
    } catch (error) {
      await producer.close(true);
      throw error;
    }
    return {
      send: (whole) =>
        produce(whole, (batch) => {
          const messages = batch.map((notice) => {
            const key = keyOf(notice, messagekey);
            return {
              topic,
              value: notice.json,
              timestamp: notice.time / 1_000_000n,
              headers: new Map([['uuid', notice.uuid]]),
              ...(key === undefined ? {} : { key }),
            };
          });
          return producer.send({ messages });
        }),
      close: () => producer.close(true),
    };
  },
  examples: [
    { title: 'In the clear', config: { hostport: ['127.0.0.1:9092'], topic: 'alerts' } },
    {
      title: 'Signed in, by TLS',
      config: {
        hostport: ['kafka-1:9093', 'kafka-2:9093'],
        topic: 'alerts',
        tls: true,
        sasl: 'SCRAM_SHA512',
        username: 'saker',
        password: 'correct horse',
        messagekey: 'hostname',
      },
    },
  ],
});
