import { object } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { attachmentOf } from '../attachment.ts';
import { iconUrl, messageFormat, messageTemplate, outputFormat, senderName, webhookUrl } from '../chat-options.ts';
import { jsonType } from '../event.ts';
import { markdown } from '../escapes.ts';
import { cut } from '../fields.ts';

/** Characters of a message: the server's default of Message_MaxAllowedSize. */
const textLength = 5000;

export default httpOutput({
  id: 'rocketchat',
  title: 'Rocket.Chat',
  summary: 'Posts alerts to a Rocket.Chat channel.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'rocketchat',
  config: object({
    webhookurl: webhookUrl('Rocket.Chat (https://chat.example.com/hooks/...)'),
    icon: iconUrl(),
    username: senderName(),
    outputformat: outputFormat(),
    messageformat: messageFormat(),
  }),
  isEnabled: ({ webhookurl }) => webhookurl !== '',
  batch: singly,
  prepare: ({ messageformat }, context) => messageTemplate(messageformat, context, markdown),
  request({ webhookurl, icon, username, outputformat }, [notice], template) {
    const body = {
      ...(username === '' ? {} : { username }),
      ...(icon === '' ? {} : { icon_url: icon }),
      ...(template === undefined ? {} : { text: cut(template(notice!), textLength) }),
      attachments: [attachmentOf(notice!, { outputFormat: outputformat, escape: markdown })],
    };
    return { method: 'POST', url: webhookurl, headers: jsonType, body: JSON.stringify(body) };
  },
  examples: [
    {
      title: 'Output and a text of your own',
      config: {
        webhookurl: '{url}/hooks/64f0a1b2c3d4/s3cr3tt0ken',
        icon: 'https://example.com/icon.png',
        outputformat: 'text',
        messageformat: 'Alert on {{ .Hostname }}',
      },
      expect: [
        {
          method: 'POST',
          path: '/hooks/64f0a1b2c3d4/s3cr3tt0ken',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            username: 'Saker',
            icon_url: 'https://example.com/icon.png',
            text: 'Alert on web-1',
            attachments: [
              {
                fallback: 'A shell was spawned in a container (user=root command=sh -c "id")',
                color: '#43aa8b',
                text: 'A shell was spawned in a container (user=root command=sh -c "id")',
              },
            ],
          },
          answer: { status: 200, body: '{"success":true}' },
        },
      ],
    },
  ],
});
