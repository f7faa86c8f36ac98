import type { Priority } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { choice, object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { dedup, dedupKey } from '../dedup-key.ts';
import { jsonType } from '../event.ts';
import { clean, cut, limitRows, type RowLimits, rowsOf } from '../fields.ts';

// Limits of https://docs.opsgenie.com/docs/alert-api#create-alert: 130 a message, 512 an alias and an entity, 15,000 a
// description, 8000 details in all, 20 tags of 50.
const limits: RowLimits = { rows: 100, nameLength: 100, valueLength: 1000, totalLength: 7500 };

const levels: Readonly<Record<Priority, string>> = {
  Emergency: 'P1',
  Alert: 'P1',
  Critical: 'P2',
  Error: 'P3',
  Warning: 'P4',
  Notice: 'P5',
  Informational: 'P5',
  Debug: 'P5',
};

function detailsOf(notice: Notice): Record<string, string> {
  const rows = limitRows(rowsOf(notice), limits);
  return Object.fromEntries(rows.map(({ name, value }) => [name.replaceAll('.', '_'), value]));
}

export default httpOutput({
  id: 'opsgenie',
  title: 'Opsgenie',
  summary: 'Makes alerts in Opsgenie.',
  since: '0.2.0',
  stability: 'stable',
  category: 'alerting',
  section: 'opsgenie',
  config: object({
    apikey: secretOr('', 'Key of an integration of the kind "API".'),
    region: choice(['us', 'eu'], 'us', 'Where the account is.'),
    url: textOr('', 'Another address of the API, which goes before the region.'),
    dedup: dedup(),
  }),
  isEnabled: ({ apikey }) => apikey !== '',
  batch: singly,
  prepare: (config, context) => dedupKey(config.dedup, 512, context),
  request({ apikey, region, url }, [notice], keyOf) {
    const base = url === '' ? `https://api.${region === 'eu' ? 'eu.' : ''}opsgenie.com` : url;
    const output = clean(notice!.output);
    const body = {
      message: cut(output, 130),
      alias: keyOf(notice!),
      description: cut(`${clean(notice!.rule)}\n\n${output}`, 15_000),
      tags: notice!.tags.slice(0, 20).map((tag) => cut(clean(tag), 50)),
      details: detailsOf(notice!),
      entity: cut(clean(notice!.hostname), 512),
      source: 'Saker',
      priority: levels[notice!.priority],
    };
    return {
      method: 'POST',
      url: joinUrl(base, '/v2/alerts'),
      headers: { ...jsonType, authorization: `GenieKey ${apikey}` },
      body: JSON.stringify(body),
    };
  },
  examples: [
    {
      title: 'Alerts of a rule on a machine are one',
      config: { apikey: 'eb243592-faa2-4ba2', url: '{url}', dedup: '{{ .Rule }} on {{ .Hostname }}' },
      expect: [
        {
          method: 'POST',
          path: '/v2/alerts',
          headers: { 'content-type': 'application/json; charset=utf-8', authorization: 'GenieKey eb243592-faa2-4ba2' },
          json: {
            message: 'A shell was spawned in a container (user=root command=sh -c "id")',
            alias: 'Terminal shell in container on web-1',
            description:
              'Terminal shell in container\n\nA shell was spawned in a container (user=root command=sh -c "id")',
            tags: ['T1059', 'container', 'mitre_execution'],
            details: {
              rule: 'Terminal shell in container',
              priority: 'Notice',
              source: 'syscall',
              hostname: 'web-1',
              container_id: '3ad7b26ded6d',
              container_image_repository: 'docker.io/library/nginx',
              container_name: 'web',
              evt_time: '1795238965123456789',
              k8s_ns_name: 'shop',
              k8s_pod_name: 'web-7f9c',
              proc_cmdline: 'sh -c "id"',
              proc_name: 'sh',
              proc_pid: '4242',
              proc_tty: '34816',
              user_name: 'root',
              tags: 'T1059, container, mitre_execution',
              time: '2026-11-21T05:29:25.123456789Z',
            },
            entity: 'web-1',
            source: 'Saker',
            priority: 'P5',
          },
          answer: { status: 202, body: '{"result":"Request will be processed","took":0.302,"requestId":"43a29c5c"}' },
        },
      ],
    },
  ],
});
