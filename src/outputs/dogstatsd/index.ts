import { object, textList, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { openDatagrams, parseAddress } from '../../transport/socket.ts';
import { countByPriority, datagrams } from '../alert-counts.ts';

/** Tags are separated by commas, and end with the line or at a bar. */
function tagText(text: string): string {
  return text.replace(/[,|\r\n]/g, '_');
}

export default connectedOutput({
  id: 'dogstatsd',
  title: 'DogStatsD',
  summary: 'Counts alerts, with their priority as a tag.',
  description: 'Counters NAMESPACEtotal and NAMESPACEfalco.accepted, summed up for a second, by UDP.',
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
  async connect({ forwarder, namespace, tags }) {
    const sender = await openDatagrams(parseAddress(forwarder, 8125));
    const common = tags.map(tagText);
    const line = (name: string, count: number, more: readonly string[]): string => {
      const all = [...common, ...more];
      return `${namespace}${name}:${count}|c${all.length === 0 ? '' : `|#${all.join(',')}`}`;
    };
    return {
      async send(batch) {
        const lines = [line('total', batch.length, [])];
        for (const [priority, count] of countByPriority(batch)) {
          lines.push(line('falco.accepted', count, [`priority:${priority.toLowerCase()}`]));
        }
        for (const text of datagrams(lines)) await sender.send(text);
        return taken();
      },
      close: () => sender.close(),
    };
  },
  examples: [
    { title: 'An agent on this machine', config: { forwarder: '127.0.0.1:8125', tags: ['env:prod', 'team:security'] } },
  ],
});
