import { object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonValue } from '../../model/notice-json.ts';
import { jsonType } from '../event.ts';

export default httpOutput({
  id: 'tekton',
  title: 'Tekton',
  summary: 'Starts Tekton pipelines, by an event listener.',
  since: '0.2.0',
  stability: 'stable',
  category: 'workflow',
  section: 'tekton',
  config: object({
    eventlistener: textOr('', 'URL of the event listener, e.g. http://el-alerts.default.svc.cluster.local:8080.'),
  }),
  carriesJson: true,
  isEnabled: ({ eventlistener }) => eventlistener !== '',
  batch: singly,
  request: ({ eventlistener }, [notice]) => ({
    method: 'POST',
    url: eventlistener,
    headers: jsonType,
    body: jsonValue(notice!),
  }),
  examples: [
    {
      title: 'One alert',
      config: { eventlistener: '{url}/' },
      expect: [
        {
          method: 'POST',
          path: '/',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: '{json}',
          answer: { status: 202 },
        },
      ],
    },
  ],
});
