import { toJson } from '../../base/json.ts';
import type { Notice } from '../../model/notice.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { jsonType } from '../event.ts';
import { clean, cut, valueText } from '../fields.ts';

/** Characters of an attribute: https://docs.dynatrace.com/docs/analyze-explore-automate/logs/lma-limits */
const attributeLength = 250;

/** Attributes of the receiver's semantic dictionary, by the field that has them; the first that is there counts. */
const attributes: Readonly<Record<string, readonly string[]>> = {
  'container.id': ['container.id'],
  'container.name': ['container.name'],
  'container.image.name': ['container.image', 'container.image.repository'],
  'k8s.namespace.name': ['k8s.ns.name', 'ka.target.namespace'],
  'k8s.pod.name': ['k8s.pod.name'],
  'k8s.pod.uid': ['k8s.pod.uid', 'k8s.pod.id'],
  'process.executable.name': ['proc.name'],
  'span.id': ['span.id'],
};

function semantic(notice: Notice): Record<string, string> {
  const found: [string, string][] = [];
  for (const [attribute, fields] of Object.entries(attributes)) {
    const value = fields.map((field) => valueText(notice.fields.get(field) ?? null)).find((text) => text !== '');
    if (value !== undefined) found.push([attribute, value]);
  }
  const technique = notice.tags.find((tag) => /^T\d{4}(?:\.\d{3})?$/.test(tag));
  if (technique !== undefined) found.push(['mitre.technique', technique]);
  const tactic = notice.tags.find((tag) => /^mitre_\w+$/.test(tag));
  if (tactic !== undefined) found.push(['mitre.tactic', tactic]);
  return Object.fromEntries(found);
}

function recordOf(notice: Notice): Record<string, string> {
  const record = {
    'event.id': notice.uuid,
    'event.name': clean(notice.rule),
    'event.provider': 'Falco',
    severity: notice.priority,
    'host.name': clean(notice.hostname),
    'log.source': clean(notice.source),
    ...semantic(notice),
  };
  const entries = Object.entries(record).filter(([, value]) => value !== '');
  const { output, fields, tags } = notice;
  return {
    timestamp: `${notice.timeText.slice(0, 23)}Z`,
    ...Object.fromEntries(entries.map(([name, value]) => [name, cut(value, attributeLength)])),
    content: toJson({ output, output_fields: Object.fromEntries(fields), tags }),
  };
}

export default httpOutput({
  id: 'dynatrace',
  title: 'Dynatrace',
  summary: 'Sends alerts to the log monitoring of Dynatrace.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'dynatrace',
  config: object({
    apitoken: secretOr('', 'Access token with the scope `logs.ingest`.'),
    apiurl: textOr('', 'Address of the API, e.g. https://ENVIRONMENT.live.dynatrace.com/api.'),
  }),
  isEnabled: ({ apitoken, apiurl }) => apitoken !== '' && apiurl !== '',
  batch: { count: 1000, bytes: 4 << 20, waitMs: 1000 },
  request({ apitoken, apiurl }, batch) {
    return {
      method: 'POST',
      url: joinUrl(apiurl, '/v2/logs/ingest'),
      headers: { ...jsonType, authorization: `Api-Token ${apitoken}` },
      body: JSON.stringify(batch.map(recordOf)),
    };
  },
  examples: [
    {
      title: 'One alert',
      config: { apitoken: 'dt0c01.ST2EY72KQINMH574', apiurl: '{url}/api/' },
      expect: [
        {
          method: 'POST',
          path: '/api/v2/logs/ingest',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            authorization: 'Api-Token dt0c01.ST2EY72KQINMH574',
          },
          json: [
            {
              timestamp: '2026-11-21T05:29:25.123Z',
              'event.id': '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
              'event.name': 'Terminal shell in container',
              'event.provider': 'Falco',
              severity: 'Notice',
              'host.name': 'web-1',
              'log.source': 'syscall',
              'container.id': '3ad7b26ded6d',
              'container.name': 'web',
              'container.image.name': 'docker.io/library/nginx',
              'k8s.namespace.name': 'shop',
              'k8s.pod.name': 'web-7f9c',
              'process.executable.name': 'sh',
              'mitre.technique': 'T1059',
              'mitre.tactic': 'mitre_execution',
              content:
                '{"output":"A shell was spawned in a container (user=root command=sh -c \\"id\\")","output_fields":{"container.id":"3ad7b26ded6d","container.image.repository":"docker.io/library/nginx","container.name":"web","evt.time":1795238965123456789,"k8s.ns.name":"shop","k8s.pod.name":"web-7f9c","proc.cmdline":"sh -c \\"id\\"","proc.name":"sh","proc.pid":4242,"proc.tty":34816,"user.name":"root"},"tags":["T1059","container","mitre_execution"]}',
            },
          ],
          answer: { status: 204 },
        },
      ],
    },
  ],
});
