import type { Notice, NoticeValue } from '../../model/notice.ts';
import { parseTime } from './time.ts';
import { hasUnsafeInteger, LargeIntegers } from './values.ts';

type Stored = Omit<Notice, 'fields' | 'time' | 'timeText' | 'json'> & {
  readonly time: string;
  readonly output_fields: Readonly<Record<string, NoticeValue>>;
};

function exactFields(json: string, fields: Stored['output_fields']): Map<string, NoticeValue> {
  const exact = new Map<string, NoticeValue>();
  let integers: LargeIntegers | undefined;
  for (const [name, value] of Object.entries(fields)) {
    if (!hasUnsafeInteger(value)) exact.set(name, value);
    else if (typeof value === 'number') exact.set(name, (integers ??= new LargeIntegers(json)).of(name, value));
    else exact.set(name, (integers ??= new LargeIntegers(json)).fields()[name] as NoticeValue);
  }
  return exact;
}

/** The notice whose `json` this is; undefined: it is not one. */
export function restoreNotice(json: string): Notice | undefined {
  try {
    return restore(json, JSON.parse(json) as Stored);
  } catch {
    return undefined;
  }
}

function restore(json: string, stored: Stored): Notice | undefined {
  const { uuid, hostname, rule, priority, source, tags, output, output_fields: fields } = stored;
  const time = parseTime(stored.time);
  if (time === undefined || typeof rule !== 'string') return undefined;
  return {
    uuid,
    time,
    timeText: stored.time,
    hostname,
    rule,
    priority,
    source,
    tags,
    output,
    fields: exactFields(json, fields),
    json,
  };
}
