/** What JSON can hold, with integers of any size: JSON.stringify can't write those. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** JSON without blanks, object keys sorted; keys whose value is undefined are left out. */
export function toJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const item = value[key];
    if (item === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${toJson(item)}`;
  }
  return `{${text}}`;
}

/** JSON for people to read, two blanks a level, keys in the order of the object. */
export function toPrettyJson(value: Json, indent: string = ''): string {
  if (typeof value !== 'object' || value === null) return toJson(value);
  const inner = `${indent}  `;
  const isArray = isList(value);
  const items = isArray
    ? value.map((item) => toPrettyJson(item, inner))
    : Object.entries(value)
        .filter((entry): entry is [string, Json] => entry[1] !== undefined)
        .map(([key, item]) => `${JSON.stringify(key)}: ${toPrettyJson(item, inner)}`);
  const [open, close] = isArray ? '[]' : '{}';
  if (items.length === 0) return `${open}${close}`;
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function scalar(value: null | boolean | number | bigint): string {
  // Not a number in JSON: better no value than a line that no reader takes.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  return String(value);
}
