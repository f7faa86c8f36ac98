import type { Priority } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { jsonType } from '../event.ts';
import { clean, cut, fieldRows } from '../fields.ts';

// 4000 characters a text, 100 an aggregation key: https://docs.datadoghq.com/api/latest/events/v1/#post-an-event;
// 200 a tag, which begins with a letter: https://docs.datadoghq.com/getting_started/tagging/
const textLength = 4000;
const titleLength = 500;
const tagLength = 200;
const mostTags = 200;

const types: Readonly<Record<Priority, string>> = {
  Emergency: 'error',
  Alert: 'error',
  Critical: 'error',
  Error: 'error',
  Warning: 'warning',
  Notice: 'info',
  Informational: 'info',
  Debug: 'info',
};

function tagsOf(notice: Notice): string[] {
  const tags = fieldRows(notice).map(({ name, value }) => `${name}:${value}`);
  tags.push(`source:${clean(notice.source)}`, 'source:falco');
  if (notice.hostname !== '') tags.push(`hostname:${clean(notice.hostname)}`);
  tags.push(...notice.tags.map(clean));
  return tags.slice(0, mostTags).map((tag) => cut(tag, tagLength));
}

export default httpOutput({
  id: 'datadog',
  title: 'Datadog events',
  summary: 'Makes events in Datadog.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'datadog',
  config: object({
    apikey: secretOr('', 'API key.'),
    host: textOr('https://api.datadoghq.com', "Address of the account's site, e.g. https://api.datadoghq.eu."),
  }),
  isEnabled: ({ apikey }) => apikey !== '',
  batch: singly,
  request({ apikey, host }, [notice]) {
    const text = clean(notice!.output);
    const body = {
      title: cut(clean(notice!.rule), titleLength),
      // A text that begins so is Markdown.
      text: cut(text.startsWith('%%%') ? ` ${text}` : text, textLength),
      // No date_happened: older than 18 hours, an event would be refused.
      alert_type: types[notice!.priority],
      source_type_name: 'falco',
      ...(notice!.hostname === '' ? {} : { host: clean(notice!.hostname) }),
      tags: tagsOf(notice!),
    };
    const headers = { ...jsonType, 'dd-api-key': apikey };
    return { method: 'POST', url: joinUrl(host, '/api/v1/events'), headers, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'One event',
      config: { apikey: '9775a026f1ca7d1c6c5af9d94d9595a4', host: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/api/v1/events',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'dd-api-key': '9775a026f1ca7d1c6c5af9d94d9595a4',
          },
          json: {
            title: 'Terminal shell in container',
            text: 'A shell was spawned in a container (user=root command=sh -c "id")',
            alert_type: 'info',
            source_type_name: 'falco',
            host: 'web-1',
            tags: [
              'container.id:3ad7b26ded6d',
              'container.image.repository:docker.io/library/nginx',
              'container.name:web',
              'evt.time:1795238965123456789',
              'k8s.ns.name:shop',
              'k8s.pod.name:web-7f9c',
              'proc.cmdline:sh -c "id"',
              'proc.name:sh',
              'proc.pid:4242',
              'proc.tty:34816',
              'user.name:root',
              'source:syscall',
              'source:falco',
              'hostname:web-1',
              'T1059',
              'container',
              'mitre_execution',
            ],
          },
          answer: { status: 202, body: '{"status":"ok"}' },
        },
      ],
    },
  ],
});
