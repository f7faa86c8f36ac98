import type { Json } from '../base/json.ts';
import type { Notice } from '../model/notice.ts';

/** What the notice's own JSON says, as a value to change before it is written. */
export function eventOf(notice: Notice): { readonly [key: string]: Json } {
  const { uuid, output, priority, rule, timeText, fields, source, tags, hostname } = notice;
  return {
    uuid,
    output,
    priority,
    rule,
    time: timeText,
    output_fields: Object.fromEntries(fields),
    source,
    tags,
    hostname,
  };
}

export const jsonType = { 'content-type': 'application/json; charset=utf-8' } as const;
