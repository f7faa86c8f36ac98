import type { Notice } from '../../model/notice.ts';
import { slackText } from '../escapes.ts';
import { clean, cut, escapeWithin, limitRows, type RowLimits, rowsOf } from '../fields.ts';
import { priorityLooks } from '../priority-looks.ts';

// Limits of https://docs.slack.dev/reference/block-kit/blocks: 50 blocks a message, 150 characters a header, 3000 a
// section's text, 10 fields a section of 2000 characters each.
const headerLength = 150;
const textLength = 3000;
const fieldsPerSection = 10;
const limits: RowLimits = { rows: 60, nameLength: 200, valueLength: 1700, totalLength: 20_000 };

function mrkdwn(text: string) {
  // Verbatim: addresses and names in it don't become links.
  return { type: 'mrkdwn', text, verbatim: true };
}

/** The message in blocks: a header, the output, the fields in two columns, a footer. */
export function blocksOf(notice: Notice, outputFormat: 'all' | 'text' | 'fields', footer: string) {
  const title = `${priorityLooks[notice.priority].emoji} ${clean(notice.rule).replaceAll('\n', ' ')}`;
  const header = { type: 'header', text: { type: 'plain_text', text: cut(title, headerLength), emoji: true } };
  const blocks: unknown[] = [header];
  if (outputFormat !== 'fields') {
    blocks.push({ type: 'section', text: mrkdwn(escapeWithin(clean(notice.output), textLength, slackText) || ' ') });
  }
  // The header shows the rule.
  const rows = outputFormat === 'text' ? [] : limitRows(rowsOf(notice).slice(1), limits, slackText);
  for (let i = 0; i < rows.length; i += fieldsPerSection) {
    const fields = rows.slice(i, i + fieldsPerSection).map(({ name, value }) => mrkdwn(`*${name}*\n${value}`));
    blocks.push({ type: 'section', fields });
  }
  if (footer !== '') blocks.push({ type: 'context', elements: [mrkdwn(cut(footer, textLength))] });
  return blocks;
}
