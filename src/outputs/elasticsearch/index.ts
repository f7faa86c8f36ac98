import { gzipSync } from 'node:zlib';
import type { Notice } from '../../model/notice.ts';
import { type ItemOutcome, type Outcome, output } from '../../model/output.ts';
import { choice, flag, integer, object, type Out, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { basic, HttpClient, type HttpRequest } from '../../transport/http-client.ts';
import { excerpt } from '../../transport/http-outcome.ts';
import { deliver } from '../../transport/http-output.ts';
import { secretTexts } from '../../transport/secrets.ts';
import { joinUrl, query } from '../../transport/url.ts';
import { classifyBulk, refusal } from './answers.ts';
import { createLines, documentOf, indexOf, plainDocumentOf } from './documents.ts';
import { indexTemplate } from './template.ts';

const options = object({
  hostport: textOr('', 'Address of the server, e.g. http://elasticsearch:9200. OpenSearch too.'),
  index: textOr('falco', 'Index.'),
  type: textOr('_doc', 'Type of documents; servers of today have only this one.'),
  suffix: choice(['daily', 'monthly', 'annually', 'none'], 'daily', "Date of the alert behind the index's name."),
  pipeline: textOr('', 'Ingest pipeline.'),
  username: textOr('', 'User.'),
  password: secretOr('', 'Password.'),
  apikey: secretOr('', 'API key, encoded, instead of user and password.'),
  customheaders: secretMap('Headers to add.'),
  flattenfields: flag(false, 'Writes `_` for the points in the names of fields.'),
  createindextemplate: flag(false, 'Makes an index template where there is none; flattens fields too.'),
  numberofshards: integer(3, 1, 1024, 'Shards, in the template.'),
  numberofreplicas: integer(3, 0, 1024, 'Replicas, in the template.'),
  enablecompression: flag(false, 'Sends requests compressed by gzip.'),
  'batching.enabled': flag(false, 'Whether the next two count; alerts are always sent in batches.'),
  'batching.batchsize': integer(5 << 20, 1, 5 << 20, 'Bytes of a batch.'),
  'batching.flushinterval': textOr('1s', 'Time that alerts wait for a batch to be full.'),
});
type Config = Out<typeof options>;

/** Bytes of an answer for each document, errors included. */
const answerBytes = 1000;
const onlyStatus = 'errors,items.*.status,items.*.error.type,items.*.error.reason';

function headersOf({ username, password, apikey, customheaders }: Config): Record<string, string> {
  const byUser = username === '' || password === '' ? {} : { authorization: basic(username, password) };
  const authorization = apikey === '' ? byUser : { authorization: `ApiKey ${apikey}` };
  return { 'content-type': 'application/x-ndjson', ...authorization, ...customHeaders(customheaders) };
}

function bulkRequest(config: Config, batch: readonly Notice[], make: (notice: Notice) => string): HttpRequest {
  const { index, suffix, pipeline, enablecompression } = config;
  const lines = batch.map((notice) => createLines(indexOf(notice, index, suffix), notice, make(notice))).join('');
  return {
    method: 'POST',
    url: joinUrl(config.hostport, `/_bulk${query({ pipeline, filter_path: onlyStatus })}`),
    headers: { ...headersOf(config), ...(enablecompression ? { 'content-encoding': 'gzip' } : {}) },
    body: enablecompression ? gzipSync(lines) : lines,
    answerBytes: 65_536 + batch.length * answerBytes,
  };
}

/** @throws Error when the server doesn't take the template. */
async function ensureTemplate(config: Config, client: HttpClient): Promise<void> {
  const { index, suffix, numberofshards, numberofreplicas } = config;
  const url = joinUrl(config.hostport, `/_index_template/${encodeURIComponent(index)}`);
  const headers = { ...headersOf(config), 'content-type': 'application/json' };
  const signal = new AbortController().signal;
  const found = await client.exchange({ method: 'GET', url, headers }, signal);
  if (found.status === 200) return;
  if (found.status !== 404) throw new Error(`can't ask for the index template: ${excerpt(found)}`);
  const body = indexTemplate({ index, isDated: suffix !== 'none', shards: numberofshards, replicas: numberofreplicas });
  const made = await client.exchange({ method: 'PUT', url, headers, body }, signal);
  if (made.status !== 200) throw new Error(`can't make the index template: ${excerpt(made)}`);
}

function isRefused(item: ItemOutcome): boolean {
  return item.kind === 'drop' && refusal.test(item.reason);
}

export default output({
  id: 'elasticsearch',
  title: 'Elasticsearch',
  summary: 'Stores alerts in Elasticsearch or OpenSearch.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'elasticsearch',
  config: options,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 1000, bytes: 5 << 20, waitMs: 1000 },
  batching: (config) =>
    config['batching.enabled'] ? { bytes: config['batching.batchsize'], wait: config['batching.flushinterval'] } : {},
  async open(config, context) {
    const secrets = secretTexts(options, config);
    const client = new HttpClient(context);
    const flatten = config.flattenfields || config.createindextemplate;
    try {
      if (config.createindextemplate) await ensureTemplate(config, client);
    } catch (error) {
      await client.close();
      throw error;
    }
    const bulk = (batch: readonly Notice[], make: (notice: Notice) => string, signal: AbortSignal) =>
      deliver(client, bulkRequest(config, batch, make), { signal }, secrets, (answer) => classifyBulk(answer, batch));
    return {
      async send(batch, signal): Promise<Outcome> {
        const outcome = await bulk(batch, (notice) => documentOf(notice, flatten), signal);
        if (outcome.kind !== 'each') return outcome;
        const refused = batch.filter((_, i) => isRefused(outcome.items[i]!));
        if (refused.length === 0) return outcome;
        // Better without searchable fields than not at all.
        const second = await bulk(refused, plainDocumentOf, signal);
        const seconds = new Map(
          refused.map((notice, i) => [notice, second.kind === 'each' ? second.items[i]! : second]),
        );
        return { kind: 'each', items: batch.map((notice, i) => seconds.get(notice) ?? outcome.items[i]!) };
      },
      close: () => client.close(),
    };
  },
  examples: [
    {
      title: 'One index a day, two alerts at once',
      config: { hostport: '{url}', apikey: 'VnVhQ2ZHY0JDZGJrU', pipeline: 'geoip' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/_bulk?pipeline=geoip&filter_path=errors%2Citems.*.status%2Citems.*.error.type%2Citems.*.error.reason',
          headers: { 'content-type': 'application/x-ndjson', authorization: 'ApiKey VnVhQ2ZHY0JDZGJrU' },
          body: '{"create":{"_index":"falco-2026.11.21","_id":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e"}}\n{"@timestamp":"2026-11-21T05:29:25.123456789Z","uuid":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e","output":"A shell was spawned in a container (user=root command=sh -c \\"id\\")","priority":"Notice","rule":"Terminal shell in container","time":"2026-11-21T05:29:25.123456789Z","output_fields":{"container.id":"3ad7b26ded6d","container.image.repository":"docker.io/library/nginx","container.name":"web","evt.time":1795238965123456789,"k8s.ns.name":"shop","k8s.pod.name":"web-7f9c","proc.cmdline":"sh -c \\"id\\"","proc.name":"sh","proc.pid":4242,"proc.tty":34816,"user.name":"root"},"source":"syscall","tags":["T1059","container","mitre_execution"],"hostname":"web-1"}\n{"create":{"_index":"falco-2026.11.21","_id":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8f"}}\n{"@timestamp":"2026-11-21T05:29:25.124456789Z","uuid":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8f","output":"A shell was spawned in a container (user=root command=sh -c \\"id\\")","priority":"Notice","rule":"Terminal shell in container","time":"2026-11-21T05:29:25.124456789Z","output_fields":{"container.id":"3ad7b26ded6d","container.image.repository":"docker.io/library/nginx","container.name":"web","evt.time":1795238965123456789,"k8s.ns.name":"shop","k8s.pod.name":"web-7f9c","proc.cmdline":"sh -c \\"id\\"","proc.name":"sh","proc.pid":4242,"proc.tty":34816,"user.name":"root"},"source":"syscall","tags":["T1059","container","mitre_execution"],"hostname":"web-1"}\n',
          answer: {
            status: 200,
            body: '{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}',
          },
        },
      ],
    },
    {
      title: 'With a template, fields without points, compressed',
      config: {
        hostport: '{url}',
        suffix: 'none',
        username: 'saker',
        password: 'correct horse',
        createindextemplate: true,
        numberofshards: 1,
        numberofreplicas: 0,
        enablecompression: true,
      },
      expect: [
        { method: 'GET', path: '/_index_template/falco', answer: { status: 404 } },
        {
          method: 'PUT',
          path: '/_index_template/falco',
          headers: { 'content-type': 'application/json' },
          json: {
            index_patterns: ['falco'],
            template: {
              settings: { number_of_shards: 1, number_of_replicas: 0 },
              mappings: {
                dynamic_templates: [
                  {
                    texts: {
                      match_mapping_type: 'string',
                      mapping: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                    },
                  },
                ],
                properties: {
                  '@timestamp': { type: 'date' },
                  hostname: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                  output: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 2048 } } },
                  output_fields_text: { type: 'text' },
                  priority: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                  rule: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                  source: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                  tags: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                  time: { type: 'date' },
                  uuid: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
                },
              },
            },
          },
          answer: { status: 200, body: '{"acknowledged":true}' },
        },
        {
          method: 'POST',
          path: '/_bulk?filter_path=errors%2Citems.*.status%2Citems.*.error.type%2Citems.*.error.reason',
          headers: { 'content-encoding': 'gzip', authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==' },
          body: '{"create":{"_index":"falco","_id":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e"}}\n{"@timestamp":"2026-11-21T05:29:25.123456789Z","uuid":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e","output":"A shell was spawned in a container (user=root command=sh -c \\"id\\")","priority":"Notice","rule":"Terminal shell in container","time":"2026-11-21T05:29:25.123456789Z","output_fields":{"container_id":"3ad7b26ded6d","container_image_repository":"docker.io/library/nginx","container_name":"web","evt_time":1795238965123456789,"k8s_ns_name":"shop","k8s_pod_name":"web-7f9c","proc_cmdline":"sh -c \\"id\\"","proc_name":"sh","proc_pid":4242,"proc_tty":34816,"user_name":"root"},"source":"syscall","tags":["T1059","container","mitre_execution"],"hostname":"web-1"}\n',
          answer: { status: 200, body: '{"errors":false,"items":[{"create":{"status":201}}]}' },
        },
      ],
    },
  ],
});
