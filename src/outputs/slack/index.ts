import { choice, object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { attachmentOf } from '../attachment.ts';
import { iconUrl, messageFormat, messageTemplate, outputFormat, senderName, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { slackText } from '../escapes.ts';
import { clean, cut } from '../fields.ts';
import { blocksOf } from './blocks.ts';

/** Characters of a message's text: https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
const textLength = 40_000;

export default httpOutput({
  id: 'slack',
  title: 'Slack',
  summary: 'Posts alerts to a Slack channel.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'slack',
  config: object({
    webhookurl: webhookUrl('Slack (https://hooks.slack.com/services/...)'),
    channel: textOr('', 'Channel to post to; only legacy webhooks heed it.'),
    footer: textOr('', 'Text at the end.'),
    icon: iconUrl(),
    username: senderName(),
    outputformat: outputFormat(),
    messageformat: messageFormat(),
    format: choice(
      ['attachments', 'blocks'],
      'attachments',
      "How it is shown: as a legacy attachment, or in Slack's blocks.",
    ),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ messageformat }, context) => messageTemplate(messageformat, context, slackText),
  request({ webhookurl, channel, footer, icon, username, outputformat, format }, [notice], template) {
    const message = template === undefined ? undefined : cut(template(notice!), textLength);
    const sender = {
      ...(username === '' ? {} : { username }),
      ...(icon === '' ? {} : { icon_url: icon }),
      ...(channel === '' ? {} : { channel }),
    };
    const body =
      format === 'blocks'
        ? {
            ...sender,
            // What notifications show, where blocks can't be.
            text: message ?? slackText(cut(clean(notice!.output), 1000)),
            blocks: [
              ...(message === undefined
                ? []
                : [{ type: 'section', text: { type: 'mrkdwn', text: cut(message, 3000) } }]),
              ...blocksOf(notice!, outputformat, footer),
            ],
          }
        : {
            ...sender,
            ...(message === undefined ? {} : { text: message }),
            attachments: [attachmentOf(notice!, { outputFormat: outputformat, footer, escape: slackText })],
          };
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'As Falcosidekick posts',
      config: {
        webhookurl: '{url}/services/T0000/B0000/XXXXXXXX',
        channel: '#security',
        footer: 'https://example.com',
      },
      expect: [
        {
          method: 'POST',
          path: '/services/T0000/B0000/XXXXXXXX',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            username: 'Saker',
            channel: '#security',
            attachments: [
              {
                fallback: 'A shell was spawned in a container (user=root command=sh -c "id")',
                color: '#43aa8b',
                text: 'A shell was spawned in a container (user=root command=sh -c "id")',
                fields: [
                  { title: 'rule', value: 'Terminal shell in container', short: true },
                  { title: 'priority', value: 'Notice', short: true },
                  { title: 'source', value: 'syscall', short: true },
                  { title: 'hostname', value: 'web-1', short: true },
                  { title: 'container.id', value: '3ad7b26ded6d', short: true },
                  { title: 'container.image.repository', value: 'docker.io/library/nginx', short: true },
                  { title: 'container.name', value: 'web', short: true },
                  { title: 'evt.time', value: '1795238965123456789', short: true },
                  { title: 'k8s.ns.name', value: 'shop', short: true },
                  { title: 'k8s.pod.name', value: 'web-7f9c', short: true },
                  { title: 'proc.cmdline', value: 'sh -c "id"', short: true },
                  { title: 'proc.name', value: 'sh', short: true },
                  { title: 'proc.pid', value: '4242', short: true },
                  { title: 'proc.tty', value: '34816', short: true },
                  { title: 'user.name', value: 'root', short: true },
                  { title: 'tags', value: 'T1059, container, mitre_execution', short: true },
                  { title: 'time', value: '2026-11-21T05:29:25.123456789Z', short: true },
                ],
                footer: 'https://example.com',
              },
            ],
          },
          answer: { status: 200, body: 'ok' },
        },
      ],
    },
    {
      title: 'In blocks, with a text of your own',
      config: {
        webhookurl: '{url}/services/T0000/B0000/XXXXXXXX',
        format: 'blocks',
        outputformat: 'text',
        messageformat: '{{ .Rule }} on {{ .Hostname }}',
      },
      expect: [
        {
          method: 'POST',
          path: '/services/T0000/B0000/XXXXXXXX',
          json: {
            username: 'Saker',
            text: 'Terminal shell in container on web-1',
            blocks: [
              { type: 'section', text: { type: 'mrkdwn', text: 'Terminal shell in container on web-1' } },
              { type: 'header', text: { type: 'plain_text', text: '🔔 Terminal shell in container', emoji: true } },
              {
                type: 'section',
                text: {
                  type: 'mrkdwn',
                  text: 'A shell was spawned in a container (user=root command=sh -c "id")',
                  verbatim: true,
                },
              },
            ],
          },
          answer: { status: 200, body: 'ok' },
        },
      ],
    },
    {
      title: 'In blocks, fields only',
      config: {
        webhookurl: '{url}/services/T0000/B0000/XXXXXXXX',
        format: 'blocks',
        outputformat: 'fields',
        username: '',
        footer: 'by Saker',
      },
      expect: [
        {
          method: 'POST',
          path: '/services/T0000/B0000/XXXXXXXX',
          json: {
            text: 'A shell was spawned in a container (user=root command=sh -c "id")',
            blocks: [
              { type: 'header', text: { type: 'plain_text', text: '🔔 Terminal shell in container', emoji: true } },
              {
                type: 'section',
                fields: [
                  { type: 'mrkdwn', text: '*priority*\nNotice', verbatim: true },
                  { type: 'mrkdwn', text: '*source*\nsyscall', verbatim: true },
                  { type: 'mrkdwn', text: '*hostname*\nweb-1', verbatim: true },
                  { type: 'mrkdwn', text: '*container.id*\n3ad7b26ded6d', verbatim: true },
                  { type: 'mrkdwn', text: '*container.image.repository*\ndocker.io/library/nginx', verbatim: true },
                  { type: 'mrkdwn', text: '*container.name*\nweb', verbatim: true },
                  { type: 'mrkdwn', text: '*evt.time*\n1795238965123456789', verbatim: true },
                  { type: 'mrkdwn', text: '*k8s.ns.name*\nshop', verbatim: true },
                  { type: 'mrkdwn', text: '*k8s.pod.name*\nweb-7f9c', verbatim: true },
                  { type: 'mrkdwn', text: '*proc.cmdline*\nsh -c "id"', verbatim: true },
                ],
              },
              {
                type: 'section',
                fields: [
                  { type: 'mrkdwn', text: '*proc.name*\nsh', verbatim: true },
                  { type: 'mrkdwn', text: '*proc.pid*\n4242', verbatim: true },
                  { type: 'mrkdwn', text: '*proc.tty*\n34816', verbatim: true },
                  { type: 'mrkdwn', text: '*user.name*\nroot', verbatim: true },
                  { type: 'mrkdwn', text: '*tags*\nT1059, container, mitre_execution', verbatim: true },
                  { type: 'mrkdwn', text: '*time*\n2026-11-21T05:29:25.123456789Z', verbatim: true },
                ],
              },
              { type: 'context', elements: [{ type: 'mrkdwn', text: 'by Saker', verbatim: true }] },
            ],
          },
          answer: { status: 200, body: 'ok' },
        },
      ],
    },
  ],
});
