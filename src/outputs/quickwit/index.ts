import { flag, object, type Out, secretMap, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import type { HttpClient } from '../../transport/http-client.ts';
import { excerpt } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { jsonObject } from '../../model/notice-json.ts';

const options = object({
  hostport: textOr('', 'Address of the server, e.g. http://quickwit:7280.'),
  apiendpoint: textOr('api/v1', 'Path of the API.'),
  index: textOr('falco', 'Index.'),
  version: textOr('0.7', "Version of the index's description, where the index is made."),
  autocreateindex: flag(false, 'Makes the index where there is none.'),
  customheaders: secretMap('Headers to add.'),
});

function apiOf({ hostport, apiendpoint }: Out<typeof options>): string {
  return joinUrl(hostport, `/${apiendpoint.replace(/^\/+|\/+$/g, '')}`);
}

/** https://quickwit.io/docs/configuration/index-config */
function indexConfig(index: string, version: string): string {
  const text = (name: string) => ({ name, type: 'text', fast: true });
  return JSON.stringify({
    version,
    index_id: index,
    doc_mapping: {
      mode: 'dynamic',
      store_source: true,
      timestamp_field: 'time',
      dynamic_mapping: {
        indexed: true,
        stored: true,
        fast: true,
        expand_dots: true,
        tokenizer: 'raw',
        record: 'basic',
      },
      field_mappings: [
        { name: 'time', type: 'datetime', input_formats: ['rfc3339'], fast: true },
        text('uuid'),
        text('hostname'),
        text('priority'),
        text('source'),
        { name: 'output', type: 'text' },
        text('rule'),
        { name: 'tags', type: 'array<text>', fast: true },
        { name: 'output_fields', type: 'json', fast: true },
      ],
    },
    search_settings: { default_search_fields: ['rule', 'source', 'output', 'priority', 'hostname', 'tags'] },
  });
}

/** @throws Error when there is no index and none can be made. */
async function ensureIndex(config: Out<typeof options>, headers: Record<string, string>, client: HttpClient) {
  const api = apiOf(config);
  const { index, version } = config;
  const signal = new AbortController().signal;
  const found = await client.exchange(
    { method: 'GET', url: `${api}/indexes/${encodeURIComponent(index)}`, headers },
    signal,
  );
  if (found.status === 200) return;
  if (found.status !== 404) throw new Error(`can't ask for the index: ${excerpt(found)}`);
  const body = indexConfig(index, version);
  const made = await client.exchange({ method: 'POST', url: `${api}/indexes`, headers, body }, signal);
  // Another has made it meanwhile.
  const isThere = made.status === 400 && /already exists/i.test(made.body.toString('utf8'));
  if (made.status !== 200 && !isThere) throw new Error(`can't make the index: ${excerpt(made)}`);
}

export default httpOutput({
  id: 'quickwit',
  title: 'Quickwit',
  summary: 'Stores alerts in Quickwit.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'quickwit',
  config: options,
  carriesJson: true,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 1000, bytes: 4 << 20, waitMs: 1000 },
  async prepare(config, _, client) {
    const headers = { 'content-type': 'application/json; charset=utf-8', ...customHeaders(config.customheaders) };
    if (config.autocreateindex) await ensureIndex(config, headers, client);
    return headers;
  },
  request(config, batch, headers) {
    const url = `${apiOf(config)}/${encodeURIComponent(config.index)}/ingest`;
    return { method: 'POST', url, headers, body: batch.map(jsonObject).join('\n') };
  },
  examples: [
    {
      title: 'Two alerts at once',
      config: { hostport: '{url}' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/api/v1/falco/ingest',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: '{json}\n{json:1}',
          answer: { status: 200, body: '{"num_docs_for_processing":2}' },
        },
      ],
    },
    {
      title: 'An index of its own, made where there is none',
      config: { hostport: '{url}', index: 'alerts', autocreateindex: true },
      expect: [
        { method: 'GET', path: '/api/v1/indexes/alerts', answer: { status: 404 } },
        {
          method: 'POST',
          path: '/api/v1/indexes',
          json: {
            version: '0.7',
            index_id: 'alerts',
            doc_mapping: {
              mode: 'dynamic',
              store_source: true,
              timestamp_field: 'time',
              dynamic_mapping: {
                indexed: true,
                stored: true,
                fast: true,
                expand_dots: true,
                tokenizer: 'raw',
                record: 'basic',
              },
              field_mappings: [
                { name: 'time', type: 'datetime', input_formats: ['rfc3339'], fast: true },
                { name: 'uuid', type: 'text', fast: true },
                { name: 'hostname', type: 'text', fast: true },
                { name: 'priority', type: 'text', fast: true },
                { name: 'source', type: 'text', fast: true },
                { name: 'output', type: 'text' },
                { name: 'rule', type: 'text', fast: true },
                { name: 'tags', type: 'array<text>', fast: true },
                { name: 'output_fields', type: 'json', fast: true },
              ],
            },
            search_settings: { default_search_fields: ['rule', 'source', 'output', 'priority', 'hostname', 'tags'] },
          },
        },
        { method: 'POST', path: '/api/v1/alerts/ingest', body: '{json}' },
      ],
    },
  ],
});
