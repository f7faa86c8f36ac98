import type { Notice } from '../../model/notice.ts';
import { flag, object } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { iconUrl, messageFormat, messageTemplate, outputFormat, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { clean, cut, limitRows, type RowLimits, rowsOf } from '../fields.ts';
import { priorityLooks } from '../priority-looks.ts';

/** Characters of a message: https://www.zoho.com/cliq/help/restapi/v2/#post_message */
const textLength = 5000;
const limits: RowLimits = { rows: 50, nameLength: 200, valueLength: 1000, totalLength: 8000 };

/** Marks of formatting can't be escaped: they are parted from what follows. So are those that call people. */
function plain(text: string): string {
  return text.replace(/[*_~`@{[#!]/g, '$&\u200b');
}

function slidesOf(notice: Notice, outputFormat: 'all' | 'text' | 'fields', text: string): unknown[] {
  const rows = limitRows(rowsOf(notice), limits, plain).map(({ name, value }) => ({ field: name, value }));
  return [
    ...(outputFormat === 'fields' ? [] : [{ type: 'text', data: text }]),
    ...(outputFormat === 'text' ? [] : [{ type: 'table', title: '', data: { headers: ['field', 'value'], rows } }]),
  ];
}

export default httpOutput({
  id: 'zoho-cliq',
  title: 'Zoho Cliq',
  summary: 'Posts alerts to a Zoho Cliq channel.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'cliq',
  config: object({
    webhookurl: webhookUrl('Zoho Cliq, with its token (https://cliq.zoho.com/api/v2/channelsbyname/...?zapikey=...)'),
    icon: iconUrl(),
    useemoji: flag(false, 'Shows an emoji for the priority before the text.'),
    outputformat: outputFormat(),
    messageformat: messageFormat(),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ messageformat }, context) => messageTemplate(messageformat, context, plain),
  request({ webhookurl, icon, useemoji, outputformat }, [notice], template) {
    const output = cut(plain(clean(notice!.output)), textLength);
    const message = template === undefined ? cut(plain(clean(notice!.rule)), 500) : cut(template(notice!), textLength);
    const body = {
      text: `${useemoji ? `${priorityLooks[notice!.priority].emoji} ` : ''}${message}`,
      bot: { name: 'Saker', ...(icon === '' ? {} : { image: icon }) },
      slides: slidesOf(notice!, outputformat, output),
    };
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'To a channel',
      config: {
        webhookurl: '{url}/api/v2/channelsbyname/security/message?zapikey=1001.abcdef012345',
        icon: 'https://example.com/icon.png',
        useemoji: true,
      },
      expect: [
        {
          method: 'POST',
          path: '/api/v2/channelsbyname/security/message?zapikey=1001.abcdef012345',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            text: '🔔 Terminal shell in container',
            bot: { name: 'Saker', image: 'https://example.com/icon.png' },
            slides: [
              { type: 'text', data: 'A shell was spawned in a container (user=root command=sh -c "id")' },
              {
                type: 'table',
                title: '',
                data: {
                  headers: ['field', 'value'],
                  rows: [
                    { field: 'rule', value: 'Terminal shell in container' },
                    { field: 'priority', value: 'Notice' },
                    { field: 'source', value: 'syscall' },
                    { field: 'hostname', value: 'web-1' },
                    { field: 'container.id', value: '3ad7b26ded6d' },
                    { field: 'container.image.repository', value: 'docker.io/library/nginx' },
                    { field: 'container.name', value: 'web' },
                    { field: 'evt.time', value: '1795238965123456789' },
                    { field: 'k8s.ns.name', value: 'shop' },
                    { field: 'k8s.pod.name', value: 'web-7f9c' },
                    { field: 'proc.cmdline', value: 'sh -c "id"' },
                    { field: 'proc.name', value: 'sh' },
                    { field: 'proc.pid', value: '4242' },
                    { field: 'proc.tty', value: '34816' },
                    { field: 'user.name', value: 'root' },
                    { field: 'tags', value: 'T1059, container, mitre_\u200bexecution' },
                    { field: 'time', value: '2026-11-21T05:29:25.123456789Z' },
                  ],
                },
              },
            ],
          },
          answer: { status: 204 },
        },
      ],
    },
  ],
});
