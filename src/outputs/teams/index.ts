import { choice, object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { classifyAnswer, excerpt } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { adaptiveCard, messageCard } from './cards.ts';

export default httpOutput({
  id: 'teams',
  title: 'Microsoft Teams',
  summary: 'Posts alerts to a Microsoft Teams channel.',
  description:
    'Connectors, which take message cards, are being switched off by Microsoft. For a webhook of the app Workflows set `format: adaptivecard`.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'teams',
  config: object({
    webhookurl: webhookUrl('the connector or the workflow'),
    activityimage: textOr('', 'URL of the picture of a message card.'),
    outputformat: choice(['all', 'text', 'facts'], 'all', 'What is shown: the output, the fields or both.'),
    format: choice(
      ['messagecard', 'adaptivecard'],
      'messagecard',
      'How it is shown: as a legacy message card of connectors, or as an Adaptive Card, which Workflows takes.',
    ),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  request({ webhookurl, activityimage, outputformat, format }, [notice]) {
    const card =
      format === 'adaptivecard'
        ? adaptiveCard(notice!, outputformat)
        : messageCard(notice!, outputformat, activityimage);
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify(card) };
  },
  classify(answer) {
    // Connectors answer 200 also when Teams has refused, with the status in the text.
    const text = excerpt(answer);
    if (answer.status === 200 && text.includes('Webhook message delivery failed')) {
      return { kind: /HTTP error 4(?!29)\d\d/.test(text) ? 'drop' : 'retry', reason: text };
    }
    return classifyAnswer(answer);
  },
  examples: [
    {
      title: 'By a connector, as Falcosidekick posts',
      config: { webhookurl: '{url}/webhookb2/6a1b2c3d/IncomingWebhook/0011223344', outputformat: 'text' },
      expect: [
        {
          method: 'POST',
          path: '/webhookb2/6a1b2c3d/IncomingWebhook/0011223344',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            '@type': 'MessageCard',
            '@context': 'https://schema.org/extensions',
            themeColor: '43aa8b',
            summary: 'A shell was spawned in a container (user=root command=sh -c "id")',
            sections: [
              {
                activityTitle: 'Terminal shell in container',
                activitySubtitle: '2026-11-21T05:29:25.123456789Z',
                text: 'A shell was spawned in a container (user=root command=sh -c "id")',
                markdown: true,
              },
            ],
          },
          answer: { status: 200, body: '1' },
        },
      ],
    },
    {
      title: 'Fields only, with a picture',
      config: {
        webhookurl: '{url}/webhookb2/6a1b2c3d/IncomingWebhook/0011223344',
        outputformat: 'facts',
        activityimage: 'https://example.com/icon.png',
      },
      expect: [
        {
          method: 'POST',
          path: '/webhookb2/6a1b2c3d/IncomingWebhook/0011223344',
          json: {
            '@type': 'MessageCard',
            '@context': 'https://schema.org/extensions',
            themeColor: '43aa8b',
            summary: 'A shell was spawned in a container (user=root command=sh -c "id")',
            sections: [
              {
                activityTitle: 'Terminal shell in container',
                activitySubtitle: '2026-11-21T05:29:25.123456789Z',
                activityImage: 'https://example.com/icon.png',
                facts: [
                  { name: 'rule', value: 'Terminal shell in container' },
                  { name: 'priority', value: 'Notice' },
                  { name: 'source', value: 'syscall' },
                  { name: 'hostname', value: 'web-1' },
                  { name: 'container.id', value: '3ad7b26ded6d' },
                  { name: 'container.image.repository', value: 'docker.io/library/nginx' },
                  { name: 'container.name', value: 'web' },
                  { name: 'evt.time', value: '1795238965123456789' },
                  { name: 'k8s.ns.name', value: 'shop' },
                  { name: 'k8s.pod.name', value: 'web-7f9c' },
                  { name: 'proc.cmdline', value: 'sh -c "id"' },
                  { name: 'proc.name', value: 'sh' },
                  { name: 'proc.pid', value: '4242' },
                  { name: 'proc.tty', value: '34816' },
                  { name: 'user.name', value: 'root' },
                  { name: 'tags', value: 'T1059, container, mitre\\_execution' },
                  { name: 'time', value: '2026-11-21T05:29:25.123456789Z' },
                ],
                markdown: true,
              },
            ],
          },
          answer: { status: 200, body: '1' },
        },
      ],
    },
    {
      title: 'By a workflow, as an Adaptive Card',
      config: {
        webhookurl: '{url}/workflows/0011223344/triggers/manual/paths/invoke?sig=abcdefgh',
        format: 'adaptivecard',
      },
      expect: [
        {
          method: 'POST',
          path: '/workflows/0011223344/triggers/manual/paths/invoke?sig=abcdefgh',
          json: {
            type: 'message',
            attachments: [
              {
                contentType: 'application/vnd.microsoft.card.adaptive',
                contentUrl: null,
                content: {
                  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
                  type: 'AdaptiveCard',
                  version: '1.2',
                  msteams: { width: 'Full' },
                  body: [
                    {
                      type: 'TextBlock',
                      text: '🔔 Terminal shell in container',
                      size: 'Large',
                      weight: 'Bolder',
                      color: 'accent',
                      wrap: true,
                    },
                    {
                      type: 'TextBlock',
                      text: 'A shell was spawned in a container (user=root command=sh -c "id")',
                      wrap: true,
                    },
                    {
                      type: 'FactSet',
                      facts: [
                        { title: 'rule', value: 'Terminal shell in container' },
                        { title: 'priority', value: 'Notice' },
                        { title: 'source', value: 'syscall' },
                        { title: 'hostname', value: 'web-1' },
                        { title: 'container.id', value: '3ad7b26ded6d' },
                        { title: 'container.image.repository', value: 'docker.io/library/nginx' },
                        { title: 'container.name', value: 'web' },
                        { title: 'evt.time', value: '1795238965123456789' },
                        { title: 'k8s.ns.name', value: 'shop' },
                        { title: 'k8s.pod.name', value: 'web-7f9c' },
                        { title: 'proc.cmdline', value: 'sh -c "id"' },
                        { title: 'proc.name', value: 'sh' },
                        { title: 'proc.pid', value: '4242' },
                        { title: 'proc.tty', value: '34816' },
                        { title: 'user.name', value: 'root' },
                        { title: 'tags', value: 'T1059, container, mitre\\_execution' },
                        { title: 'time', value: '2026-11-21T05:29:25.123456789Z' },
                      ],
                    },
                  ],
                },
              },
            ],
          },
          answer: { status: 202 },
        },
      ],
    },
  ],
});
