import type { NoticeValue } from '../../model/notice.ts';
import { Refusal } from './refusal.ts';

/** Levels of lists and objects within a value. */
const deepest = 32;

/** A text of at most `most` characters: what is beyond is cut, and the end says how much. */
export function boundedText(text: string, most: number, onCut: () => void): string {
  if (text.length <= most) return text;
  onCut();
  return `${text.slice(0, most).toWellFormed()}[... ${text.length - most} characters cut]`;
}

/** Numbers beyond 2^53 of a text that is JSON, found by where they stand. */
export class LargeIntegers {
  readonly #source: string;
  #revived: Record<string, unknown> | undefined;

  /** @param source the JSON of one object. */
  constructor(source: string) {
    this.#source = source;
  }

  /** The exact value of `output_fields[key]`, whose nearest double is `value`. */
  of(key: string, value: number): NoticeValue {
    const quoted = `"${key}"`;
    // A quote within a text has a backslash before it; so one without starts a name.
    for (let at = this.#source.indexOf(quoted); at >= 0; at = this.#source.indexOf(quoted, at + 1)) {
      if (this.#source[at - 1] === '\\') continue;
      const match = /\s*:\s*(-?\d+)(?![\d.eE])/y;
      match.lastIndex = at + quoted.length;
      const digits = match.exec(this.#source)?.[1];
      if (digits !== undefined && digits.length < 400 && Number(digits) === value) return BigInt(digits);
    }
    return (this.fields()[key] as NoticeValue | undefined) ?? value;
  }

  /** All of `output_fields`, integers exact wherever they are. Slower. */
  fields(): Record<string, unknown> {
    this.#revived ??= (exactJson(this.#source) as { output_fields: Record<string, unknown> }).output_fields;
    return this.#revived;
  }
}

/**
 * JSON.parse with integers beyond 2^53 as bigint.
 * @param text valid JSON.
 * @throws Refusal for nesting that is too deep.
 */
export function exactJson(text: string): unknown {
  function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return /^-?\d{1,400}$/.test(source) ? BigInt(source) : value;
  }
  try {
    return JSON.parse(text, exact);
  } catch (error) {
    throw new Refusal('depth', `too much within each other: ${(error as Error).message}`);
  }
}

export function isUnsafeInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Whether there is an integer beyond 2^53 in a list or an object. @throws Refusal for one that is too deep. */
export function hasUnsafeInteger(value: unknown, depth: number = 0): boolean {
  if (typeof value !== 'object' || value === null) return isUnsafeInteger(value);
  if (depth >= deepest) throw new Refusal('depth', `values within each other more than ${deepest} levels deep`);
  let found = false;
  for (const item of Object.values(value)) if (hasUnsafeInteger(item, depth + 1)) found = true;
  return found;
}

/** JSON of a value as a notice has them. */
export function valueJson(value: NoticeValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value !== 'object' || value === null) return String(value);
  return `[${value.map(valueJson).join(',')}]`;
}

/** JSON of what JSON.parse gave, integers exact; for objects, which a notice holds as text. */
function anyJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(anyJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return valueJson(value as NoticeValue);
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${anyJson(item)}`);
  return `{${items.join(',')}}`;
}

/** A list or object of JSON as a notice's value: objects become their JSON. */
export function composite(value: object, text: (value: string) => string): NoticeValue {
  if (!Array.isArray(value)) return text(anyJson(value));
  return (value as readonly unknown[]).map((item): NoticeValue => {
    if (typeof item === 'string') return text(item);
    return typeof item === 'object' && item !== null ? composite(item, text) : (item as NoticeValue);
  });
}
