import { object, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openDatagrams, parseAddress } from '../../transport/socket.ts';
import { countByPriority, datagrams } from '../alert-counts.ts';

export default connectedOutput({
  id: 'statsd',
  title: 'StatsD',
  summary: 'Counts alerts by priority.',
  description: 'Counters NAMESPACEtotal and NAMESPACEfalco.accepted.PRIORITY, summed up for a second, by UDP.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'statsd',
  config: object({
    forwarder: textOr('', 'Address of the server: HOST:PORT.'),
    namespace: textOr('falcosidekick.', 'Begin of the names.'),
  }),
  isEnabled: ({ forwarder }) => forwarder !== '',
  batch: { count: 10_000, bytes: 16 << 20, waitMs: 1000 },
  async connect({ forwarder, namespace }) {
    const sender = await openDatagrams(parseAddress(forwarder, 8125));
    return {
      async send(batch) {
        const lines = [`${namespace}total:${batch.length}|c`];
        for (const [priority, count] of countByPriority(batch)) {
          lines.push(`${namespace}falco.accepted.${priority.toLowerCase()}:${count}|c`);
        }
        for (const text of datagrams(lines)) await sender.send(text);
        return taken();
      },
      close: () => sender.close(),
    };
  },
  examples: [{ title: 'A server on this machine', config: { forwarder: '127.0.0.1:8125' } }],
});
