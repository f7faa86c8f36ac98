import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import { object, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import type { HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { jsonType } from '../event.ts';

const path = '/services/collector/event';

/** The address of the collector; a server's address without a path gets that of the collector. */
function collectorOf(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : new URL(`https://${host}`);
  if (url.pathname === '/') url.pathname = path;
  return url.href;
}

function eventOf(notice: Notice, rest: string): string {
  const { time, hostname } = notice;
  const seconds = `${time / 1_000_000_000n}.${String(time % 1_000_000_000n).padStart(9, '0')}`;
  const host = hostname === '' ? '' : `"host":${JSON.stringify(hostname)},`;
  return `{"time":${seconds},${host}${rest},"event":${jsonValue(notice)}}`;
}

/** Events before the one that is wrong were taken: https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector */
function classify(answer: HttpAnswer, batch: readonly Notice[]): Outcome {
  const outcome = classifyAnswer(answer);
  const wrong = /"invalid-event-number"\s*:\s*(\d{1,6})/.exec(answer.body.toString('utf8'));
  if (outcome.kind !== 'drop' || wrong === null) return outcome;
  const { reason } = outcome;
  const at = Number(wrong[1]);
  return {
    kind: 'each',
    items: batch.map((_, i): ItemOutcome => {
      if (i === at) return outcome;
      return i < at ? { kind: 'ok' } : { kind: 'retry', reason: `behind a refused one: ${reason}` };
    }),
  };
}

export default httpOutput({
  id: 'splunk',
  title: 'Splunk',
  summary: 'Sends alerts to the HTTP event collector of Splunk.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'splunk',
  config: object({
    host: textOr('', `Address of the collector, e.g. https://splunk:8088${path}.`),
    token: secretOr('', 'Token of the collector.'),
    sourcetype: textOr('falcosidekick', 'Source type of the events.'),
    index: textOr('', 'Index for the events, instead of that of the token.'),
    customheaders: secretMap('Headers to add.'),
  }),
  isEnabled: ({ host }) => host !== '',
  batch: { count: 500, bytes: 800_000, waitMs: 1000 },
  prepare({ host, token, sourcetype, index, customheaders }) {
    const rest = { sourcetype, ...(index === '' ? {} : { index }) };
    const authorization = token === '' ? {} : { authorization: `Splunk ${token}` };
    return {
      url: collectorOf(host),
      headers: { ...jsonType, ...customHeaders(customheaders), ...authorization },
      rest: JSON.stringify(rest).slice(1, -1),
    };
  },
  request(_, batch, { url, headers, rest }) {
    return { method: 'POST', url, headers, body: batch.map((notice) => eventOf(notice, rest)).join('\n') };
  },
  classify,
  examples: [
    {
      title: 'One alert',
      config: { host: '{url}', token: 'B5A79AAD-D822-46CC', index: 'security' },
      expect: [
        {
          method: 'POST',
          path: '/services/collector/event',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            authorization: 'Splunk B5A79AAD-D822-46CC',
          },
          body: '{"time":1795238965.123456789,"host":"web-1","sourcetype":"falcosidekick","index":"security","event":{json}}',
          answer: { status: 200, body: '{"text":"Success","code":0}' },
        },
      ],
    },
    {
      title: 'Two alerts at once',
      config: { host: '{url}/services/collector/event', token: 'B5A79AAD-D822-46CC' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/services/collector/event',
          body: '{"time":1795238965.123456789,"host":"web-1","sourcetype":"falcosidekick","event":{json}}\n{"time":1795238965.124456789,"host":"web-1","sourcetype":"falcosidekick","event":{json:1}}',
          answer: { status: 200, body: '{"text":"Success","code":0}' },
        },
      ],
    },
  ],
});
