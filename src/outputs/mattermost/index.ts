import { object, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { attachmentOf } from '../attachment.ts';
import { iconUrl, messageFormat, messageTemplate, outputFormat, senderName, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { markdown } from '../escapes.ts';
import { cut } from '../fields.ts';

/** Characters of a post: https://developers.mattermost.com/integrate/webhooks/incoming/ */
const textLength = 16_383;

export default httpOutput({
  id: 'mattermost',
  title: 'Mattermost',
  summary: 'Posts alerts to a Mattermost channel.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'mattermost',
  config: object({
    webhookurl: webhookUrl('Mattermost (https://chat.example.com/hooks/...)'),
    footer: textOr('', 'Text at the end.'),
    icon: iconUrl(),
    username: senderName(),
    outputformat: outputFormat(),
    messageformat: messageFormat(),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ messageformat }, context) => messageTemplate(messageformat, context, markdown),
  request({ webhookurl, footer, icon, username, outputformat }, [notice], template) {
    const body = {
      ...(username === '' ? {} : { username }),
      ...(icon === '' ? {} : { icon_url: icon }),
      ...(template === undefined ? {} : { text: cut(template(notice!), textLength) }),
      attachments: [attachmentOf(notice!, { outputFormat: outputformat, footer, escape: markdown })],
    };
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'Output with a footer',
      config: { webhookurl: '{url}/hooks/xxx4generatedkeyxxx', footer: 'by Saker', outputformat: 'text' },
      expect: [
        {
          method: 'POST',
          path: '/hooks/xxx4generatedkeyxxx',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            username: 'Saker',
            attachments: [
              {
                fallback: 'A shell was spawned in a container (user=root command=sh -c "id")',
                color: '#43aa8b',
                text: 'A shell was spawned in a container (user=root command=sh -c "id")',
                footer: 'by Saker',
              },
            ],
          },
          answer: { status: 200, body: 'ok' },
        },
      ],
    },
  ],
});
