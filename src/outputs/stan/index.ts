import { randomBytes } from 'node:crypto';
import { decodeMessage, encodeMessage } from '../../base/protobuf.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { connectNats, publishEach, usualPayload } from '../../transport/nats.ts';
import { subjectOf } from '../../transport/subject.ts';

// NATS Streaming's protocol: protobuf messages over NATS (github.com/nats-io/stan.go, pb/protocol.proto).
const connectResponse = { 1: ['pubPrefix', 'text'], 4: ['closeRequests', 'text'], 5: ['error', 'text'] } as const;
const publishAnswer = { 1: ['guid', 'text'], 2: ['error', 'text'] } as const;
const closeWait = 500;

export default connectedOutput({
  id: 'stan',
  title: 'NATS Streaming (STAN)',
  summary: 'Publishes alerts to a channel of a NATS Streaming cluster.',
  description:
    'The cluster acknowledges each alert. Its maintainers ended it in 2023; newer clusters have JetStream (output nats).',
  since: '0.2.0',
  stability: 'deprecated',
  category: 'queue',
  section: 'stan',
  config: object({
    hostport: secretOr('', 'Servers, separated by commas: nats://HOST:PORT.'),
    clusterid: textOr('', 'Id of the cluster.'),
    clientid: textOr('', 'Id that the cluster knows Saker by.'),
    subjecttemplate: textOr('falco.<priority>.<rule>', 'Channel; <priority> and <rule> are filled in.'),
  }),
  carriesJson: true,
  isEnabled: ({ hostport, clusterid, clientid }) => hostport !== '' && clusterid !== '' && clientid !== '',
  batch: { count: 200, bytes: 1 << 20, waitMs: 5 },
  async connect({ hostport, clusterid, clientid, subjecttemplate }, context) {
    const timeout = context.timeoutMs;
    const { createInbox } = await import('@nats-io/transport-node');
    const login = { hostport, user: '', password: '', token: '', credentialsfile: '' };
    const connection = await connectNats(login, context);
    try {
      // Without an answer to its heartbeats, the cluster takes us for dead.
      const heartbeats = createInbox();
      connection.subscribe(heartbeats, { callback: (_, message) => void message.respond() });
      const hello = encodeMessage({ 1: clientid, 2: heartbeats });
      const answer = await connection.request(`_STAN.discover.${clusterid}`, hello, { timeout });
      const { pubPrefix, closeRequests, error } = decodeMessage(Buffer.from(answer.data), connectResponse);
      if (typeof error === 'string' && error !== '') throw new Error(`the cluster refuses: ${error}`);
      if (typeof pubPrefix !== 'string') throw new Error(`there is no cluster ${clusterid}`);
      return {
        async send(batch) {
          // The envelope has the subject twice and some ids.
          const most = (connection.info?.max_payload ?? usualPayload) - 4096;
          return await publishEach(batch, most, async (notice) => {
            const subject = subjectOf(subjecttemplate, notice);
            const guid = randomBytes(11).toString('hex');
            const message = encodeMessage({ 1: clientid, 2: guid, 3: subject, 5: Buffer.from(notice.json) });
            const reply = await connection.request(`${pubPrefix}.${subject}`, message, { timeout });
            const { error: refused } = decodeMessage(Buffer.from(reply.data), publishAnswer);
            if (typeof refused === 'string' && refused !== '') throw new Error(`the cluster refuses: ${refused}`);
          });
        },
        async close() {
          const bye = encodeMessage({ 1: clientid });
          // The id stays taken otherwise, until heartbeats have failed.
          if (typeof closeRequests === 'string') {
            await connection.request(closeRequests, bye, { timeout: closeWait }).catch(() => undefined);
          }
          await connection.close();
        },
      };
    } catch (error) {
      await connection.close();
      throw error;
    }
  },
  examples: [
    {
      title: 'A cluster',
      config: { hostport: 'nats://127.0.0.1:4222', clusterid: 'test-cluster', clientid: 'saker' },
    },
  ],
});
