import type { Priority } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { choice, object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { dedup, dedupKey } from '../dedup-key.ts';
import { jsonType } from '../event.ts';
import { clean, cut, limitRows, type RowLimits, rowsOf } from '../fields.ts';

// An event has at most 512 KB: https://developer.pagerduty.com/docs/events-api-v2-overview
const limits: RowLimits = { rows: 500, nameLength: 200, valueLength: 5000, totalLength: 100_000 };

const severities: Readonly<Record<Priority, string>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'error',
  Warning: 'warning',
  Notice: 'info',
  Informational: 'info',
  Debug: 'info',
};

function detailsOf(notice: Notice): Record<string, string> {
  return Object.fromEntries(limitRows(rowsOf(notice), limits).map(({ name, value }) => [name, value]));
}

export default httpOutput({
  id: 'pagerduty',
  title: 'PagerDuty',
  summary: 'Triggers incidents in PagerDuty.',
  since: '0.2.0',
  stability: 'stable',
  category: 'alerting',
  section: 'pagerduty',
  config: object({
    routingkey: secretOr('', 'Integration key of a service or an orchestration, for Events API v2.'),
    region: choice(['us', 'eu'], 'us', 'Where the account is.'),
    url: textOr('', 'Another address of the Events API, which goes before the region.'),
    dedup: dedup(),
  }),
  isEnabled: ({ routingkey }) => routingkey !== '',
  batch: singly,
  prepare: (config, context) => dedupKey(config.dedup, 255, context),
  request({ routingkey, region, url }, [notice], keyOf) {
    const base = url === '' ? `https://events.${region === 'eu' ? 'eu.' : ''}pagerduty.com` : url;
    const body = {
      routing_key: routingkey,
      event_action: 'trigger',
      dedup_key: keyOf(notice!),
      client: 'Saker',
      payload: {
        summary: cut(clean(notice!.output), 1024) || clean(notice!.rule),
        source: clean(notice!.hostname) || 'falco',
        severity: severities[notice!.priority],
        timestamp: notice!.timeText,
        class: cut(clean(notice!.rule), 255),
        custom_details: detailsOf(notice!),
      },
    };
    return { method: 'POST', url: joinUrl(base, '/v2/enqueue'), headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'Each alert triggers an incident',
      config: { routingkey: 'e93facc04764012d7bfb002500d5d1a6', url: '{url}' },
      expect: [
        {
          method: 'POST',
          path: '/v2/enqueue',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            routing_key: 'e93facc04764012d7bfb002500d5d1a6',
            event_action: 'trigger',
            dedup_key: '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
            client: 'Saker',
            payload: {
              summary: 'A shell was spawned in a container (user=root command=sh -c "id")',
              source: 'web-1',
              severity: 'info',
              timestamp: '2026-11-21T05:29:25.123456789Z',
              class: 'Terminal shell in container',
              custom_details: {
                rule: 'Terminal shell in container',
                priority: 'Notice',
                source: 'syscall',
                hostname: 'web-1',
                'container.id': '3ad7b26ded6d',
                'container.image.repository': 'docker.io/library/nginx',
                'container.name': 'web',
                'evt.time': '1795238965123456789',
                'k8s.ns.name': 'shop',
                'k8s.pod.name': 'web-7f9c',
                'proc.cmdline': 'sh -c "id"',
                'proc.name': 'sh',
                'proc.pid': '4242',
                'proc.tty': '34816',
                'user.name': 'root',
                tags: 'T1059, container, mitre_execution',
                time: '2026-11-21T05:29:25.123456789Z',
              },
            },
          },
          answer: { status: 202, body: '{"status":"success","message":"Event processed"}' },
        },
      ],
    },
  ],
});
