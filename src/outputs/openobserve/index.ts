import type { Notice } from '../../model/notice.ts';
import type { Outcome } from '../../model/output.ts';
import { object, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { customHeaders } from '../../transport/headers.ts';
import { basic, type HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer, excerpt } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { jsonObject } from '../../model/notice-json.ts';

/** The server answers 200 also when it has refused documents; which, it doesn't say: none of them is called delivered. */
function classify(answer: HttpAnswer, batch: readonly Notice[]): Outcome {
  const outcome = classifyAnswer(answer);
  const failed = /"failed"\s*:\s*([1-9]\d*)/.exec(answer.body.toString('utf8'));
  if (outcome.kind !== 'ok' || failed === null) return outcome;
  return { kind: 'drop', reason: `${failed[1]} of ${batch.length} refused: ${excerpt(answer)}` };
}

export default httpOutput({
  id: 'openobserve',
  title: 'OpenObserve',
  summary: 'Stores alerts in OpenObserve.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'openobserve',
  config: object({
    hostport: textOr('', 'Address of the server, e.g. http://openobserve:5080.'),
    organizationname: textOr('default', 'Organisation.'),
    streamname: textOr('falco', 'Stream.'),
    username: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
    customheaders: secretMap('Headers to add.'),
  }),
  carriesJson: true,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 1000 },
  prepare({ hostport, organizationname, streamname, username, password, customheaders }) {
    const path = `/api/${encodeURIComponent(organizationname)}/${encodeURIComponent(streamname)}/_multi`;
    const authorization = username === '' || password === '' ? {} : { authorization: basic(username, password) };
    const headers = { 'content-type': 'application/json; charset=utf-8', ...authorization };
    return { url: joinUrl(hostport, path), headers: { ...headers, ...customHeaders(customheaders) } };
  },
  request(_, batch, { url, headers }) {
    return { method: 'POST', url, headers, body: batch.map(jsonObject).join('\n') };
  },
  classify,
  examples: [
    {
      title: 'One alert',
      config: { hostport: '{url}', username: 'root@example.com', password: 'correct horse' },
      expect: [
        {
          method: 'POST',
          path: '/api/default/falco/_multi',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            authorization: 'Basic cm9vdEBleGFtcGxlLmNvbTpjb3JyZWN0IGhvcnNl',
          },
          body: '{json}',
          answer: { status: 200, body: '{"code":200,"status":[{"name":"falco","successful":1,"failed":0}]}' },
        },
      ],
    },
    {
      title: 'Two alerts at once',
      config: { hostport: '{url}', organizationname: 'sec ops' },
      notices: 2,
      expect: [
        {
          method: 'POST',
          path: '/api/sec%20ops/falco/_multi',
          body: '{json}\n{json:1}',
          answer: { status: 200, body: '{"code":200,"status":[{"name":"falco","successful":2,"failed":0}]}' },
        },
      ],
    },
  ],
});
