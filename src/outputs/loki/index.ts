import type { Notice } from '../../model/notice.ts';
import { choice, object, secretMap, secretOr, textList, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { clean, cut, cutBytes, valueText } from '../fields.ts';

// What a server takes unless its limits are set otherwise: 2048 bytes a label's value, 256 KB a line
// (https://grafana.com/docs/loki/latest/configure/#limits_config).
const valueBytes = 2048;
const lineBytes = 250_000;

/** The field's name as a label: `k8s.ns.name` is `k8s_ns_name`. */
function labelName(field: string): string {
  const name = field.replace(/[[\]]/g, '').replace(/[^a-zA-Z0-9_]/g, '_');
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function labelsOf(notice: Notice, extra: readonly string[]): Record<string, string> {
  const fields = ['k8s.ns.name', 'k8s.pod.name', ...extra].map((field) => [
    labelName(field),
    valueText(notice.fields.get(field) ?? null),
  ]);
  const labels = [
    ...fields,
    ['rule', clean(notice.rule)],
    ['source', clean(notice.source)],
    ['priority', notice.priority],
    ['hostname', clean(notice.hostname)],
    ['tags', notice.tags.map(clean).join(',')],
  ] as [string, string][];
  const set = labels.filter(([, value]) => value !== '');
  return Object.fromEntries(set.map(([name, value]) => [name, cutBytes(value, valueBytes)]));
}

interface Stream {
  readonly stream: Record<string, string>;
  readonly values: [time: string, line: string][];
}

/** Alerts with the same labels are one stream. */
function streamsOf(batch: readonly Notice[], format: 'text' | 'json', extra: readonly string[]): Stream[] {
  const streams = new Map<string, Stream>();
  for (const notice of batch) {
    const labels = labelsOf(notice, extra);
    const key = JSON.stringify(labels);
    let stream = streams.get(key);
    if (stream === undefined) streams.set(key, (stream = { stream: labels, values: [] }));
    const line = format === 'json' ? notice.json : cutBytes(cut(clean(notice.output), lineBytes), lineBytes);
    stream.values.push([String(notice.time), line]);
  }
  return [...streams.values()];
}

export default httpOutput({
  id: 'loki',
  title: 'Grafana Loki',
  summary: 'Sends alerts to Grafana Loki.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'loki',
  config: object({
    hostport: textOr('', 'Address of the server, e.g. http://loki:3100.'),
    endpoint: textOr('/loki/api/v1/push', 'Path that is posted to.'),
    user: textOr('', 'User for basic authentication.'),
    apikey: secretOr('', 'Its password.'),
    tenant: textOr('', 'Tenant (X-Scope-OrgID).'),
    format: choice(['text', 'json'], 'text', "What a line holds: the alert's output, or the whole alert as JSON."),
    extralabels: textList('Fields that become labels too, besides those that the configuration adds.'),
    customheaders: secretMap('Headers to add.'),
  }),
  carriesJson: true,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 1000, bytes: 1 << 20, waitMs: 1000 },
  prepare({ user, apikey, tenant, extralabels, customheaders }, { ownFields }) {
    const headers = {
      'content-type': 'application/json',
      ...(tenant === '' ? {} : { 'x-scope-orgid': tenant }),
      ...(user === '' || apikey === '' ? {} : { authorization: basic(user, apikey) }),
      ...customHeaders(customheaders),
    };
    return { headers, labels: [...ownFields, ...extralabels] };
  },
  request({ hostport, endpoint, format }, batch, { headers, labels }) {
    const body = JSON.stringify({ streams: streamsOf(batch, format, labels) });
    return { method: 'POST', url: joinUrl(hostport, endpoint), headers, body };
  },
  examples: [
    {
      title: 'For a tenant, two alerts at once',
      config: {
        hostport: '{url}',
        user: '123456',
        apikey: 'glc_eyJvIjoiMTIz',
        tenant: 'security',
        extralabels: ['proc.name'],
      },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/loki/api/v1/push',
          headers: {
            'content-type': 'application/json',
            'x-scope-orgid': 'security',
            authorization: 'Basic MTIzNDU2OmdsY19leUp2SWpvaU1USXo=',
          },
          json: {
            streams: [
              {
                stream: {
                  rule: 'Terminal shell in container',
                  source: 'syscall',
                  priority: 'Notice',
                  hostname: 'web-1',
                  tags: 'T1059,container,mitre_execution',
                  k8s_ns_name: 'shop',
                  k8s_pod_name: 'web-7f9c',
                  proc_name: 'sh',
                },
                values: [
                  ['1795238965123456789', 'A shell was spawned in a container (user=root command=sh -c "id")'],
                  ['1795238965124456789', 'A shell was spawned in a container (user=root command=sh -c "id")'],
                ],
              },
            ],
          },
          answer: { status: 204 },
        },
      ],
    },
    {
      title: 'Whole alerts',
      config: { hostport: '{url}', format: 'json' },
      expect: [
        {
          method: 'POST',
          path: '/loki/api/v1/push',
          json: {
            streams: [
              {
                stream: {
                  rule: 'Terminal shell in container',
                  source: 'syscall',
                  priority: 'Notice',
                  hostname: 'web-1',
                  tags: 'T1059,container,mitre_execution',
                  k8s_ns_name: 'shop',
                  k8s_pod_name: 'web-7f9c',
                },
                values: [['1795238965123456789', '{json}']],
              },
            ],
          },
          answer: { status: 204 },
        },
      ],
    },
  ],
});
