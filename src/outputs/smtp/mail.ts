import type { Notice } from '../../model/notice.ts';
import { priorityLooks } from '../priority-looks.ts';
import { clean, cut, rowsOf } from '../fields.ts';

const longestSubject = 200;

/** One line. */
export function subjectOf({ priority, rule }: Notice): string {
  return cut(`[${priority}] ${clean(rule).replace(/\s+/g, ' ')}`, longestSubject);
}

export function textMail(notice: Notice): string {
  const rows = rowsOf(notice).map(({ name, value }) => `${name}: ${value.replaceAll('\n', '\\n')}`);
  return `${clean(notice.output)}\n\n${rows.join('\n')}\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export function htmlMail(notice: Notice): string {
  const cell = 'style="padding:4px 8px;text-align:left;vertical-align:top;font-family:monospace;white-space:pre-wrap"';
  const rows = rowsOf(notice).map(
    ({ name, value }) => `<tr><th ${cell}>${escaped(name)}</th><td ${cell}>${escaped(value)}</td></tr>`,
  );
  return (
    '<!doctype html><html><head><meta charset="utf-8"></head><body>' +
    `<div style="border-left:4px solid ${priorityLooks[notice.priority].colour};padding-left:8px">` +
    `<p><b>${escaped(notice.priority)}: ${escaped(clean(notice.rule))}</b></p>` +
    `<p style="white-space:pre-wrap">${escaped(clean(notice.output))}</p></div>` +
    `<table>${rows.join('')}</table></body></html>`
  );
}
