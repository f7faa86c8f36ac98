import { object, secretMap, secretOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { customHeaders } from '../../transport/headers.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { clean, cut } from '../fields.ts';

export default httpOutput({
  id: 'grafana-oncall',
  title: 'Grafana OnCall',
  summary: 'Calls people by Grafana OnCall.',
  since: '0.2.0',
  stability: 'stable',
  category: 'alerting',
  section: 'grafanaoncall',
  config: object({
    webhookurl: secretOr('', 'URL of an integration of the kind "formatted webhook".'),
    customheaders: secretMap('Headers to add.'),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ customheaders }) => ({ 'content-type': 'application/json', ...customHeaders(customheaders) }),
  request({ webhookurl }, [notice], headers) {
    const body = {
      // One with the same id is no second alert.
      alert_uid: notice!.uuid,
      state: 'alerting',
      title: cut(`[${notice!.priority}] ${clean(notice!.rule)}`, 300),
      message: cut(clean(notice!.output), 20_000),
    };
    return { method: 'POST', url: webhookurl, headers, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'To an integration',
      config: { webhookurl: '{url}/oncall/integrations/v1/formatted_webhook/m12xmIjOcgwH74UF8CN4dk0Dh/' },
      expect: [
        {
          method: 'POST',
          path: '/oncall/integrations/v1/formatted_webhook/m12xmIjOcgwH74UF8CN4dk0Dh/',
          headers: { 'content-type': 'application/json' },
          json: {
            alert_uid: '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
            state: 'alerting',
            title: '[Notice] Terminal shell in container',
            message: 'A shell was spawned in a container (user=root command=sh -c "id")',
          },
          answer: { status: 200, body: 'Ok.' },
        },
      ],
    },
  ],
});
