import { gzipSync } from 'node:zlib';
import type { Priority } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { object, type Out, secretOr, textOr } from '../../model/schema.ts';
import type { HttpClient } from '../../transport/http-client.ts';
import { excerpt } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { clean, cut, valueText } from '../fields.ts';

const options = object({
  orguid: textOr('', "The organisation's id."),
  apikey: secretOr('', 'API key.'),
  apiurl: textOr('https://api.spyderbat.com', 'Address of the API.'),
  source: textOr('falcosidekick', 'Name of the source that alerts are shown under.'),
  sourcedescription: textOr('', 'What it is.'),
});
type Config = Out<typeof options>;

const levels: Readonly<Record<Priority, string>> = {
  Emergency: 'critical',
  Alert: 'high',
  Critical: 'critical',
  Error: 'high',
  Warning: 'medium',
  Notice: 'low',
  Informational: 'info',
  Debug: 'info',
};

const textLength = 10_000;
const answerBytes = 4 << 20;

function sourcesOf({ apiurl, orguid }: Config): string {
  return joinUrl(apiurl, `/api/v1/org/${encodeURIComponent(orguid)}/source/`);
}

/** The source's id: that of Falcosidekick, so that a user who changes to Saker has one source. */
function sourceUid({ orguid }: Config): string {
  return `falcosidekick_${orguid}`;
}

/** Makes the source where there is none. @throws Error when it can't be. */
async function ensureSource(config: Config, client: HttpClient): Promise<void> {
  const url = sourcesOf(config);
  const headers = { authorization: `Bearer ${config.apikey}`, 'content-type': 'application/json' };
  const signal = new AbortController().signal;
  const uid = sourceUid(config);
  const found = await client.exchange({ method: 'GET', url, headers, answerBytes }, signal);
  if (found.status !== 200) throw new Error(`can't ask for the sources: ${excerpt(found)}`);
  if (found.body.includes(JSON.stringify(uid))) return;
  const body = JSON.stringify({ name: config.source, description: config.sourcedescription, uid });
  const made = await client.exchange({ method: 'POST', url, headers, body }, signal);
  if (made.status !== 200) throw new Error(`can't make the source: ${excerpt(made)}`);
}

function recordOf(notice: Notice): string {
  const seconds = Number(notice.time / 1000n) / 1e6;
  const pid = notice.fields.get('proc.pid');
  return JSON.stringify({
    schema: 'falco_alert::1.0.0',
    id: notice.uuid,
    monotonic_time: Number(notice.time % 1_000_000_000n),
    orc_time: seconds,
    time: seconds,
    pid: typeof pid === 'number' ? pid : 0,
    level: levels[notice.priority],
    msg: cut(clean(notice.output), textLength).split(' '),
    args: cut(valueText(notice.fields.get('proc.cmdline') ?? null), textLength),
    container: valueText(notice.fields.get('container.id') ?? null),
  });
}

export default httpOutput({
  id: 'spyderbat',
  title: 'Spyderbat',
  summary: 'Sends alerts to Spyderbat.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'spyderbat',
  config: options,
  isEnabled: ({ orguid, apikey }) => orguid !== '' && apikey !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 1000 },
  prepare: (config, _, client) => ensureSource(config, client),
  request(config, batch) {
    return {
      method: 'POST',
      url: `${sourcesOf(config)}${encodeURIComponent(sourceUid(config))}/data/sb-agent`,
      headers: {
        'content-type': 'application/ndjson',
        'content-encoding': 'gzip',
        authorization: `Bearer ${config.apikey}`,
      },
      body: gzipSync(batch.map((notice) => `${recordOf(notice)}\n`).join('')),
    };
  },
  examples: [
    {
      title: 'The source is made where there is none',
      config: { orguid: 'Z8B2kxYzQ', apikey: 'eyJhbGciOiJIUzI1NiJ9', apiurl: '{url}' },
      expect: [
        {
          method: 'GET',
          path: '/api/v1/org/Z8B2kxYzQ/source/',
          headers: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9' },
          answer: { status: 200, body: '[{"uid":"mach:abc"}]' },
        },
        {
          method: 'POST',
          path: '/api/v1/org/Z8B2kxYzQ/source/',
          json: { name: 'falcosidekick', description: '', uid: 'falcosidekick_Z8B2kxYzQ' },
        },
        {
          method: 'POST',
          path: '/api/v1/org/Z8B2kxYzQ/source/falcosidekick_Z8B2kxYzQ/data/sb-agent',
          headers: {
            'content-type': 'application/ndjson',
            'content-encoding': 'gzip',
            authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9',
          },
          body: '{"schema":"falco_alert::1.0.0","id":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e","monotonic_time":123456789,"orc_time":1795238965.123456,"time":1795238965.123456,"pid":4242,"level":"low","msg":["A","shell","was","spawned","in","a","container","(user=root","command=sh","-c","\\"id\\")"],"args":"sh -c \\"id\\"","container":"3ad7b26ded6d"}\n',
        },
      ],
    },
  ],
});
