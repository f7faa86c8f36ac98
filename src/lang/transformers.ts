import type { FieldType, Scalar, Value } from '../model/field.ts';
import { decodeBase64 } from './base64.ts';
import { type OptionString, parseOptionString, readOptions } from './getopt.ts';

/** What one argument of a transformer gives. */
export interface ArgType {
  /** As written, for messages. */
  readonly text: string;
  readonly type: FieldType;
  readonly list: boolean;
  /** The value, where it does not depend on the event. */
  readonly constant: Value | undefined;
}

interface ResultType {
  readonly type: FieldType;
  readonly list: boolean;
}

/** From the values of the arguments to the result; null is "no value", on both sides. */
export type TransformerFunction = (args: readonly (Value | null)[]) => Value | null;

/** A row of the table of transformers: what binder and reference pages know of one. */
export interface TransformerSpec {
  readonly name: string;
  readonly summary: string;
  /** How it is written: its arguments by what they are. */
  readonly usage: string;
  /** A whole check. */
  readonly example: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** Takes a key in brackets behind its parentheses. */
  readonly selector: boolean;
  /** Type of the result, or why it can't be used on these arguments. */
  result(args: readonly ArgType[], selector: string | undefined): ResultType | string;
  /** Makes the function for one use. */
  make(args: readonly ArgType[], selector: string | undefined): TransformerFunction;
}

type TextMapper = (text: string) => string | null;

/** A transformer of one text; of each, where the field holds several. */
function perText(
  name: string,
  summary: string,
  example: string,
  types: readonly FieldType[],
  map: TextMapper,
): TransformerSpec {
  return {
    name,
    summary,
    usage: `${name}(TEXT)`,
    example,
    minArgs: 1,
    maxArgs: 1,
    selector: false,
    result: ([arg]) => (arg !== undefined && types.includes(arg.type) ? arg : unsupported(name, arg)),
    make: () => (args) => mapTexts(args[0] ?? null, map),
  };
}

function unsupported(name: string, arg: ArgType | undefined): string {
  const place = `${arg?.list ? 'list ' : ''}field '${arg?.text}'`;
  return `can't add field transformer: type '${arg?.type}' is not supported by '${name}' transformer applied on ${place}`;
}

function mapTexts(value: Value | null, map: TextMapper): Value | null {
  if (typeof value === 'string') return map(cutTrailingNul(value));
  if (!Array.isArray(value)) return null;
  const mapped: string[] = [];
  for (const item of value as readonly Scalar[]) {
    const result = typeof item === 'string' ? map(cutTrailingNul(item)) : null;
    if (result === null) return null;
    mapped.push(result);
  }
  return mapped;
}

