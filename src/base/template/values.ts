import type { TemplateValue } from './ast.ts';

export function isMap(value: TemplateValue): value is ReadonlyMap<string, TemplateValue> {
  return value instanceof Map;
}

export function isList(value: TemplateValue): value is readonly TemplateValue[] {
  return Array.isArray(value);
}

/** What `if` and `or` take for true. */
export function isTrue(value: TemplateValue): boolean {
  if (isMap(value)) return value.size > 0;
  if (isList(value)) return value.length > 0;
  return Boolean(value);
}

/** Levels of lists and maps that are shown. */
const deepest = 8;

/** A value as text, as Go prints it; no more than `most` characters. */
export function show(value: TemplateValue, most: number, depth: number = 0): string {
  if (typeof value === 'string') return value.length > most ? value.slice(0, most) : value;
  if (value === undefined || value === null) return depth === 0 ? '<no value>' : '<nil>';
  if (typeof value !== 'object') return String(value);
  if (depth >= deepest) return '...';
  const entries = isMap(value) ? sortedEntries(value) : undefined;
  const items: Iterable<TemplateValue> = entries === undefined ? (value as readonly TemplateValue[]) : [];
  let text = entries === undefined ? '[' : 'map[';
  let separator = '';
  function add(item: string): boolean {
    text += separator + item;
    separator = ' ';
    return text.length <= most;
  }
  for (const [key, item] of entries ?? []) if (!add(`${key}:${show(item, most, depth + 1)}`)) break;
  for (const item of items) if (!add(show(item, most, depth + 1))) break;
  return `${text}]`.slice(0, most);
}

export function sortedEntries(map: ReadonlyMap<string, TemplateValue>): [string, TemplateValue][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** JSON; no more than eight levels. */
export function json(value: TemplateValue, depth: number = 0): string {
  if (value === undefined || value === null || depth > deepest) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (isList(value)) return `[${value.map((item) => json(item, depth + 1)).join(',')}]`;
  if (isMap(value)) {
    const items = sortedEntries(value).map(([key, item]) => `${JSON.stringify(key)}:${json(item, depth + 1)}`);
    return `{${items.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** -1, 0 or 1; undefined: they can't be compared. */
export function compare(a: TemplateValue, b: TemplateValue): number | undefined {
  const numeric = isNumber(a) && isNumber(b);
  if (!numeric && !(typeof a === 'string' && typeof b === 'string')) return undefined;
  return a === b || a == b ? 0 : a < b ? -1 : 1;
}

export function isNumber(value: TemplateValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Equality as `eq` has it: numbers by their value, texts, booleans; lists and maps never are. */
export function isEqual(a: TemplateValue, b: TemplateValue): boolean {
  if (isNumber(a) && isNumber(b)) return a == b;
  return (a ?? null) === (b ?? null) && typeof a !== 'object';
}
