import type { Notice } from '../../model/notice.ts';
import { object } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { markdown } from '../escapes.ts';
import { clean, cutBytes, escapeWithin, limitRows, rowsOf } from '../fields.ts';
import { priorityLooks } from '../priority-looks.ts';

/** Bytes of a message: https://developer.webex.com/docs/api/v1/messages/create-a-message */
const mostBytes = 7439;

function textOf(notice: Notice): string {
  const { emoji } = priorityLooks[notice.priority];
  const title = `**${emoji} ${escapeWithin(clean(notice.rule).replaceAll('\n', ' '), 200, markdown)}**`;
  const text = escapeWithin(clean(notice.output), 1500, markdown);
  const limits = { rows: 100, nameLength: 100, valueLength: 500, totalLength: 2500 };
  const rows = limitRows(rowsOf(notice).slice(1), limits, (item) => markdown(item.replaceAll('\n', ' ')));
  const whole = `${title}\n\n${text}\n\n${rows.map(({ name, value }) => `- **${name}**: ${value}`).join('\n')}`;
  return cutBytes(whole, mostBytes);
}

export default httpOutput({
  id: 'webex',
  title: 'Webex',
  summary: 'Posts alerts to a Webex space.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'webex',
  config: object({ webhookurl: webhookUrl('Webex (https://webexapis.com/v1/webhooks/incoming/...)') }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  request({ webhookurl }, [notice]) {
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify({ markdown: textOf(notice!) }) };
  },
  examples: [
    {
      title: 'To the space of the webhook',
      config: { webhookurl: '{url}/v1/webhooks/incoming/Y2lzY29zcGFyazovL3Vz' },
      expect: [
        {
          method: 'POST',
          path: '/v1/webhooks/incoming/Y2lzY29zcGFyazovL3Vz',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            markdown: [
              '**🔔 Terminal shell in container**',
              '',
              'A shell was spawned in a container (user=root command=sh -c "id")',
              '',
              '- **priority**: Notice',
              '- **source**: syscall',
              '- **hostname**: web-1',
              '- **container.id**: 3ad7b26ded6d',
              '- **container.image.repository**: docker.io/library/nginx',
              '- **container.name**: web',
              '- **evt.time**: 1795238965123456789',
              '- **k8s.ns.name**: shop',
              '- **k8s.pod.name**: web-7f9c',
              '- **proc.cmdline**: sh -c "id"',
              '- **proc.name**: sh',
              '- **proc.pid**: 4242',
              '- **proc.tty**: 34816',
              '- **user.name**: root',
              '- **tags**: T1059, container, mitre\\_execution',
              '- **time**: 2026-11-21T05:29:25.123456789Z',
            ].join('\n'),
          },
          answer: { status: 204 },
        },
      ],
    },
  ],
});