function cutTrailingNul(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--;
  return end === text.length ? text : text.slice(0, end);
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

// Only ASCII letters change: the text is bytes in an unknown encoding, and the C locale of the field does the same.
function toLower(text: string): string {
  return text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
}

function toUpper(text: string): string {
  return text.replace(/[a-z]+/g, (part) => part.toUpperCase());
}

function textOf(value: Scalar): string {
  return typeof value === 'string' ? untilNul(value) : String(value);
}

const base64: TransformerSpec = {
  ...perText(
    'b64',
    'decodes base64, with or without padding; no value where it is not base64',
    'b64(proc.args[1]) contains /bin/sh',
    [],
    () => null,
  ),
  result: ([arg]) => (arg?.type === 'CHARBUF' || arg?.type === 'BYTEBUF' ? arg : unsupported('b64', arg)),
  make: ([arg]) => {
    const text = arg?.type === 'CHARBUF';
    const decode = (input: string) => {
      const decoded = decodeBase64(input);
      return decoded !== null && text ? untilNul(decoded) : decoded;
    };
    return (args) => mapTexts(args[0] ?? null, decode);
  },
};

const length: TransformerSpec = {
  name: 'len',
  summary: 'number of bytes of a text or buffer, or of values of a list',
  usage: 'len(TEXT or LIST)',
  example: 'len(proc.cmdline) > 4000',
  minArgs: 1,
  maxArgs: 1,
  selector: false,
  result: ([arg]) =>
    arg?.list || arg?.type === 'CHARBUF' || arg?.type === 'BYTEBUF'
      ? { type: 'UINT64', list: false }
      : unsupported('len', arg),
  make: ([arg]) => {
    const text = arg?.type === 'CHARBUF';
    return ([value = null]) => {
      if (Array.isArray(value)) return value.length;
      if (typeof value !== 'string') return null;
      return text ? untilNul(value).length : value.length;
    };
  },
};

const join: TransformerSpec = {
  name: 'join',
  summary: 'the values of a list as one text, with the separator between them',
  usage: 'join(SEPARATOR, LIST)',
  example: 'join(",", fd.types) contains "ipv4,ipv4"',
  minArgs: 2,
  maxArgs: 2,
  selector: false,
  result: ([separator, list]) => {
    if (separator?.list || separator?.type !== 'CHARBUF') {
      return 'join() first argument (separator) must be a single value, not a list';
    }
    return list?.list ? { type: 'CHARBUF', list: false } : 'join() second argument must be a list';
  },
  make:
    () =>
    ([separator, list]) => {
      if (typeof separator !== 'string' || !Array.isArray(list)) return null;
      return (list as readonly Scalar[]).map(textOf).join(separator);
    },
};

const concat: TransformerSpec = {
  name: 'concat',
  summary: 'texts one behind the other; no value where one of them has none',
  usage: 'concat(TEXT, TEXT...)',
  example: 'concat(proc.cwd, proc.name) = /tmp/x',
  minArgs: 2,
  maxArgs: Number.MAX_SAFE_INTEGER,
  selector: false,
  result: (args) =>
    args.every((arg) => arg.type === 'CHARBUF' && !arg.list)
      ? { type: 'CHARBUF', list: false }
      : 'concat() arguments must be strings',
  make: () => (args) => {
    let text = '';
    for (const arg of args) {
      if (typeof arg !== 'string') return null;
      text += untilNul(arg);
    }
    return text;
  },
};

const getopt: TransformerSpec = {
  name: 'getopt',
  summary: 'the options in a list of arguments, by the rules of getopt(3); with [x] the last value of option x',
  usage: 'getopt(LIST, OPTIONS) or getopt(LIST, OPTIONS)[x]',
  example: 'getopt((proc.args[0], proc.args[1]), "o:")[o] startswith /etc/',
  minArgs: 2,
  maxArgs: 2,
  selector: true,
  result: ([args, options], selector) => {
    if (!args?.list) return 'getopt() first argument must be a list';
    if (options?.list) return 'getopt() second argument (optstring) must be a single value';
    if (args.type !== 'CHARBUF' || options?.type !== 'CHARBUF') return 'getopt() arguments must be strings';
    if (selector !== undefined && selector.length !== 1) {
      return 'getopt() field argument must be a single option character';
    }
    return { type: 'CHARBUF', list: selector === undefined };
  },
  make: ([, optionsType], selector) => {
    const constant = optionsType?.constant;
    let last = typeof constant === 'string' ? constant : '';
    let parsed: OptionString = parseOptionString(last);
    return ([args, options]) => {
      if (!Array.isArray(args) || typeof options !== 'string') return null;
      if (options !== last) {
        last = options;
        parsed = parseOptionString(options);
      }
      return readOptions(args as readonly string[], parsed, selector);
    };
  },
};

const rows: readonly TransformerSpec[] = [
  perText('tolower', 'ASCII letters in lower case', 'tolower(proc.name) = xmrig', ['CHARBUF'], toLower),
  perText('toupper', 'ASCII letters in upper case', 'toupper(proc.name) = XMRIG', ['CHARBUF'], toUpper),
  base64,
  perText('basename', 'what follows the last slash', 'basename(proc.exepath) != val(proc.name)', ['CHARBUF'], (text) =>
    text.slice(text.lastIndexOf('/') + 1),
  ),
  length,
  join,
  concat,
  getopt,
];

/** All transformers, in the order in which the parser looks for them. */
export const transformers: ReadonlyMap<string, TransformerSpec> = new Map(rows.map((row) => [row.name, row]));
