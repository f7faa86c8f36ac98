import type { TemplateValue } from './ast.ts';
import { printf } from './printf.ts';
import { compare, isEqual, isList, isMap, isNumber, isTrue, json, show } from './values.ts';

/** From arguments to result; undefined: no value. `most` is the number of characters that a text may have. */
type Call = (args: readonly TemplateValue[], most: number) => TemplateValue;

export interface TemplateFunction {
  /** How it is written. */
  readonly usage: string;
  readonly call: Call;
}

function text(value: TemplateValue, most: number = Number.MAX_SAFE_INTEGER): string {
  return value === undefined || value === null ? '' : show(value, most);
}

/** A function of texts; the text it is about comes last, so that it can come through a pipe. */
function texts(usage: string, run: (...args: string[]) => TemplateValue): TemplateFunction {
  const [, ...names] = usage.split(' ');
  return {
    usage,
    call: (args, most) => run(...names.map((_name, i) => text(args[i], most))),
  };
}

function entry(usage: string, call: Call): TemplateFunction {
  return { usage, call };
}

function index([value, ...keys]: readonly TemplateValue[]): TemplateValue {
  let at = value;
  for (const key of keys) {
    if (isMap(at)) at = at.get(text(key));
    else if (isList(at)) at = at[Number(key)];
    else if (typeof at === 'string') at = at.codePointAt(Number(key));
    else return undefined;
  }
  return at;
}

function slice([value, from = 0, to]: readonly TemplateValue[]): TemplateValue {
  if (typeof value !== 'string' && !isList(value)) return undefined;
  const end = to === undefined ? value.length : Number(to);
  return value.slice(Math.max(0, Number(from)), Math.max(0, end));
}

function length(value: TemplateValue): TemplateValue {
  if (isMap(value)) return value.size;
  if (isList(value)) return value.length;
  return typeof value === 'string' ? Buffer.byteLength(value) : undefined;
}

function ordered(usage: string, holds: (order: number) => boolean): TemplateFunction {
  return entry(usage, ([a, b]) => {
    const order = compare(a, b);
    return order !== undefined && holds(order);
  });
}

/** Texts next to each other get no blank between them, as Go's Sprint has it. */
function print(args: readonly TemplateValue[], most: number): string {
  let result = '';
  for (let i = 0; i < args.length && result.length < most; i++) {
    if (i > 0 && typeof args[i] !== 'string' && typeof args[i - 1] !== 'string') result += ' ';
    result += show(args[i], most);
  }
  return result;
}

