import { toJson } from '../../base/json.ts';
import type { Notice } from '../../model/notice.ts';
import { jsonObject } from '../../model/notice-json.ts';

export type Suffix = 'daily' | 'monthly' | 'annually' | 'none';

/** The index of a notice, by its own time: the same however late it is sent. */
export function indexOf({ timeText }: Notice, index: string, suffix: Suffix): string {
  if (suffix === 'none') return index;
  const length = { daily: 10, monthly: 7, annually: 4 }[suffix];
  return `${index}-${timeText.slice(0, length).replaceAll('-', '.')}`;
}

function flattened(notice: Notice): string {
  const fields = [...notice.fields].map(([name, value]) => [name.replaceAll('.', '_'), value] as const);
  return toJson(Object.fromEntries(fields));
}

/** The notice as a document: its JSON with `@timestamp`, and with names of fields without points where that is wanted. */
export function documentOf(notice: Notice, flatten: boolean): string {
  const stamp = `{"@timestamp":"${notice.timeText}",`;
  // Only Falco's form has fields to flatten.
  if (!flatten || !notice.json.startsWith('{"uuid":')) {
    const json = jsonObject(notice);
    // In texts, quotes have a backslash before them: this is a key.
    return json.includes('"@timestamp":') ? json : stamp + json.slice(1);
  }
  const { uuid, output, priority, rule, timeText, source, tags, hostname } = notice;
  const before = JSON.stringify({ uuid, output, priority, rule, time: timeText }).slice(1, -1);
  const behind = JSON.stringify({ source, tags, hostname }).slice(1);
  return `${stamp}${before},"output_fields":${flattened(notice)},${behind}`;
}

/**
 * The same for an index that can't take the fields as they are, because one has another type there: they are one text.
 */
export function plainDocumentOf(notice: Notice): string {
  const { uuid, output, priority, rule, timeText, source, tags, hostname } = notice;
  const fields = toJson(Object.fromEntries(notice.fields));
  return JSON.stringify({
    '@timestamp': timeText,
    uuid,
    output,
    priority,
    rule,
    time: timeText,
    output_fields_text: fields,
    source,
    tags,
    hostname,
  });
}

/** Two lines of a bulk request. With `create`, a document that is there already stays as it is. */
export function createLines(index: string, notice: Notice, document: string): string {
  return `${JSON.stringify({ create: { _index: index, _id: notice.uuid } })}\n${document}\n`;
}
