import { object, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openDatagrams, parseAddress } from '../../transport/socket.ts';
import { countByPriority, datagrams, TrafficSteps } from '../alert-counts.ts';

export default connectedOutput({
  id: 'statsd',
  title: 'StatsD',
  summary: 'Counts alerts by priority.',
  description:
    'Counters NAMESPACEtotal, falco.accepted.PRIORITY, inputs.requests.accepted and rejected, outputs.OUTPUT.STATUS, summed up ' +
    'for a second or, where no alert comes, for ten, by UDP.',
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
  async connect({ forwarder, namespace }, { traffic }) {
    const sender = await openDatagrams(parseAddress(forwarder, 8125));
    const steps = new TrafficSteps(traffic, () => void send([]).catch(() => undefined));
    const line = (name: string, count: number): string => `${namespace}${name}:${count}|c`;
    async function send(lines: readonly string[]): Promise<void> {
      const { accepted, rejected, outputs } = steps.next();
      const all = [...lines];
      if (accepted > 0) all.push(line('inputs.requests.accepted', accepted));
      if (rejected > 0) all.push(line('inputs.requests.rejected', rejected));
      // Points part a name, colons end it.
      for (const { output, status, count } of outputs) {
        all.push(line(`outputs.${output.replace(/[.:|@\s]/g, '_')}.${status}`, count));
      }
      for (const text of datagrams(all)) await sender.send(text);
    }
    return {
      async send(batch) {
        const counts = [...countByPriority(batch)].map(([priority, count]) =>
          line(`falco.accepted.${priority.toLowerCase()}`, count),
        );
        await send([line('total', batch.length), ...counts]);
        return taken();
      },
      close() {
        steps.close();
        sender.close();
      },
    };
  },
  examples: [{ title: 'A server on this machine', config: { forwarder: '127.0.0.1:8125' } }],
});
