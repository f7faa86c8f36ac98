import type { Notice, NoticeValue } from '../model/notice.ts';
import type { OutputContext } from '../model/output.ts';
import { choice, secretOr, textOr } from '../model/schema.ts';
import { clean } from './fields.ts';

// Options that chats have in common.

export const webhookUrl = (of: string) => secretOr('', `URL of the incoming webhook of ${of}. Who knows it can post.`);
export const iconUrl = () => textOr('', 'URL of the picture that the sender is shown with.');
export const senderName = () => textOr('Saker', 'Name that the sender is shown with.');
export const messageFormat = () =>
  textOr('', 'Template of a text that is shown before the rest, e.g. `{{ .Rule }} on {{ .Hostname }}`.');
export const outputFormat = () =>
  choice(['all', 'text', 'fields'], 'all', 'What is shown: the output, the fields or both.');

function escapedValue(value: NoticeValue, escape: (text: string) => string): NoticeValue {
  if (typeof value === 'string') return escape(clean(value));
  return Array.isArray(value) ? value.map((item: NoticeValue) => escapedValue(item, escape)) : value;
}

/** The notice as a template of markup may see it: what comes from an attacker is no markup. */
function escapedNotice(notice: Notice, escape: (text: string) => string): Notice {
  const text = (value: string) => escape(clean(value));
  const fields = [...notice.fields].map(([name, value]) => [name, escapedValue(value, escape)] as const);
  return {
    ...notice,
    rule: text(notice.rule),
    output: text(notice.output),
    source: text(notice.source),
    hostname: text(notice.hostname),
    tags: notice.tags.map(text),
    fields: new Map(fields),
  };
}

/**
 * The function of a template, whose own text is markup and whose values are not; undefined: there is none.
 * @throws Error when it is no template.
 */
export function messageTemplate(
  text: string,
  context: OutputContext,
  escape: (text: string) => string,
): ((notice: Notice) => string) | undefined {
  if (text === '') return undefined;
  const fill = context.template(text);
  return (notice) => fill(escapedNotice(notice, escape));
}
