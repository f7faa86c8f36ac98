import { intake } from '../../model/intake.ts';
import { integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectNats } from '../../transport/nats.ts';

export default intake({
  id: 'nats',
  title: 'NATS JetStream',
  summary: 'Takes alerts from a stream.',
  description:
    'Workers with the same consumer share the work. A message is acknowledged when its alert is in the queue; the stream has ' +
    'to be there, the consumer is made where it is missing.',
  since: '0.2.0',
  stability: 'stable',
  section: 'inputs.nats',
  config: object({
    hostport: secretOr('', 'Servers, separated by commas: nats://HOST:PORT, tls://HOST:PORT.'),
    stream: textOr('', 'Name of the stream.'),
    subject: textOr('', 'Only messages of this subject, with * and >; empty: all of the stream.'),
    consumer: textOr('saker', 'Name of the durable consumer.'),
    inflight: integer(1000, 1, 65_536, 'Messages that are taken before the first is acknowledged.'),
    user: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
    token: secretOr('', 'Token.'),
    credentialsfile: textOr('', 'File with credentials (.creds).'),
  }),
  isEnabled: ({ hostport, stream }) => hostport !== '' && stream !== '',
  examples: [{ title: 'A stream', config: { hostport: 'nats://127.0.0.1:4222', stream: 'ALERTS' } }],
  async run(config, context) {
    const { stream, subject, consumer, inflight } = config;
    const { timeoutMs, signal, take, logger } = context;
    const { AckPolicy, jetstream, jetstreamManager } = await import('@nats-io/jetstream');
    const connection = await connectNats(config, context);
    const stop = (): void => void connection.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const manager = await jetstreamManager(connection, { timeout: timeoutMs });
      await manager.consumers.add(stream, {
        durable_name: consumer,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: inflight,
        ...(subject === '' ? {} : { filter_subject: subject }),
      });
      const messages = await (await jetstream(connection).consumers.get(stream, consumer)).consume({
        max_messages: inflight,
      });
      logger.log('info', 'alerts are taken from a stream', { stream, consumer });
      for await (const message of messages) {
        take(message.data).then(
          () => message.ack(),
          // It comes again.
          () => message.nak(1000),
        );
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await connection.close();
    }
    if (!signal.aborted) throw new Error('the connection was closed');
  },
});
