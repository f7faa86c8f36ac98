import { choice, object } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { messageFormat, messageTemplate, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { clean, cut } from '../fields.ts';
import { cards, cardsV2 } from './cards.ts';

const textLength = 3000;

/** Text can't be escaped: characters that would be markup or call people are parted from what follows. */
function plain(text: string): string {
  return text.replace(/[<*_~`]/g, '$&\u200b');
}

export default httpOutput({
  id: 'google-chat',
  title: 'Google Chat',
  summary: 'Posts alerts to a Google Chat space.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'googlechat',
  config: object({
    webhookurl: webhookUrl('Google Chat (https://chat.googleapis.com/v1/spaces/...)'),
    outputformat: choice(['all', 'text'], 'all', 'What is shown: the output and the fields, or the output.'),
    messageformat: messageFormat(),
    format: choice(['cards', 'cardsv2'], 'cards', 'How fields are shown: on a legacy card, or on one of today.'),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ messageformat }, context) => messageTemplate(messageformat, context, plain),
  request({ webhookurl, outputformat, format }, [notice], template) {
    const text = cut(template === undefined ? plain(clean(notice!.output)) : template(notice!), textLength);
    const card = format === 'cardsv2' ? { cardsV2: cardsV2(notice!) } : { cards: cards(notice!) };
    const body = JSON.stringify({ text, ...(outputformat === 'text' ? {} : card) });
    // A message with a request's id is made once, however often it is sent.
    const url = `${webhookurl}${webhookurl.includes('?') ? '&' : '?'}requestId=${notice!.uuid}`;
    return { method: 'POST', url, headers: jsonType, body };
  },
  examples: [
    {
      title: 'Text only',
      config: { webhookurl: '{url}/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123', outputformat: 'text' },
      expect: [
        {
          method: 'POST',
          path: '/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123&requestId=6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: { text: 'A shell was spawned in a container (user=root command=sh -c "id")' },
          answer: { status: 200, body: '{}' },
        },
      ],
    },
    {
      title: 'As Falcosidekick posts, with a text of your own',
      config: {
        webhookurl: '{url}/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123',
        messageformat: 'Alert on {{ .Hostname }}',
      },
      expect: [
        {
          method: 'POST',
          path: '/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123&requestId=6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
          json: {
            text: 'Alert on web-1',
            cards: [
              {
                sections: [
                  {
                    widgets: [
                      { keyValue: { topLabel: 'rule', content: 'Terminal shell in container' } },
                      { keyValue: { topLabel: 'priority', content: 'Notice' } },
                      { keyValue: { topLabel: 'source', content: 'syscall' } },
                      { keyValue: { topLabel: 'hostname', content: 'web-1' } },
                      { keyValue: { topLabel: 'container.id', content: '3ad7b26ded6d' } },
                      { keyValue: { topLabel: 'container.image.repository', content: 'docker.io/library/nginx' } },
                      { keyValue: { topLabel: 'container.name', content: 'web' } },
                      { keyValue: { topLabel: 'evt.time', content: '1795238965123456789' } },
                      { keyValue: { topLabel: 'k8s.ns.name', content: 'shop' } },
                      { keyValue: { topLabel: 'k8s.pod.name', content: 'web-7f9c' } },
                      { keyValue: { topLabel: 'proc.cmdline', content: 'sh -c &quot;id&quot;' } },
                      { keyValue: { topLabel: 'proc.name', content: 'sh' } },
                      { keyValue: { topLabel: 'proc.pid', content: '4242' } },
                      { keyValue: { topLabel: 'proc.tty', content: '34816' } },
                      { keyValue: { topLabel: 'user.name', content: 'root' } },
                      { keyValue: { topLabel: 'tags', content: 'T1059, container, mitre_execution' } },
                      { keyValue: { topLabel: 'time', content: '2026-11-21T05:29:25.123456789Z' } },
                    ],
                  },
                ],
              },
            ],
          },
          answer: { status: 200, body: '{}' },
        },
      ],
    },
    {
      title: 'With the fields on a card of today',
      config: { webhookurl: '{url}/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123', format: 'cardsv2' },
      expect: [
        {
          method: 'POST',
          path: '/v1/spaces/AAAA/messages?key=AIzaSyD1&token=kOrAnGe0123&requestId=6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
          json: {
            text: 'A shell was spawned in a container (user=root command=sh -c "id")',
            cardsV2: [
              {
                cardId: '6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8e',
                card: {
                  header: { title: 'Terminal shell in container', subtitle: 'Notice' },
                  sections: [
                    {
                      widgets: [
                        { decoratedText: { topLabel: 'rule', text: 'Terminal shell in container', wrapText: true } },
                        { decoratedText: { topLabel: 'priority', text: 'Notice', wrapText: true } },
                        { decoratedText: { topLabel: 'source', text: 'syscall', wrapText: true } },
                        { decoratedText: { topLabel: 'hostname', text: 'web-1', wrapText: true } },
                        { decoratedText: { topLabel: 'container.id', text: '3ad7b26ded6d', wrapText: true } },
                        {
                          decoratedText: {
                            topLabel: 'container.image.repository',
                            text: 'docker.io/library/nginx',
                            wrapText: true,
                          },
                        },
                        { decoratedText: { topLabel: 'container.name', text: 'web', wrapText: true } },
                        { decoratedText: { topLabel: 'evt.time', text: '1795238965123456789', wrapText: true } },
                        { decoratedText: { topLabel: 'k8s.ns.name', text: 'shop', wrapText: true } },
                        { decoratedText: { topLabel: 'k8s.pod.name', text: 'web-7f9c', wrapText: true } },
                        { decoratedText: { topLabel: 'proc.cmdline', text: 'sh -c &quot;id&quot;', wrapText: true } },
                        { decoratedText: { topLabel: 'proc.name', text: 'sh', wrapText: true } },
                        { decoratedText: { topLabel: 'proc.pid', text: '4242', wrapText: true } },
                        { decoratedText: { topLabel: 'proc.tty', text: '34816', wrapText: true } },
                        { decoratedText: { topLabel: 'user.name', text: 'root', wrapText: true } },
                        {
                          decoratedText: {
                            topLabel: 'tags',
                            text: 'T1059, container, mitre_execution',
                            wrapText: true,
                          },
                        },
                        { decoratedText: { topLabel: 'time', text: '2026-11-21T05:29:25.123456789Z', wrapText: true } },
                      ],
                    },
                  ],
                },
              },
            ],
          },
          answer: { status: 200, body: '{}' },
        },
      ],
    },
  ],
});
