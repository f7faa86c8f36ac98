import type { Notice, NoticeValue } from '../model/notice.ts';

/** A name and its value, as people are shown them. */
export interface Row {
  readonly name: string;
  readonly value: string;
}

/** Stands where something was left out. */
const cutMark = '…';

/** How much a receiver takes, in UTF-16 units. */
export interface RowLimits {
  readonly rows: number;
  readonly nameLength: number;
  readonly valueLength: number;
  /** Of all names and values. */
  readonly totalLength: number;
}

/** The text of at most so many UTF-16 units, with a mark at its end where something is missing. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, Math.max(most - cutMark.length, 0)).replace(/[\ud800-\udbff]$/, '')}${cutMark}`;
}

/** The same by bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = Math.max(most - Buffer.byteLength(cutMark), 0);
  // Continuation bytes are 10xxxxxx: a character is not cut in two.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + cutMark;
}

/** Most texts: there is nothing to look for in them. */
const printableAscii = /^[\t\n -~]*$/;

/**
 * Text that is safe to look at: what moves a terminal's cursor or turns the reading direction is shown as an escape, line
 * ends are `\n`. Markup of the receiver is left to be escaped.
 */
export function clean(text: string): string {
  if (printableAscii.test(text)) return text;
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
      const code = char.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
    });
}

/** A field's value for people; lists separated by commas. Empty: there is none. */
export function valueText(value: NoticeValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return clean(value);
  return isList(value) ? value.map(valueText).join(', ') : String(value);
}

function isList(value: NoticeValue): value is readonly NoticeValue[] {
  return Array.isArray(value);
}

/** The output's fields that have a value, by name. */
export function fieldRows(notice: Notice): Row[] {
  const rows: Row[] = [];
  for (const name of [...notice.fields.keys()].sort()) {
    const value = valueText(notice.fields.get(name) ?? null);
    if (value !== '') rows.push({ name: clean(name), value });
  }
  return rows;
}

/** All that a notice says, but for its output: rule, priority, source, hostname, fields, tags, time. */
export function rowsOf(notice: Notice): Row[] {
  const rows = [
    { name: 'rule', value: clean(notice.rule) },
    { name: 'priority', value: notice.priority },
    { name: 'source', value: clean(notice.source) },
    { name: 'hostname', value: clean(notice.hostname) },
    ...fieldRows(notice),
    { name: 'tags', value: notice.tags.map(clean).join(', ') },
    { name: 'time', value: notice.timeText },
  ];
  return rows.filter(({ value }) => value !== '');
}

/** The rows that there is room for; a last one says how many are missing. @param escape as the receiver needs, counted in. */
export function limitRows(rows: readonly Row[], limits: RowLimits, escape: (text: string) => string = same): Row[] {
  const kept: Row[] = [];
  let total = 0;
  const room = rows.length > limits.rows ? limits.rows - 1 : limits.rows;
  for (const row of rows.slice(0, room)) {
    const name = escapeWithin(row.name, limits.nameLength, escape);
    const value = escapeWithin(row.value, limits.valueLength, escape);
    total += name.length + value.length;
    if (total > limits.totalLength) break;
    kept.push({ name, value });
  }
  const missing = rows.length - kept.length;
  if (missing === 0) return kept;
  if (kept.length === limits.rows) kept.pop();
  kept.push({ name: cutMark, value: `${rows.length - kept.length} more` });
  return kept;
}

function same(text: string): string {
  return text;
}

/** The escaped text of at most so many units: what is cut is the text, never an escape. */
export function escapeWithin(text: string, most: number, escape: (text: string) => string): string {
  let length = most;
  for (;;) {
    const escaped = escape(cut(text, length));
    if (escaped.length <= most) return escaped;
    // Escapes make it longer by this factor; the loop ends, for the length shrinks each time.
    length = Math.min(length - 1, Math.floor((length * most) / escaped.length));
    if (length <= 0) return '';
  }
}
