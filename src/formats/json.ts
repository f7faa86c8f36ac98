import type { NoticeValue } from '../model/notice.ts';

/** A value of a format that is JSON; integers beyond 2^53 are written in full. */
export type FormatValue = NoticeValue | undefined | readonly FormatValue[] | { readonly [key: string]: FormatValue };

/** JSON without the keys that have no value, and without objects that are left empty by that. */
export function formatJson(value: FormatValue): string {
  return write(value) ?? '{}';
}

function write(value: FormatValue): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = (value as readonly FormatValue[]).map(write).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : `[${items.join(',')}]`;
  }
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = write(item);
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return parts.length === 0 ? undefined : `{${parts.join(',')}}`;
}
