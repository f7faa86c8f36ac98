import type { Notice } from '../model/notice.ts';
import type { OutputContext } from '../model/output.ts';
import { choice, secretOr, textOr } from '../model/schema.ts';

// Options that chats have in common.

export const webhookUrl = (of: string) => secretOr('', `URL of the incoming webhook of ${of}. Who knows it can post.`);
export const iconUrl = () => textOr('', 'URL of the picture that the sender is shown with.');
export const senderName = () => textOr('Saker', 'Name that the sender is shown with.');
export const messageFormat = () =>
  textOr('', 'Template of a text that is shown before the rest, e.g. `{{ .Rule }} on {{ .Hostname }}`.');
export const outputFormat = () =>
  choice(['all', 'text', 'fields'], 'all', 'What is shown: the output, the fields or both.');

/** The function of a template; undefined: there is none. @throws Error when it is none. */
export function optionalTemplate(text: string, context: OutputContext): ((notice: Notice) => string) | undefined {
  return text === '' ? undefined : context.template(text);
}
