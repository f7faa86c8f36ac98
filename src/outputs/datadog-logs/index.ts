import type { Notice } from '../../model/notice.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { clean } from '../fields.ts';

function entryOf(notice: Notice, service: string) {
  const { tags, hostname, priority, json } = notice;
  return {
    ddsource: 'falco',
    // A comma parts tags.
    ...(tags.length === 0 ? {} : { ddtags: tags.map((tag) => clean(tag).replaceAll(',', '_')).join(',') }),
    ...(hostname === '' ? {} : { hostname: clean(hostname) }),
    ...(service === '' ? {} : { service }),
    status: priority.toLowerCase(),
    message: json,
  };
}

export default httpOutput({
  id: 'datadog-logs',
  title: 'Datadog logs',
  summary: 'Sends alerts to the log management of Datadog.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'datadoglogs',
  config: object({
    apikey: secretOr('', 'API key.'),
    host: textOr(
      'https://http-intake.logs.datadoghq.com/',
      "Address of the account's site, e.g. https://http-intake.logs.datadoghq.eu.",
    ),
    service: textOr('', 'Attribute `service` of the logs.'),
  }),
  carriesJson: true,
  isEnabled: ({ apikey }) => apikey !== '',
  // 1000 entries and 5 MB a request: https://docs.datadoghq.com/api/latest/logs/#send-logs
  batch: { count: 1000, bytes: 2_500_000, waitMs: 1000 },
  request({ apikey, host, service }, batch) {
    return {
      method: 'POST',
      url: joinUrl(host, '/api/v2/logs'),
      headers: { 'content-type': 'application/json', 'dd-api-key': apikey },
      body: JSON.stringify(batch.map((notice) => entryOf(notice, service))),
    };
  },
  examples: [
    {
      title: 'Two alerts at once',
      config: { apikey: '9775a026f1ca7d1c6c5af9d94d9595a4', host: '{url}/', service: 'shop' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/api/v2/logs',
          headers: { 'content-type': 'application/json', 'dd-api-key': '9775a026f1ca7d1c6c5af9d94d9595a4' },
          json: ['{json}', '{json:1}'].map((message) => ({
            ddsource: 'falco',
            ddtags: 'T1059,container,mitre_execution',
            hostname: 'web-1',
            service: 'shop',
            status: 'notice',
            message,
          })),
          answer: { status: 202, body: '{}' },
        },
      ],
    },
  ],
});
