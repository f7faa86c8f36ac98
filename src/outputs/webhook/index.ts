import { createHmac } from 'node:crypto';
import type { Notice } from '../../model/notice.ts';
import { choice, object, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { isObject, jsonValue } from '../../model/notice-json.ts';

const example = 'https://example.com/hook/f3a9c2d417';
const types = { single: 'application/json; charset=utf-8', array: 'application/json', lines: 'application/x-ndjson' };

const plainType = 'text/plain; charset=utf-8';

export default httpOutput({
  id: 'webhook',
  title: 'Webhook',
  summary: 'Sends alerts as JSON to an address of your own.',
  since: '0.2.0',
  stability: 'stable',
  category: 'web',
  section: 'webhook',
  config: object({
    address: secretOr('', `URL to send to, e.g. ${example}.`),
    method: choice(['POST', 'PUT'], 'POST', 'HTTP method.'),
    customheaders: secretMap('Headers to add, e.g. `Authorization`.'),
    framing: choice(
      ['single', 'array', 'lines'],
      'single',
      'What a request holds: one alert, an array of alerts, or one alert a line.',
    ),
    body: textOr('', 'Template of the body; without it, the alert as JSON. Only with the framing `single`.'),
    contenttype: textOr('', 'Value of the header `Content-Type`; without it, what the framing says.'),
    hmacsecret: secretOr('', 'Key to sign the body with (HMAC-SHA256), so that the receiver knows who sent it.'),
    hmacheader: textOr('X-Signature-256', 'Header with the signature: `sha256=` and 64 hexadecimal digits.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 0 },
  // Of what is under way when the process is killed, all is sent again.
  batching: ({ framing }) => (framing === 'single' ? { count: 32 } : {}),
  perRequest: ({ framing }) => (framing === 'single' ? 1 : 500),
  prepare({ customheaders, framing, body, contenttype, hmacheader }, context) {
    if (body !== '' && framing !== 'single') throw new Error('a template of the body needs the framing single');
    const type = contenttype === '' ? types[framing] : contenttype;
    return {
      headers: customHeaders({ 'content-type': type, ...customheaders, [hmacheader]: '' }),
      fill: body === '' ? (notice: Notice) => notice.json : context.template(body),
      /** Whether the form of alerts says what the content is. */
      isPlain: body === '' && contenttype === '',
    };
  },
  request({ address, method, framing, hmacsecret, hmacheader }, batch, { headers: { ...headers }, fill, isPlain }) {
    const texts = batch.map(framing === 'array' ? jsonValue : fill);
    const lines = framing === 'lines' ? `${texts.join('\n')}\n` : `[${texts.join(',')}]`;
    const body = framing === 'single' ? texts[0]! : lines;
    if (isPlain && framing !== 'array' && !isObject(batch[0]!.json)) headers['content-type'] = plainType;
    const signature = hmacheader.toLowerCase();
    if (hmacsecret === '') delete headers[signature];
    else headers[signature] = `sha256=${createHmac('sha256', hmacsecret).update(body).digest('hex')}`;
    return { method, url: address, headers, body };
  },
  examples: [
    {
      title: 'One alert a request',
      config: { address: '{url}/hook/f3a9c2d417', customheaders: { 'X-Tenant': 'tenant-4711' } },
      expect: [
        {
          method: 'POST',
          path: '/hook/f3a9c2d417',
          headers: { 'content-type': 'application/json; charset=utf-8', 'x-tenant': 'tenant-4711' },
          body: '{json}',
        },
      ],
    },
    {
      title: 'Signed',
      config: { address: '{url}/alerts', method: 'PUT', hmacsecret: 'correct horse battery' },
      expect: [
        {
          method: 'PUT',
          path: '/alerts',
          headers: { 'x-signature-256': 'sha256=2dc01139d45e4591fddf9f787ead99244e540e511c585800b5a4a71847c065f5' },
          body: '{json}',
        },
      ],
    },
    {
      title: 'Many alerts a request, one a line',
      config: { address: '{url}/bulk', framing: 'lines' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/bulk',
          headers: { 'content-type': 'application/x-ndjson' },
          body: '{json}\n{json:1}\n',
        },
      ],
    },
    {
      title: 'A body of your own, e.g. for an issue tracker',
      config: {
        address: '{url}/rest/api/2/issue',
        customheaders: { Authorization: 'Bearer 0123456789abcdef' },
        body: '{"fields":{"project":{"key":"SEC"},"issuetype":{"name":"Task"},"summary":{{ toJson .Rule }},"description":{{ toJson .Output }}}}',
      },
      expect: [
        {
          method: 'POST',
          path: '/rest/api/2/issue',
          headers: { authorization: 'Bearer 0123456789abcdef' },
          json: {
            fields: {
              project: { key: 'SEC' },
              issuetype: { name: 'Task' },
              summary: 'Terminal shell in container',
              description: 'A shell was spawned in a container (user=root command=sh -c "id")',
            },
          },
        },
      ],
    },
    {
      title: 'An incident in ServiceNow',
      config: {
        address: '{url}/api/now/table/incident',
        customheaders: { Authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==', Accept: 'application/json' },
        body: '{"short_description":{{ toJson .Rule }},"description":{{ toJson .Output }},"urgency":"{{ if eq .Priority "Critical" }}1{{ else }}2{{ end }}","correlation_id":{{ toJson .UUID }}}',
      },
      expect: [
        {
          method: 'POST',
          path: '/api/now/table/incident',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==',
            accept: 'application/json',
          },
          json: {
            short_description: 'Terminal shell in container',
            description: 'A shell was spawned in a container (user=root command=sh -c "id")',
            urgency: '2',
            correlation_id: '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
          },
          answer: { status: 201 },
        },
      ],
    },
    {
      title: 'Rows in ClickHouse',
      config: {
        address: '{url}/?query=INSERT%20INTO%20alerts%20FORMAT%20JSONEachRow&input_format_skip_unknown_fields=1',
        framing: 'lines',
        customheaders: { 'X-ClickHouse-User': 'saker', 'X-ClickHouse-Key': 'correct horse' },
      },
      expect: [
        {
          method: 'POST',
          path: '/?query=INSERT%20INTO%20alerts%20FORMAT%20JSONEachRow&input_format_skip_unknown_fields=1',
          headers: { 'x-clickhouse-user': 'saker', 'x-clickhouse-key': 'correct horse' },
          body: '{json}\n',
        },
      ],
    },
  ],
});
