import type { Notice } from './notice.ts';

// What a notice's `json` holds depends on the configured form of alerts: all but CEF are JSON objects.

export function isObject(json: string): boolean {
  return json.startsWith('{');
}

/** The alert as JSON: a form that is none is a text. */
export function jsonValue({ json }: Notice): string {
  return isObject(json) ? json : JSON.stringify(json);
}

/** The alert as a JSON object: a form that is none is its `message`. */
export function jsonObject({ json, uuid, timeText }: Notice): string {
  return isObject(json) ? json : JSON.stringify({ uuid, time: timeText, message: json });
}
