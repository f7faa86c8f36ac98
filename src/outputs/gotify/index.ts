import { priorities } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import { choice, object, secretOr, textOr } from '../../model/schema.ts';
import { singly } from '../../model/output.ts';
import { httpOutput } from '../../transport/http-output.ts';
import { joinUrl } from '../../transport/url.ts';
import { markdown } from '../escapes.ts';
import { jsonType } from '../event.ts';
import { clean, cut, escapeWithin, limitRows, type RowLimits, rowsOf } from '../fields.ts';

const limits: RowLimits = { rows: 100, nameLength: 200, valueLength: 2000, totalLength: 20_000 };

function same(text: string): string {
  return text;
}

function messageOf(notice: Notice, format: 'markdown' | 'plaintext' | 'text' | 'json'): string {
  if (format === 'json') return notice.json;
  const isMarkdown = format === 'markdown';
  const escape = isMarkdown ? (text: string) => markdown(text.replaceAll('\n', ' ')) : same;
  const rows = limitRows(rowsOf(notice).slice(1), limits, escape);
  return [
    escapeWithin(clean(notice.output), 10_000, isMarkdown ? markdown : same),
    '',
    ...rows.map(({ name, value }) => (isMarkdown ? `- **${name}**: ${value}` : `${name}: ${value}`)),
  ].join('\n');
}

export default httpOutput({
  id: 'gotify',
  title: 'Gotify',
  summary: 'Sends alerts to telephones and browsers, by a Gotify server.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'gotify',
  config: object({
    hostport: textOr('', 'Address of the server, e.g. http://gotify:80.'),
    token: secretOr('', 'Token of the application.'),
    format: choice(['markdown', 'plaintext', 'text', 'json'], 'markdown', 'Format of the message.'),
  }),
  isEnabled: ({ hostport }) => hostport !== '',
  batch: singly,
  request({ hostport, token, format }, [notice]) {
    const body = {
      title: cut(`[${notice!.priority}] ${clean(notice!.rule)}`, 200),
      // From 1 for Debug to 8 for Emergency, of 10.
      priority: priorities.length - priorities.indexOf(notice!.priority),
      message: messageOf(notice!, format),
      extras: { 'client::display': { contentType: format === 'markdown' ? 'text/markdown' : 'text/plain' } },
    };
    return {
      method: 'POST',
      url: joinUrl(hostport, '/message'),
      headers: { ...jsonType, ...(token === '' ? {} : { 'x-gotify-key': token }) },
      body: JSON.stringify(body),
    };
  },
  examples: [
    {
      title: 'As Markdown',
      config: { hostport: '{url}/', token: 'AbCdEfGh.012345' },
      expect: [
        {
          method: 'POST',
          path: '/message',
          headers: { 'content-type': 'application/json; charset=utf-8', 'x-gotify-key': 'AbCdEfGh.012345' },
          json: {
            title: '[Notice] Terminal shell in container',
            priority: 3,
            message: [
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
            extras: { 'client::display': { contentType: 'text/markdown' } },
          },
          answer: { status: 200, body: '{"id":25}' },
        },
      ],
    },
    {
      title: 'As JSON',
      config: { hostport: '{url}', token: 'AbCdEfGh.012345', format: 'json' },
      expect: [{ method: 'POST', path: '/message', answer: { status: 200, body: '{"id":26}' } }],
    },
  ],
});
