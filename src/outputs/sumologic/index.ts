import { isObject } from '../../model/notice-json.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonType } from '../event.ts';

export default httpOutput({
  id: 'sumologic',
  title: 'Sumo Logic',
  summary: 'Sends alerts to an HTTP source of Sumo Logic.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'sumologic',
  config: object({
    receiverurl: secretOr('', 'URL of the HTTP source. Who knows it can send.'),
    sourcecategory: textOr('', 'Category of the messages, instead of that of the source.'),
    sourcehost: textOr('', 'Host of the messages, instead of that of the source.'),
    name: textOr('', 'Name of the source in the messages, instead of its own.'),
  }),
  carriesJson: true,
  isEnabled: ({ receiverurl }) => receiverurl !== '',
  // A line is a message; 100 KB to 1 MB a request are best:
  // https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/logs-metrics/
  batch: { count: 1000, bytes: 1_000_000, waitMs: 1000 },
  prepare({ sourcecategory, sourcehost, name }) {
    const headers = { 'X-Sumo-Category': sourcecategory, 'X-Sumo-Host': sourcehost, 'X-Sumo-Name': name };
    const set = Object.entries(headers).filter(([, value]) => value !== '');
    return { ...jsonType, ...customHeaders(Object.fromEntries(set)) };
  },
  request({ receiverurl }, batch, headers) {
    const type = isObject(batch[0]!.json) ? {} : { 'content-type': 'text/plain; charset=utf-8' };
    const body = batch.map(({ json }) => json).join('\n');
    return { method: 'POST', url: receiverurl, headers: { ...headers, ...type }, body };
  },
  examples: [
    {
      title: 'One alert, with its category',
      config: { receiverurl: '{url}/receiver/v1/http/ZaVnC4dhaV39Tn37', sourcecategory: 'prod/falco' },
      expect: [
        {
          method: 'POST',
          path: '/receiver/v1/http/ZaVnC4dhaV39Tn37',
          headers: { 'content-type': 'application/json; charset=utf-8', 'x-sumo-category': 'prod/falco' },
          body: '{json}',
        },
      ],
    },
    {
      title: 'Two alerts at once',
      config: { receiverurl: '{url}/receiver/v1/http/ZaVnC4dhaV39Tn37' },
      notices: 2,
      expect: [{ method: 'POST', path: '/receiver/v1/http/ZaVnC4dhaV39Tn37', body: '{json}\n{json:1}' }],
    },
  ],
});
