import { priorities, type Priority } from '../../model/alert.ts';
import { output, type Outcome } from '../../model/output.ts';
import { count, object, secretMap, textList, textMapOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { HttpClient } from '../../transport/http-client.ts';
import { classifyAnswer } from '../../transport/http-outcome.ts';
import { deliver } from '../../transport/http-output.ts';
import { inParts } from '../../transport/in-parts.ts';
import { secretTexts } from '../../transport/secrets.ts';
import { joinUrl } from '../../transport/url.ts';
import { alertOf, type AlertRules, Labels } from './alert.ts';

const severities: Readonly<Record<Priority, string>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'warning',
  Warning: 'warning',
  Notice: 'information',
  Informational: 'information',
  Debug: 'information',
};

/** @throws Error with the word that is no priority. */
function priorityOf(word: string): Priority {
  const found = priorities.find((name) => name.toLowerCase() === word.trim().toLowerCase());
  if (found === undefined) throw new Error(`'${word.trim()}' is no priority, expected one of ${priorities.join(', ')}`);
  return found;
}

function thresholdsOf(text: string): AlertRules['dropThresholds'] {
  const found = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [above = '', word = ''] = part.split(':');
      if (!/^\d{1,18}$/.test(above.trim()))
        throw new Error(`'${part.trim()}' is no threshold, expected e.g. 100:critical`);
      return { above: BigInt(above.trim()), priority: priorityOf(word) };
    });
  return found.sort((a, b) => (a.above < b.above ? 1 : -1));
}

/** Like Prometheus: an alert is delivered when one server of a cluster has it, for they tell each other. */
function best(outcomes: readonly PromiseSettledResult<Outcome>[]): Outcome {
  const values = outcomes.flatMap((item) => (item.status === 'fulfilled' ? [item.value] : []));
  const found = values.find(({ kind }) => kind === 'ok') ?? values.find(({ kind }) => kind === 'retry') ?? values[0];
  if (found !== undefined && (found.kind !== 'drop' || values.length === outcomes.length)) return found;
  throw outcomes.find((item) => item.status === 'rejected')?.reason as Error;
}

const options = object({
  hostport: textList('Addresses of the servers of one cluster, e.g. http://alertmanager:9093.'),
  endpoint: textOr('/api/v2/alerts', 'Path that alerts are posted to.'),
  expiresafter: count(0, 'Seconds after which an alert ends; 0: what the server has as resolve_timeout.'),
  labelfields: textList('Fields that become labels; without it all, but for those that differ with every event.'),
  extralabels: textMapOr({}, 'Labels to add.'),
  extraannotations: textMapOr({}, 'Annotations to add.'),
  customseveritymap: textMapOr({}, 'The label `severity` by priority, e.g. `debug: value_1`.'),
  dropeventdefaultpriority: textOr('critical', 'Least priority of alerts about dropped events.'),
  dropeventthresholds: textOr(
    '10000:critical, 1000:critical, 100:critical, 10:warning, 1:warning',
    'From how many dropped events on which priority.',
  ),
  customheaders: secretMap('Headers to add.'),
});

export default output({
  id: 'alertmanager',
  title: 'Alertmanager',
  summary: 'Sends alerts to Alertmanager, of the Prometheus project.',
  since: '0.2.0',
  stability: 'stable',
  category: 'alerting',
  section: 'alertmanager',
  config: options,
  isEnabled: ({ hostport }) => hostport.length > 0,
  // The server waits for more of a group itself, and longer.
  batch: { count: 64, bytes: 1 << 20, waitMs: 100 },
  open(config, context) {
    const headers = { 'content-type': 'application/json; charset=utf-8', ...customHeaders(config.customheaders) };
    const custom = new Map(Object.entries(config.customseveritymap).map(([word, text]) => [priorityOf(word), text]));
    const rules: AlertRules = {
      labels: new Labels(new Set(config.labelfields)),
      extraLabels: config.extralabels,
      extraAnnotations: config.extraannotations,
      expiresMs: config.expiresafter * 1000,
      severityOf: (priority) => custom.get(priority) ?? severities[priority],
      dropThresholds: thresholdsOf(config.dropeventthresholds),
      dropDefault: priorityOf(config.dropeventdefaultpriority),
    };
    const secrets = secretTexts(options, config);
    const client = new HttpClient(context);
    return {
      send: (batch, signal) =>
        inParts(batch, batch.length, context.timeoutMs, async (part, withinMs) => {
          const body = JSON.stringify(part.map((notice) => alertOf(notice, rules)));
          const sends = config.hostport.map((host) => {
            const request = { method: 'POST', url: joinUrl(host, config.endpoint), headers, body } as const;
            return deliver(client, request, { signal, withinMs }, secrets, classifyAnswer);
          });
          return best(await Promise.allSettled(sends));
        }),
      close: () => client.close(),
    };
  },
  examples: [
    {
      title: 'One server, alerts that end after five minutes',
      config: {
        hostport: ['{url}'],
        expiresafter: 300,
        extralabels: { team: 'security' },
        customheaders: { 'X-Scope-OrgID': 'tenant-4711' },
      },
      expect: [
        {
          method: 'POST',
          path: '/api/v2/alerts',
          headers: { 'content-type': 'application/json; charset=utf-8', 'x-scope-orgid': 'tenant-4711' },
          json: [
            {
              labels: {
                container_id: '3ad7b26ded6d',
                container_image_repository: 'docker.io/library/nginx',
                container_name: 'web',
                k8s_ns_name: 'shop',
                k8s_pod_name: 'web-7f9c',
                proc_cmdline: 'sh -c "id"',
                proc_name: 'sh',
                proc_pid: '4242',
                proc_tty: '34816',
                user_name: 'root',
                source: 'falco',
                rule: 'Terminal shell in container',
                alertname: 'Terminal shell in container',
                eventsource: 'syscall',
                hostname: 'web-1',
                tags: 'T1059,container,mitre_execution',
                priority: 'Notice',
                severity: 'information',
                team: 'security',
              },
              annotations: {
                info: 'A shell was spawned in a container (user=root command=sh -c "id")',
                description: 'A shell was spawned in a container (user=root command=sh -c "id")',
                summary: 'Terminal shell in container',
              },
              startsAt: '2026-11-21T05:29:25.123456789Z',
              endsAt: '2026-11-21T05:34:25.123Z',
            },
          ],
        },
      ],
    },
    {
      title: 'A cluster, few labels, several alerts at once',
      config: {
        hostport: ['{url}'],
        labelfields: ['k8s.ns.name'],
        customseveritymap: { notice: 'page' },
      },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/api/v2/alerts',
          json: ['123456789', '124456789'].map((nanoseconds) => ({
            labels: {
              k8s_ns_name: 'shop',
              source: 'falco',
              rule: 'Terminal shell in container',
              alertname: 'Terminal shell in container',
              eventsource: 'syscall',
              hostname: 'web-1',
              tags: 'T1059,container,mitre_execution',
              priority: 'Notice',
              severity: 'page',
            },
            annotations: {
              info: 'A shell was spawned in a container (user=root command=sh -c "id")',
              description: 'A shell was spawned in a container (user=root command=sh -c "id")',
              summary: 'Terminal shell in container',
            },
            startsAt: `2026-11-21T05:29:25.${nanoseconds}Z`,
          })),
        },
      ],
    },
  ],
});
