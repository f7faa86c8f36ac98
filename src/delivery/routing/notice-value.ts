import { encodeBytes } from '../../base/utf8.ts';
import { priorities } from '../../model/alert.ts';
import type { Scalar, Value } from '../../model/field.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';

const own: Readonly<Record<string, (notice: Notice) => Value>> = {
  rule: (notice) => encodeBytes(notice.rule),
  priority: (notice) => notice.priority,
  source: (notice) => encodeBytes(notice.source),
  hostname: (notice) => encodeBytes(notice.hostname),
  output: (notice) => encodeBytes(notice.output),
  tags: (notice) => notice.tags.map(encodeBytes),
};

/** A value of a notice as the rule language has them, text as byte strings; null: there is none. */
export function noticeValue(notice: Notice, name: string): Value | null {
  if (Object.hasOwn(own, name)) return own[name]!(notice);
  const value = notice.fields.get(name);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return encodeBytes(value);
  return typeof value === 'object' ? value.flatMap(flat) : value;
}

function flat(value: NoticeValue): Scalar[] {
  if (value === null) return [];
  if (typeof value === 'string') return [encodeBytes(value)];
  return typeof value === 'object' ? value.flatMap(flat) : [value];
}

const ranks = new Map([
  ...priorities.map((name, i) => [name.toLowerCase(), priorities.length - 1 - i] as const),
  ['info', 1] as const,
]);

/** The more severe, the higher; undefined: no priority. */
export function priorityRank(name: string): number | undefined {
  return ranks.get(name.toLowerCase());
}
