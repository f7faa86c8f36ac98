import type { Notice, NoticeValue } from '../../model/notice.ts';
import { valueJson } from './values.ts';

/** JSON of names, which are few; bounded, because anybody can make up names. */
export class NameCache {
  readonly #known = new Map<string, string>();

  /** The name as it stands in an object: with quotes and colon. */
  json(name: string): string {
    let json = this.#known.get(name);
    if (json === undefined) {
      json = `${JSON.stringify(name)}:`;
      if (this.#known.size < 4096 && name.length < 256) this.#known.set(name, json);
    }
    return json;
  }
}

function fieldsJson(fields: ReadonlyMap<string, NoticeValue>, names: NameCache): string {
  let json = '';
  for (const [name, value] of fields) {
    const item = names.json(name) + valueJson(value);
    json = json === '' ? item : `${json},${item}`;
  }
  return json;
}

/** A notice of its parts: fills in `json`. */
export function completeNotice(parts: Omit<Notice, 'json'>, names: NameCache): Notice {
  const { uuid, time, timeText, hostname, rule, priority, source, tags, output, fields } = parts;
  const json =
    `{"uuid":"${uuid}","output":${JSON.stringify(output)},"priority":"${priority}","rule":${JSON.stringify(rule)}` +
    `,"time":"${timeText}","output_fields":{${fieldsJson(fields, names)}},"source":${JSON.stringify(source)}` +
    `,"tags":${JSON.stringify(tags)},"hostname":${JSON.stringify(hostname)}}`;
  return { uuid, time, timeText, hostname, rule, priority, source, tags, output, fields, json };
}
