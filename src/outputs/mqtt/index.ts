import { flag, integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { tlsPems } from '../../transport/tls.ts';
import { subjectOf } from '../../transport/subject.ts';

/** Mosquitto 2.0.11 was seen to acknowledge, and lose, what is beyond 20 at a time with a quality of service of 2. */
const mostInFlight = 20;

export default connectedOutput({
  id: 'mqtt',
  title: 'MQTT',
  summary: 'Publishes alerts to a topic.',
  description: 'With a quality of service of 1 or 2 the broker acknowledges each alert.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'mqtt',
  config: object({
    broker: secretOr('', 'Address: tcp://HOST:1883, ssl://HOST:8883, ws://... or wss://...'),
    topic: textOr('falco/events', 'Topic; <priority> and <rule> are filled in.'),
    qos: integer(0, 0, 2, 'Quality of service.'),
    retained: flag(false, 'The broker keeps the last alert for those who come later.'),
    user: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
  }),
  carriesJson: true,
  isEnabled: ({ broker }) => broker !== '',
  batch: { count: 200, bytes: 1 << 20, waitMs: 5 },
  async connect({ broker, topic, qos, retained, user, password }, { tls, timeoutMs }) {
    const { connect } = await import('mqtt');
    const client = connect(broker.replace(/^tcp:/, 'mqtt:').replace(/^(?:ssl|tls):/, 'mqtts:'), {
      connectTimeout: timeoutMs,
      // Whoever sends connects again.
      reconnectPeriod: 0,
      ...(/^(?:ssl|tls|mqtts|wss):/.test(broker) ? tlsPems(tls) : {}),
      ...(user === '' ? {} : { username: user, password }),
    });
    // The first reason counts: behind it the connection is closed in any case.
    let reason: Error | undefined;
    client.on('error', (error) => (reason ??= error));
    client.on('close', () => (reason ??= new Error('the broker has closed the connection')));
    /** Resolves as the work does, or rejects when the connection is gone. */
    const unlessGone = async (work: Promise<unknown>): Promise<void> => {
      const gone = Promise.withResolvers<never>();
      const onClose = (): void => gone.reject(reason);
      client.once('close', onClose);
      try {
        if (reason !== undefined) throw reason;
        await Promise.race([work, gone.promise]);
      } finally {
        client.off('close', onClose);
        work.catch(() => undefined);
      }
    };
    try {
      await unlessGone(new Promise((resolve) => client.once('connect', resolve)));
    } catch (error) {
      client.end(true);
      throw error;
    }
    return {
      async send(batch) {
        for (let i = 0; i < batch.length; i += mostInFlight) {
          const sent = batch
            .slice(i, i + mostInFlight)
            .map((notice) =>
              client.publishAsync(subjectOf(topic, notice), notice.json, { qos: qos as 0 | 1 | 2, retain: retained }),
            );
          await unlessGone(Promise.all(sent));
        }
        return taken();
      },
      close: () => client.endAsync(true),
    };
  },
  examples: [{ title: 'Acknowledged', config: { broker: 'tcp://127.0.0.1:1883', topic: 'alerts/<priority>', qos: 1 } }],
});
