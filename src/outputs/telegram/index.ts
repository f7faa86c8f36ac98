import type { Notice } from '../../model/notice.ts';
import { object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import type { HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer, longestWaitMs } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { jsonType } from '../event.ts';
import { telegramMarkdown } from '../escapes.ts';
import { clean, escapeWithin, limitRows, type RowLimits, rowsOf } from '../fields.ts';
import { priorityLooks } from '../priority-looks.ts';

// 4096 characters a message: https://core.telegram.org/bots/api#sendmessage
const textLength = 1500;
const limits: RowLimits = { rows: 60, nameLength: 100, valueLength: 400, totalLength: 1900 };

function textOf(notice: Notice): string {
  const { emoji } = priorityLooks[notice.priority];
  const rows = limitRows(rowsOf(notice).slice(1), limits, telegramMarkdown);
  return [
    `*${emoji} ${escapeWithin(clean(notice.rule).replaceAll('\n', ' '), 200, telegramMarkdown)}*`,
    '',
    escapeWithin(clean(notice.output), textLength, telegramMarkdown),
    '',
    ...rows.map(({ name, value }) => `*${name}*: ${value}`),
  ].join('\n');
}

/** Seconds to wait, which the server tells in the body: https://core.telegram.org/bots/api#responseparameters */
function retryAfterOf(answer: HttpAnswer): number | undefined {
  const found = /"retry_after"\s*:\s*(\d{1,9})/.exec(answer.body.toString('utf8'));
  return found === null ? undefined : Math.min(Number(found[1]) * 1000, longestWaitMs);
}

export default httpOutput({
  id: 'telegram',
  title: 'Telegram',
  summary: 'Sends alerts to a Telegram chat, by a bot.',
  since: '0.2.0',
  stability: 'stable',
  category: 'chat',
  section: 'telegram',
  config: object({
    host: textOr('https://api.telegram.org', 'Address of the Bot API.'),
    token: secretOr('', "The bot's token."),
    chatid: textOr('', 'Id of the chat, or the name of a channel with an `@` before it.'),
    messagethreadid: textOr('', 'Id of a topic in the chat.'),
  }),
  isEnabled: ({ token, chatid }) => token !== '' && chatid !== '',
  batch: singly,
  prepare({ messagethreadid }) {
    if (!/^\d*$/.test(messagethreadid)) throw new Error(`messagethreadid is '${messagethreadid}', expected a number`);
  },
  request({ host, token, chatid, messagethreadid }, [notice]) {
    const body = {
      chat_id: chatid,
      ...(messagethreadid === '' ? {} : { message_thread_id: Number(messagethreadid) }),
      text: textOf(notice!),
      parse_mode: 'MarkdownV2',
      link_preview_options: { is_disabled: true },
    };
    const url = `${host.replace(/\/+$/, '')}/bot${token}/sendMessage`;
    return { method: 'POST', url, headers: jsonType, body: JSON.stringify(body) };
  },
  classify(answer) {
    const outcome = classifyAnswer(answer);
    const afterMs = retryAfterOf(answer);
    return outcome.kind === 'retry' && afterMs !== undefined ? { ...outcome, afterMs } : outcome;
  },
  examples: [
    {
      title: 'To a topic of a chat',
      config: { host: '{url}', token: '123456:ABC-DEF1234ghIkl', chatid: '-1001234567890', messagethreadid: '7' },
      expect: [
        {
          method: 'POST',
          path: '/bot123456:ABC-DEF1234ghIkl/sendMessage',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          json: {
            chat_id: '-1001234567890',
            message_thread_id: 7,
            text: [
              '*🔔 Terminal shell in container*',
              '',
              'A shell was spawned in a container \\(user\\=root command\\=sh \\-c "id"\\)',
              '',
              '*priority*: Notice',
              '*source*: syscall',
              '*hostname*: web\\-1',
              '*container\\.id*: 3ad7b26ded6d',
              '*container\\.image\\.repository*: docker\\.io/library/nginx',
              '*container\\.name*: web',
              '*evt\\.time*: 1795238965123456789',
              '*k8s\\.ns\\.name*: shop',
              '*k8s\\.pod\\.name*: web\\-7f9c',
              '*proc\\.cmdline*: sh \\-c "id"',
              '*proc\\.name*: sh',
              '*proc\\.pid*: 4242',
              '*proc\\.tty*: 34816',
              '*user\\.name*: root',
              '*tags*: T1059, container, mitre\\_execution',
              '*time*: 2026\\-11\\-21T05:29:25\\.123456789Z',
            ].join('\n'),
            parse_mode: 'MarkdownV2',
            link_preview_options: { is_disabled: true },
          },
          answer: { status: 200, body: '{"ok":true,"result":{}}' },
        },
      ],
    },
  ],
});
