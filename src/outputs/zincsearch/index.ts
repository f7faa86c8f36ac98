import { object, secretOr, textOr } from '../../model/schema.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { jsonObject } from '../../model/notice-json.ts';

export default httpOutput({
  id: 'zincsearch',
  title: 'ZincSearch',
  summary: 'Stores alerts in ZincSearch.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'zincsearch',
  config: object({
    hostport: textOr('', 'Address of the server, e.g. http://zincsearch:4080.'),
    index: textOr('falco', 'Index.'),
    username: textOr('', 'User.'),
    password: secretOr('', 'Password.'),
  }),
  carriesJson: true,
  isEnabled: ({ hostport }) => hostport !== '',
  batch: { count: 500, bytes: 1 << 20, waitMs: 1000 },
  request({ hostport, index, username, password }, batch) {
    const authorization = username === '' || password === '' ? {} : { authorization: basic(username, password) };
    // With an id of its own, a document that is sent again is the same.
    const lines = batch.map(
      (notice) => `${JSON.stringify({ index: { _index: index, _id: notice.uuid } })}\n${jsonObject(notice)}\n`,
    );
    return {
      method: 'POST',
      url: joinUrl(hostport, '/api/_bulk'),
      headers: { 'content-type': 'application/x-ndjson', ...authorization },
      body: lines.join(''),
    };
  },
  examples: [
    {
      title: 'One alert',
      config: { hostport: '{url}', username: 'saker', password: 'correct horse' },
      expect: [
        {
          method: 'POST',
          path: '/api/_bulk',
          headers: {
            'content-type': 'application/x-ndjson',
            authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==',
          },
          body: '{"index":{"_index":"falco","_id":"6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e"}}\n{json}\n',
          answer: { status: 200, body: '{"message":"bulk data inserted","record_count":1}' },
        },
      ],
    },
  ],
});