function html(value: string): string {
  const codes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return value.replace(/[&<>"']/g, (char) => codes[char]!).replaceAll('\0', '\ufffd');
}

function js(value: string): string {
  return value.replace(/[\\'"<>&=\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === '\\' || char === "'" || char === '"') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

function truncate(count: number, value: string): string {
  if (!Number.isFinite(count)) return value;
  return (count >= 0 ? value.slice(0, count) : value.slice(count)).toWellFormed();
}

function trimAll(chars: string, value: string): string {
  const set = new Set(chars);
  let start = 0;
  let end = value.length;
  while (start < end && set.has(value[start]!)) start++;
  while (end > start && set.has(value[end - 1]!)) end--;
  return value.slice(start, end);
}

function list(value: TemplateValue): readonly TemplateValue[] {
  return isList(value) ? value : [];
}

/** The first that is not true, which may be no value at all; otherwise the last. */
function and(args: readonly TemplateValue[]): TemplateValue {
  const at = args.findIndex((arg) => !isTrue(arg));
  return at < 0 ? args.at(-1) : args[at];
}

/** What can be called: those of Go's text/template, and the usual ones for texts by the names they have in Helm. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({
    and: entry('and A B...', and),
    or: entry('or A B...', (args) => args.find(isTrue) ?? args.at(-1)),
    not: entry('not A', ([value]) => !isTrue(value)),
    len: entry('len A', ([value]) => length(value)),
    index: entry('index A KEY...', index),
    slice: entry('slice A FROM TO', slice),
    print: entry('print A...', print),
    println: entry('println A...', (args, most) => `${args.map((arg) => show(arg, most)).join(' ')}\n`),
    printf: entry('printf FORMAT A...', ([format, ...args], most) => printf(text(format, most), args, most)),
    html: entry('html A...', (args, most) => html(print(args, most))),
    js: entry('js A...', (args, most) => js(print(args, most))),
    urlquery: entry('urlquery A...', (args, most) =>
      encodeURIComponent(print(args, most).toWellFormed()).replaceAll('%20', '+'),
    ),
    eq: entry('eq A B...', ([value, ...others]) => others.some((other) => isEqual(value, other))),
    ne: entry('ne A B', ([a, b]) => !isEqual(a, b)),
    lt: ordered('lt A B', (order) => order < 0),
    le: ordered('le A B', (order) => order <= 0),
    gt: ordered('gt A B', (order) => order > 0),
    ge: ordered('ge A B', (order) => order >= 0),
    upper: texts('upper A', (value) => value.toUpperCase()),
    lower: texts('lower A', (value) => value.toLowerCase()),
    title: texts('title A', (value) => value.replace(/(?<![\p{L}\p{N}_'])\p{L}/gu, (char) => char.toUpperCase())),
    trim: texts('trim A', (value) => value.trim()),
    trimAll: texts('trimAll CHARACTERS A', trimAll),
    trimPrefix: texts('trimPrefix PREFIX A', (prefix, value) =>
      value.startsWith(prefix) ? value.slice(prefix.length) : value,
    ),
    trimSuffix: texts('trimSuffix SUFFIX A', (suffix, value) =>
      suffix !== '' && value.endsWith(suffix) ? value.slice(0, -suffix.length) : value,
    ),
    replace: entry('replace OLD NEW A', ([old, by, value], most) =>
      replace(text(old), text(by), text(value, most), most),
    ),
    contains: texts('contains PART A', (part, value) => value.includes(part)),
    hasPrefix: texts('hasPrefix PREFIX A', (prefix, value) => value.startsWith(prefix)),
    hasSuffix: texts('hasSuffix SUFFIX A', (suffix, value) => value.endsWith(suffix)),
    trunc: entry('trunc COUNT A', ([count, value], most) => truncate(Math.trunc(Number(count)), text(value, most))),
    abbrev: entry('abbrev COUNT A', ([count, value], most) => {
      const whole = text(value, most);
      return whole.length <= Number(count) || Number(count) < 4 ? whole : `${truncate(Number(count) - 3, whole)}...`;
    }),
    repeat: entry('repeat COUNT A', ([count, value], most) => {
      const part = text(value, most);
      const times = Math.min(Math.max(Math.trunc(Number(count)) || 0, 0), Math.ceil(most / Math.max(part.length, 1)));
      return part.repeat(times);
    }),
    default: entry('default OTHERWISE A', ([otherwise, value]) => (isTrue(value) ? value : otherwise)),
    empty: entry('empty A', ([value]) => !isTrue(value)),
    coalesce: entry('coalesce A...', (args) => args.find(isTrue)),
    ternary: entry('ternary YES NO A', ([yes, no, value]) => (isTrue(value) ? yes : no)),
    quote: texts('quote A', (value) => JSON.stringify(value)),
    squote: texts('squote A', (value) => `'${value}'`),
    join: entry('join SEPARATOR LIST', ([separator, value], most) =>
      list(value)
        .map((item) => show(item, most))
        .join(text(separator)),
    ),
    splitList: texts('splitList SEPARATOR A', (separator, value) => value.split(separator, 10_000)),
    first: entry('first LIST', ([value]) => list(value)[0]),
    last: entry('last LIST', ([value]) => list(value).at(-1)),
    has: entry('has A LIST', ([value, items]) => list(items).some((item) => isEqual(item, value))),
    hasKey: entry('hasKey MAP KEY', ([map, key]) => isMap(map) && map.has(text(key))),
    get: entry('get MAP KEY', (args) => index(args)),
    toString: texts('toString A', (value) => value),
    toJson: entry('toJson A', ([value]) => json(value)),
    int: entry('int A', ([value]) => (isNumber(value) ? value : Math.trunc(Number(text(value)) || 0))),
    b64enc: texts('b64enc A', (value) => Buffer.from(value).toString('base64')),
  } satisfies Record<string, TemplateFunction>),
);

function replace(old: string, by: string, value: string, most: number): string {
  if (old === '') return value;
  const parts = value.split(old);
  const room = by.length === 0 ? parts.length : Math.floor(most / by.length) + 1;
  if (parts.length <= room + 1) return parts.join(by);
  return parts.slice(0, room).join(by);
}
