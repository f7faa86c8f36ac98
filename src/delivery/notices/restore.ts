import type { Priority } from '../../model/alert.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import { parseTime } from './time.ts';
import { exactJson, hasUnsafeInteger } from './values.ts';

type Stored = Omit<Notice, 'fields' | 'time' | 'timeText' | 'json'> & {
  readonly time: string;
  readonly output_fields: Readonly<Record<string, NoticeValue>>;
};

/** The notice whose `json` this is; undefined: it is not one. */
export function restoreNotice(json: string): Notice | undefined {
  let stored: Stored;
  try {
    stored = JSON.parse(json) as Stored;
    if (hasUnsafeInteger(stored.output_fields)) stored = exactJson(json) as Stored;
  } catch {
    return undefined;
  }
  const time = typeof stored?.time === 'string' ? parseTime(stored.time) : undefined;
  if (time === undefined || typeof stored.rule !== 'string' || typeof stored.output_fields !== 'object')
    return undefined;
  const { uuid, hostname, rule, source, tags, output, output_fields: fields } = stored;
  return {
    uuid,
    time,
    timeText: stored.time,
    hostname,
    rule,
    priority: stored.priority as Priority,
    source,
    tags,
    output,
    fields: new Map(Object.entries(fields)),
    json,
  };
}
