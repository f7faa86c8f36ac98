import { object, secretMap, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { customHeaders } from '../../transport/headers.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { jsonType } from '../event.ts';

export default httpOutput({
  id: 'node-red',
  title: 'Node-RED',
  summary: 'Sends alerts to a flow that begins with an "http in" node.',
  since: '0.2.0',
  stability: 'stable',
  category: 'workflow',
  section: 'nodered',
  config: object({
    address: secretOr('', 'URL of the node, e.g. http://node-red:1880/alerts.'),
    user: textOr('', 'User for basic authentication.'),
    password: secretOr('', 'Password for basic authentication.'),
    customheaders: secretMap('Headers to add.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: singly,
  prepare({ user, password, customheaders }) {
    const authorization = user === '' || password === '' ? {} : { authorization: basic(user, password) };
    return { ...jsonType, ...authorization, ...customHeaders(customheaders) };
  },
  request: ({ address }, [notice], headers) => ({ method: 'POST', url: address, headers, body: jsonValue(notice!) }),
  examples: [
    {
      title: 'With a password',
      config: {
        address: '{url}/alerts',
        user: 'saker',
        password: 'correct horse',
        customheaders: { 'X-Site': 'frankfurt' },
      },
      expect: [
        {
          method: 'POST',
          path: '/alerts',
          headers: {
            'content-type': 'application/json; charset=utf-8',
            authorization: 'Basic c2FrZXI6Y29ycmVjdCBob3JzZQ==',
            'x-site': 'frankfurt',
          },
          body: '{json}',
        },
      ],
    },
  ],
});
