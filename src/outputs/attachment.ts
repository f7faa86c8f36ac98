import type { Notice } from '../model/notice.ts';
import { clean, escapeWithin, limitRows, type RowLimits, rowsOf } from './fields.ts';
import { priorityLooks } from './priority-looks.ts';

/** What differs between the chats that have taken over Slack's attachments. */
export interface AttachmentOptions {
  readonly outputFormat: 'all' | 'text' | 'fields';
  readonly footer?: string;
  readonly escape: (text: string) => string;
}

const limits: RowLimits = { rows: 100, nameLength: 200, valueLength: 2000, totalLength: 12_000 };
const longestText = 4000;
/** Longer values have a line of their own. */
const shortLength = 36;

/** Slack's legacy attachment: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments */
export function attachmentOf(notice: Notice, { outputFormat, footer, escape }: AttachmentOptions) {
  const text = escapeWithin(clean(notice.output), longestText, escape);
  const rows = outputFormat === 'text' ? [] : limitRows(rowsOf(notice), limits, escape);
  return {
    fallback: text,
    color: priorityLooks[notice.priority].colour,
    ...(outputFormat === 'fields' ? {} : { text }),
    ...(rows.length === 0
      ? {}
      : { fields: rows.map(({ name, value }) => ({ title: name, value, short: value.length < shortLength })) }),
    ...(footer === undefined || footer === '' ? {} : { footer }),
  };
}
