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
    let isGone = false;
    // The first reason counts: behind it the connection is closed in any case.
    const gone = new Promise<never>((_, reject) => {
      const end = (error: Error): void => {
        isGone = true;
        reject(error);
      };
      client.on('error', end);
      client.on('close', () => end(new Error('the broker has closed the connection')));
    });
    gone.catch(() => undefined);
    try {
      await Promise.race([new Promise<void>((resolve) => client.once('connect', () => resolve())), gone]);
    } catch (error) {
      client.end(true);
      throw error;
    }
    return {
      async send(batch) {
        for (let i = 0; i < batch.length; i += mostInFlight) {
          if (isGone) await gone;
          const sent = batch
            .slice(i, i + mostInFlight)
            .map((notice) =>
              client.publishAsync(subjectOf(topic, notice), notice.json, { qos: qos as 0 | 1 | 2, retain: retained }),
            );
          await Promise.race([Promise.all(sent), gone]);
        }
        return taken();
      },
      close: () => client.endAsync(true),
    };
  },
  examples: [{ title: 'Acknowledged', config: { broker: 'tcp://127.0.0.1:1883', topic: 'alerts/<priority>', qos: 1 } }],
});
