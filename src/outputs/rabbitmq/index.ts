import type { ConfirmChannel } from 'amqplib';
import type { Notice } from '../../model/notice.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { tlsSocketOptions } from '../../transport/tls.ts';

/** Resolves when the broker has confirmed the message; rejects where no queue took it. */
function publish(channel: ConfirmChannel, queue: string, { json, uuid, time }: Notice): Promise<void> {
  const options = {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    messageId: uuid,
    timestamp: Number(time / 1_000_000_000n),
    persistent: true,
    mandatory: true,
    appId: 'saker',
  };
  return new Promise((resolve, reject) => {
    channel.publish('', queue, Buffer.from(json), options, (error: Error | null) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

export default connectedOutput({
  id: 'rabbitmq',
  title: 'RabbitMQ',
  summary: 'Puts alerts in a queue.',
  description: 'The queue has to be there. The broker confirms each alert; one that no queue takes is tried again.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'rabbitmq',
  config: object({
    url: secretOr('', 'Address: amqp://USER:PASSWORD@HOST:PORT/VHOST, or amqps://...'),
    queue: textOr('', 'Name of the queue.'),
  }),
  carriesJson: true,
  isEnabled: ({ url, queue }) => url !== '' && queue !== '',
  batch: { count: 500, bytes: 4 << 20, waitMs: 5 },
  async connect({ url, queue }, { tls, timeoutMs, version }) {
    const { connect } = await import('amqplib');
    const secure = url.startsWith('amqps:') ? tlsSocketOptions(tls) : {};
    const connection = await connect(url, {
      ...secure,
      timeout: timeoutMs,
      clientProperties: { connection_name: `saker ${version}` },
    });
    // Failures also reject what is being sent; without a listener they would end the program.
    let failure: Error | undefined;
    connection.on('error', (error: Error) => (failure = error));
    const channel = await connection.createConfirmChannel();
    let unroutable = new Set<string>();
    channel.on('error', (error: Error) => (failure = error));
    channel.on('return', (message: { properties: { messageId: string } }) => {
      unroutable.add(message.properties.messageId);
    });
    return {
      async send(batch) {
        if (failure !== undefined) throw failure;
        unroutable = new Set();
        await Promise.all(batch.map((notice) => publish(channel, queue, notice)));
        if (unroutable.size === 0) return taken();
        const reason = `there is no queue ${queue}`;
        return {
          kind: 'each',
          items: batch.map(({ uuid }) => (unroutable.has(uuid) ? { kind: 'retry', reason } : { kind: 'ok' })),
        };
      },
      close: () => connection.close(),
    };
  },
  // A returned message is told apart by its id, which two sends at a time could mix up.
  mostConcurrent: 1,
  examples: [{ title: 'A queue', config: { url: 'amqp://guest:guest@127.0.0.1:5672', queue: 'alerts' } }],
});
