import { object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { jsonType } from '../event.ts';

export default httpOutput({
  id: 'talon',
  title: 'Falco Talon',
  summary: 'Sends alerts to Falco Talon, which acts on them.',
  since: '0.2.0',
  stability: 'stable',
  category: 'other',
  section: 'talon',
  config: object({ address: textOr('', 'Address of Falco Talon, e.g. http://falco-talon:2803.') }),
  carriesJson: true,
  isEnabled: ({ address }) => address !== '',
  batch: singly,
  request: ({ address }, [notice]) => ({ method: 'POST', url: address, headers: jsonType, body: jsonValue(notice!) }),
  examples: [
    {
      title: 'One alert',
      config: { address: '{url}/' },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: '{json}',
          answer: { status: 200 },
        },
      ],
    },
  ],
});
