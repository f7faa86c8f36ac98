import type { Notice } from '../../model/notice.ts';
import { object, textMapOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { clean, cut } from '../fields.ts';

/** Longer attributes would make headers that servers refuse. */
const attributeLength = 500;

/** Percent-encoding of https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values */
function headerValue(text: string): string {
  return cut(text.toWellFormed(), attributeLength).replace(/[^\x21\x23\x24\x26-\x7e]/gu, (char) =>
    Array.from(Buffer.from(char), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

function headersOf(notice: Notice, extensions: Readonly<Record<string, string>>): Record<string, string> {
  const attributes = {
    ...extensions,
    specversion: '1.0',
    id: notice.uuid,
    source: 'https://falco.org',
    type: 'falco.rule.output.v1',
    time: notice.timeText,
    priority: notice.priority,
    rule: clean(notice.rule),
    eventsource: clean(notice.source),
    hostname: clean(notice.hostname),
  };
  const set = Object.entries(attributes).filter(([, value]) => value !== '');
  const headers = set.map(([name, value]) => [`ce-${name}`, headerValue(value)]);
  return { 'content-type': 'application/json', ...(Object.fromEntries(headers) as Record<string, string>) };
}

export default httpOutput({
  id: 'cloudevents',
  title: 'CloudEvents (Knative)',
  summary: 'Sends alerts as CloudEvents, e.g. to a broker of Knative.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'cloudevents',
  config: object({
    address: textOr('', 'URL that takes CloudEvents.'),
    extensions: textMapOr({}, 'Attributes to add; their names have letters and digits only.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: singly,
  prepare({ extensions }) {
    const wrong = Object.keys(extensions).find((name) => !/^[a-z0-9]{1,20}$/i.test(name));
    if (wrong !== undefined)
      throw new Error(`'${wrong}' can't be the name of an attribute: letters and digits, at most 20`);
    return Object.fromEntries(Object.entries(extensions).map(([name, value]) => [name.toLowerCase(), value]));
  },
  request: ({ address }, [notice], extensions) => ({
    method: 'POST',
    url: address,
    headers: headersOf(notice!, extensions),
    body: jsonValue(notice!),
  }),
  examples: [
    {
      title: 'Binary mode, with an attribute',
      config: { address: '{url}/default/alerts', extensions: { Region: 'eu, west' } },
      expect: [
        {
          method: 'POST',
          path: '/default/alerts',
          headers: {
            'content-type': 'application/json',
            'ce-specversion': '1.0',
            'ce-id': '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
            'ce-source': 'https://falco.org',
            'ce-type': 'falco.rule.output.v1',
            'ce-time': '2026-11-21T05:29:25.123456789Z',
            'ce-priority': 'Notice',
            'ce-rule': 'Terminal%20shell%20in%20container',
            'ce-eventsource': 'syscall',
            'ce-hostname': 'web-1',
            'ce-region': 'eu,%20west',
          },
          body: '{json}',
          answer: { status: 202 },
        },
      ],
    },
  ],
});
