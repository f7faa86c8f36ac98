import { object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { customHeaders } from '../../transport/headers.ts';
import { basic } from '../../transport/http-client.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { jsonType } from '../event.ts';

export default httpOutput({
  id: 'n8n',
  title: 'n8n',
  summary: 'Sends alerts to a workflow that begins with a webhook.',
  since: '0.2.0',
  stability: 'stable',
  category: 'workflow',
  section: 'n8n',
  config: object({
    address: secretOr('', 'URL of the webhook, e.g. http://n8n:5678/webhook/....'),
    user: textOr('', 'User for basic authentication.'),
    password: secretOr('', 'Password for basic authentication.'),
    headerauthname: textOr('', 'Header for authentication by a header.'),
    headerauthvalue: secretOr('', 'Its value.'),
  }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: singly,
  prepare({ user, password, headerauthname, headerauthvalue }) {
    const byUser = user === '' || password === '' ? {} : { authorization: basic(user, password) };
    const byHeader = headerauthname === '' || headerauthvalue === '' ? {} : { [headerauthname]: headerauthvalue };
    return { ...jsonType, ...byUser, ...customHeaders(byHeader) };
  },
  request: ({ address }, [notice], headers) => ({ method: 'POST', url: address, headers, body: jsonValue(notice!) }),
  examples: [
    {
      title: 'With authentication by a header',
      config: {
        address: '{url}/webhook/3f1c8c7a-0d1b',
        headerauthname: 'X-Saker-Key',
        headerauthvalue: '0123456789abcdef',
      },
      expect: [
        {
          method: 'POST',
          path: '/webhook/3f1c8c7a-0d1b',
          headers: { 'content-type': 'application/json; charset=utf-8', 'x-saker-key': '0123456789abcdef' },
          body: '{json}',
        },
      ],
    },
  ],
});
