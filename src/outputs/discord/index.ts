import type { Notice } from '../../model/notice.ts';
import { object } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { iconUrl, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { markdown } from '../escapes.ts';
import { clean, escapeWithin, limitRows, type RowLimits, rowsOf } from '../fields.ts';
import { colourNumber, priorityLooks } from '../priority-looks.ts';

// Limits of https://discord.com/developers/docs/resources/message#embed-object-embed-limits: 256 a title, 4096 a
// description, 25 fields of 256 and 1024, 6000 in all.
const titleLength = 256;
const textLength = 1700;
const limits: RowLimits = { rows: 25, nameLength: 256, valueLength: 1000, totalLength: 3900 };

function embedOf(notice: Notice) {
  const title = `${priorityLooks[notice.priority].emoji} ${clean(notice.rule).replaceAll('\n', ' ')}`;
  const rows = limitRows(rowsOf(notice).slice(1), limits, markdown);
  return {
    title: escapeWithin(title, titleLength, markdown),
    description: escapeWithin(clean(notice.output), textLength, markdown),
    color: colourNumber(notice.priority),
    timestamp: `${notice.timeText.slice(0, 23)}Z`,
    fields: rows.map(({ name, value }) => ({ name, value, inline: true })),
  };
}

/** The address with the query that makes the server answer only when the message is stored, and tell of errors. */
function waiting(webhookUrl: string): string {
  return `${webhookUrl}${webhookUrl.includes('?') ? '&' : '?'}wait=true`;
}

export default httpOutput({
  id: 'discord',
  title: 'Discord',
  summary: 'Posts alerts to a Discord channel.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'discord',
  config: object({
    webhookurl: webhookUrl('Discord (https://discord.com/api/webhooks/...)'),
    icon: iconUrl(),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  request({ webhookurl, icon }, [notice]) {
    const body = {
      ...(icon === '' ? {} : { avatar_url: icon }),
      embeds: [embedOf(notice!)],
      // Nobody is called by what an attacker writes.
      allowed_mentions: { parse: [] },
    };
    return { method: 'POST', url: waiting(webhookurl), headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'To the channel of the webhook',
      config: { webhookurl: '{url}/api/webhooks/9876543210/AbCdEfGhIj', icon: 'https://example.com/icon.png' },
      expect: [
        {
          method: 'POST',
          path: '/api/webhooks/9876543210/AbCdEfGhIj?wait=true',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            avatar_url: 'https://example.com/icon.png',
            embeds: [
              {
                title: '🔔 Terminal shell in container',
                description: 'A shell was spawned in a container (user=root command=sh -c "id")',
                color: 0x43aa8b,
                timestamp: '2026-11-21T05:29:25.123Z',
                fields: [
                  { name: 'priority', value: 'Notice', inline: true },
                  { name: 'source', value: 'syscall', inline: true },
                  { name: 'hostname', value: 'web-1', inline: true },
                  { name: 'container.id', value: '3ad7b26ded6d', inline: true },
                  { name: 'container.image.repository', value: 'docker.io/library/nginx', inline: true },
                  { name: 'container.name', value: 'web', inline: true },
                  { name: 'evt.time', value: '1795238965123456789', inline: true },
                  { name: 'k8s.ns.name', value: 'shop', inline: true },
                  { name: 'k8s.pod.name', value: 'web-7f9c', inline: true },
                  { name: 'proc.cmdline', value: 'sh -c "id"', inline: true },
                  { name: 'proc.name', value: 'sh', inline: true },
                  { name: 'proc.pid', value: '4242', inline: true },
                  { name: 'proc.tty', value: '34816', inline: true },
                  { name: 'user.name', value: 'root', inline: true },
                  { name: 'tags', value: 'T1059, container, mitre\\_execution', inline: true },
                  { name: 'time', value: '2026-11-21T05:29:25.123456789Z', inline: true },
                ],
              },
            ],
            allowed_mentions: { parse: [] },
          },
          answer: { status: 200, body: '{}' },
        },
      ],
    },
  ],
});
