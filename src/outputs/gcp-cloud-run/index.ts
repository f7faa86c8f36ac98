import { jsonValue } from '../../model/notice-json.ts';
import { object, secretOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';

export default httpOutput({
  id: 'gcp-cloud-run',
  title: 'GCP Cloud Run',
  summary: 'Posts each alert to a service.',
  since: '0.2.0',
  stability: 'stable',
  category: 'function',
  section: 'gcp.cloudrun',
  config: object({
    endpoint: secretOr('', 'Address of the service.'),
    jwt: secretOr('', 'Token that the service asks for.'),
  }),
  carriesJson: true,
  isEnabled: ({ endpoint }) => endpoint !== '',
  batch: singly,
  request: ({ endpoint, jwt }, [notice]) => ({
    method: 'POST',
    url: endpoint,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(jwt === '' ? {} : { authorization: `Bearer ${jwt}` }),
    },
    body: jsonValue(notice!),
  }),
  examples: [
    {
      title: 'A service that asks for a token',
      config: { endpoint: '{url}/alerts', jwt: 'eyJhbGciOiJIUzI1NiJ9.e30.example' },
      expect: [
        {
          method: 'POST',
          path: '/alerts',
          headers: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.e30.example' },
          body: '{json}',
        },
      ],
    },
  ],
});
