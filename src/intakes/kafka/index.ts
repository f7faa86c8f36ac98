import { intake } from '../../model/intake.ts';
import { choice, flag, object, secretOr, textList, textOr } from '../../model/schema.ts';
import { tlsSocketOptions } from '../../transport/tls.ts';

const mechanisms = { PLAIN: 'PLAIN', SCRAM_SHA256: 'SCRAM-SHA-256', SCRAM_SHA512: 'SCRAM-SHA-512' } as const;
/** Messages that are taken together: one write to disk, one commit. */
const together = 500;
/** Milliseconds that a message waits for others. */
const gatherMs = 20;

export default intake({
  id: 'kafka',
  title: 'Kafka',
  summary: 'Takes alerts from a topic.',
  description: 'Workers of one group share the partitions. Offsets are committed when the alerts are in the queue.',
  since: '0.2.0',
  stability: 'stable',
  section: 'inputs.kafka',
  config: object({
    hostport: textList('Brokers: HOST:PORT.'),
    topic: textOr('', 'Topic.'),
    group: textOr('saker', 'Consumer group.'),
    clientid: textOr('saker', 'Name that the brokers know Saker by.'),
    sasl: choice(['', 'PLAIN', 'SCRAM_SHA256', 'SCRAM_SHA512'], '', 'How to sign in; empty: not at all.'),
    username: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
    tls: flag(false, 'Speak TLS.'),
  }),
  isEnabled: ({ hostport, topic }) => hostport.length > 0 && topic !== '',
  examples: [{ title: 'A topic', config: { hostport: ['127.0.0.1:9092'], topic: 'alerts' } }],
  async run(config, { tls, timeoutMs, signal, take, logger }) {
    const { hostport, topic, group, clientid, sasl, username, password } = config;
    const { Consumer } = await import('@platformatic/kafka');
    const consumer = new Consumer({
      groupId: group,
      clientId: clientid,
      bootstrapBrokers: [...hostport],
      connectTimeout: timeoutMs,
      autocommit: false,
      ...(config.tls ? { tls: tlsSocketOptions(tls), tlsServerName: true } : {}),
      ...(sasl === '' ? {} : { sasl: { mechanism: mechanisms[sasl], username, password } }),
    });
    const stop = (): void => void consumer.close(true).catch(() => undefined);
    try {
      const stream = await consumer.consume({
        topics: [topic],
        mode: 'committed',
        fallbackMode: 'earliest',
        autocommit: false,
      });
      signal.addEventListener('abort', stop, { once: true });
      logger.log('info', 'alerts are taken from a topic', { topic, group });
      for await (const messages of gathered(stream)) {
        await Promise.all(messages.map(({ value }) => take(value)));
        // The last of each partition stands for those before it.
        const last = new Map(messages.map((message) => [message.partition, message]));
        for (const message of last.values()) await message.commit();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await consumer.close(true).catch(() => undefined);
    }
    if (!signal.aborted) throw new Error('the connection was closed');
  },
});

/** Items as they come, in groups: those that are there within a moment. */
async function* gathered<T>(source: AsyncIterable<T>): AsyncGenerator<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const first = await next;
    if (first.done === true) return;
    const group = [first.value];
    next = iterator.next();
    const timeout = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => timeout.resolve(undefined), gatherMs);
    while (group.length < together) {
      const more = await Promise.race([next, timeout.promise]);
      if (more === undefined || more.done === true) break;
      group.push(more.value);
      next = iterator.next();
    }
    clearTimeout(timer);
    yield group;
  }
}
