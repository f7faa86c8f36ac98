import { object, textList, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openDatagrams, parseAddress } from '../../transport/socket.ts';
import { countByPriority, datagrams, TrafficSteps } from '../alert-counts.ts';

/** Tags are separated by commas, and end with the line or at a bar. */
function tagText(text: string): string {
  return text.replace(/[,|\r\n]/g, '_');
}

export default connectedOutput({
  id: 'dogstatsd',
  title: 'DogStatsD',
  summary: 'Counts alerts, with their priority as a tag.',
  description:
    'Counters NAMESPACEtotal, falco.accepted, inputs.requests.accepted and rejected, outputs (by output and status), summed up ' +
    'for a second or, where no alert comes, for ten, by UDP.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'dogstatsd',
  config: object({
    forwarder: textOr('', "Address of Datadog's agent: HOST:PORT."),
    namespace: textOr('falcosidekick.', 'Begin of the names.'),
    tags: textList('Tags of all counters: NAME:VALUE.'),
  }),
  isEnabled: ({ forwarder }) => forwarder !== '',
  batch: { count: 10_000, bytes: 16 << 20, waitMs: 1000 },
  async connect({ forwarder, namespace, tags }, { traffic }) {
    const sender = await openDatagrams(parseAddress(forwarder, 8125));
    const steps = new TrafficSteps(traffic, () => void send([]).catch(() => undefined));
    const common = tags.map(tagText);
    const line = (name: string, count: number, more: readonly string[]): string => {
      const all = [...common, ...more];
      return `${namespace}${name}:${count}|c${all.length === 0 ? '' : `|#${all.join(',')}`}`;
    };
    async function send(lines: readonly string[]): Promise<void> {
      const { accepted, rejected, outputs } = steps.next();
      const all = [...lines];
      if (accepted > 0) all.push(line('inputs.requests.accepted', accepted, []));
      if (rejected > 0) all.push(line('inputs.requests.rejected', rejected, []));
      for (const { output, status, count } of outputs) {
        all.push(line('outputs', count, [`output:${tagText(output)}`, `status:${status}`]));
      }
      for (const text of datagrams(all)) await sender.send(text);
    }
    return {
      async send(batch) {
        const counts = [...countByPriority(batch)].map(([priority, count]) =>
          line('falco.accepted', count, [`priority:${priority.toLowerCase()}`]),
        );
        await send([line('total', batch.length, []), ...counts]);
        return taken();
      },
      close() {
        steps.close();
        sender.close();
      },
    };
  },
  examples: [
    { title: 'An agent on this machine', config: { forwarder: '127.0.0.1:8125', tags: ['env:prod', 'team:security'] } },
  ],
});
