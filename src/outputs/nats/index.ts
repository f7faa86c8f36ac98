import { choice, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { connectNats, publishEach, usualPayload } from '../../transport/nats.ts';
import { subjectOf } from '../../transport/subject.ts';

export default connectedOutput({
  id: 'nats',
  title: 'NATS',
  summary: 'Publishes alerts to a subject.',
  description:
    'With `delivery: jetstream`, a stream has to take the subject: it acknowledges each alert, and drops repeats by the id ' +
    '(Nats-Msg-Id). Without, NATS tells nobody whether somebody listened.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'nats',
  config: object({
    hostport: secretOr('', 'Servers, separated by commas: nats://HOST:PORT, tls://HOST:PORT.'),
    subjecttemplate: textOr('falco.<priority>.<rule>', 'Subject; <priority> and <rule> are filled in.'),
    delivery: choice(['core', 'jetstream'], 'core', "Saker's own: whether a stream acknowledges."),
    user: textOr('', "Saker's own: user."),
    password: secretOr('', "Saker's own: password."),
    token: secretOr('', "Saker's own: token."),
    credentialsfile: textOr('', "Saker's own: file with credentials (.creds)."),
  }),
  carriesJson: true,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 5 },
  async connect(config, context) {
    const { subjecttemplate, delivery } = config;
    const { timeoutMs } = context;
    const connection = await connectNats(config, context);
    const { jetstream } = await import('@nats-io/jetstream');
    const stream = delivery === 'jetstream' ? jetstream(connection, { timeout: timeoutMs }) : undefined;
    return {
      async send(batch) {
        const most = connection.info?.max_payload ?? usualPayload;
        const outcome = await publishEach(batch, most, (notice) => {
          const subject = subjectOf(subjecttemplate, notice);
          if (stream !== undefined) return stream.publish(subject, notice.json, { msgID: notice.uuid });
          connection.publish(subject, notice.json);
          return Promise.resolve();
        });
        if (stream === undefined) await connection.flush();
        return outcome;
      },
      close: () => connection.close(),
    };
  },
  examples: [
    { title: 'Subjects by priority and rule', config: { hostport: 'nats://127.0.0.1:4222' } },
    {
      title: 'A stream',
      config: { hostport: 'nats://127.0.0.1:4222', subjecttemplate: 'alerts', delivery: 'jetstream' },
    },
  ],
});
