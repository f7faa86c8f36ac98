import type { Notice } from '../../model/notice.ts';
import { choice, integer, object, secretOr, textOr } from '../../model/schema.ts';
import { connectedOutput, taken } from '../../transport/connected-output.ts';
import { classifyAnswer } from '../../transport/http-outcome.ts';
import { HttpClient } from '../../transport/http-client.ts';
import { openStream } from '../../transport/socket.ts';
import { clean, valueText } from '../fields.ts';

/** Point tags of a name and its value together; more are refused. */
const longestTag = 254;
const longestName = 100;
const mostTags = 20;

/** A line of Wavefront's data format: NAME VALUE SECONDS source=HOST tag="value"... */
function pointOf(metric: string, notice: Notice): string {
  const tags = new Map<string, string>([
    ['severity', notice.priority],
    ['rule', notice.rule],
    ['source_type', notice.source],
    ...[...notice.fields].map(([name, value]) => [tagName(name), valueText(value)] as const),
  ]);
  const shown = [...tags].filter(([name, value]) => name !== '' && value !== '').slice(0, mostTags);
  const texts = shown.map(([name, value]) => `${name}="${quoted(clean(value).slice(0, longestTag - name.length))}"`);
  const seconds = notice.time / 1_000_000_000n;
  const source = notice.hostname.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 128) || 'saker';
  return `${metric} 1 ${seconds} source=${source} ${texts.join(' ')}\n`;
}

function tagName(field: string): string {
  return field.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, longestName);
}

function quoted(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/[\r\n]+/g, ' ');
}

export default connectedOutput({
  id: 'wavefront',
  title: 'Wavefront',
  summary: 'Sends each alert as a point of a metric, to a proxy or directly.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'wavefront',
  config: object({
    endpointtype: choice(
      ['', 'direct', 'proxy'],
      '',
      'Whether to send to Wavefront itself or to a proxy; empty: not at all.',
    ),
    endpointhost: textOr('', 'Address of Wavefront (https://...), or host of the proxy.'),
    endpointtoken: secretOr('', 'Token for Wavefront itself.'),
    endpointmetricport: integer(2878, 1, 65_535, 'Port of the proxy.'),
    metricname: textOr('falco.alert', 'Name of the metric.'),
    flushintervalseconds: integer(1, 1, 3600, 'Seconds that alerts are collected for.'),
    batchsize: integer(10_000, 1, 40_000, 'Alerts in one send, at most.'),
  }),
  isEnabled: ({ endpointtype, endpointhost }) => endpointtype !== '' && endpointhost !== '',
  batch: { count: 10_000, bytes: 8 << 20, waitMs: 1000 },
  batching: ({ flushintervalseconds, batchsize }) => ({ count: batchsize, wait: `${flushintervalseconds}s` }),
  async connect(config, context) {
    const { endpointtype, endpointhost, endpointtoken, endpointmetricport, metricname } = config;
    const lines = (batch: readonly Notice[]): string => batch.map((notice) => pointOf(metricname, notice)).join('');
    if (endpointtype === 'proxy') {
      const stream = await openStream({ host: endpointhost, port: endpointmetricport }, undefined, context.timeoutMs);
      return {
        async send(batch) {
          await stream.write(lines(batch));
          return taken();
        },
        close: () => stream.close(),
      };
    }
    const server = /^https?:\/\//.test(endpointhost) ? endpointhost.replace(/\/+$/, '') : `https://${endpointhost}`;
    const client = new HttpClient(context);
    return {
      async send(batch) {
        const answer = await client.exchange(
          {
            method: 'POST',
            url: `${server}/report?f=wavefront`,
            headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${endpointtoken}` },
            body: lines(batch),
          },
          new AbortController().signal,
        );
        return classifyAnswer(answer);
      },
      close: () => client.close(),
    };
  },
  examples: [
    {
      title: 'Directly',
      config: { endpointtype: 'direct', endpointhost: '{url}', endpointtoken: '0123-4567-token' },
      expect: [
        {
          method: 'POST',
          path: '/report?f=wavefront',
          headers: { authorization: 'Bearer 0123-4567-token' },
        },
      ],
    },
    { title: 'A proxy', config: { endpointtype: 'proxy', endpointhost: '127.0.0.1' } },
  ],
});
