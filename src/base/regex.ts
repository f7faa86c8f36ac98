import { createRequire } from 'node:module';
import type * as re2js from 're2js';

const load = createRequire(import.meta.url);

/** Read when the first rule has an expression: most have none, and it is a large library. */
function library(): typeof re2js {
  return load('re2js') as typeof re2js;
}

/** A pattern that is not a regular expression; the message says why. */
export class RegexError extends Error {}

/** Texts of the reference implementation where this one words them otherwise. */
const reasons: Readonly<Record<string, string>> = {
  'missing closing )': 'missing )',
  'missing closing ]': 'missing ]',
  'missing argument to repetition operator': 'no argument for repetition operator',
  'invalid nested repetition operator': 'bad repetition operator',
  'invalid repeat count': 'invalid repetition size',
  'invalid or unsupported Perl syntax': 'invalid perl operator',
  'trailing backslash at end of expression': 'trailing \\',
};

/**
 * Compiles a regular expression of a rule: RE2 syntax, in linear time on any input; `^` and `$` match at lines.
 * The pattern is a byte string holding UTF-8; the expression works on decoded text.
 * @throws RegexError
 */
export function compileRegex(pattern: string): re2js.RE2JS {
  const { RE2JS, RE2JSException } = library();
  const text = Buffer.from(pattern, 'latin1').utf8Slice();
  try {
    return RE2JS.compile(text, RE2JS.MULTILINE);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new RegexError(`invalid regex pattern: ${reason(error, text)}`, { cause: error });
  }
}

/**
 * Compiles a regular expression of a condition. These are POSIX expressions: no classes such as \d, no (?...), and what
 * follows a repetition repeats that (`a+?` is `(a+)?`).
 * @throws RegexError
 */
export function compilePosixRegex(pattern: string): re2js.RE2JS {
  return compileRegex(plainRepetitions(pattern));
}

const perlEscapes = 'dDsSwWbBAzpPQ';
/** `*`, `+`, `?` or a count at this place. */
const repetition = /[*+?]|\{\d+(?:,\d*)?\}/y;
/** What one backslash takes. */
const escaped = /\\(?:x\{[0-9a-fA-F]*\}|x[0-9a-fA-F]{0,2}|[0-7]{1,3}|[^]|$)/y;
/** What one opening bracket takes. The names of classes are bounded: with any, each `[:` would look through all the rest. */
const bracketed = /\[\^?\]?(?:\[:\^?[a-z]{1,12}:\]|\\[^]|[^\]\\])*\]?/y;

/**
 * The same expression with groups around what is repeated once more. The pattern is a byte string.
 * @throws RegexError for what only Perl's expressions have
 */
function plainRepetitions(pattern: string): string {
  const open: number[] = [];
  let text = '';
  let atom = -1;
  let isRepeated = false;
  let at = 0;
  const take = (expression: RegExp): string => {
    expression.lastIndex = at;
    return expression.exec(pattern)?.[0] ?? '';
  };
  while (at < pattern.length) {
    const char = pattern[at]!;
    const repeated = take(repetition);
    if (repeated !== '' && atom >= 0) {
      if (isRepeated) text = `${text.slice(0, atom)}(?:${text.slice(atom)})`;
      isRepeated = true;
      text += repeated;
      at += repeated.length;
      continue;
    }
    let part = char;
    if (char === '\\') part = take(escaped);
    else if (char === '[') part = take(bracketed);
    refusePerl(pattern, at, part);
    if (char === '(') {
      open.push(text.length);
      atom = -1;
    } else if (char === ')') atom = open.pop() ?? -1;
    else if (char === '|') atom = -1;
    // The bytes of one character belong together.
    else if (!isContinuation(char) || isRepeated || atom < 0) atom = text.length;
    isRepeated = false;
    text += part;
    at += part.length;
  }
  return text;
}

/** Whether a byte is one of a UTF-8 character's but not its first. */
function isContinuation(byte: string): boolean {
  return byte >= '\x80' && byte < '\xc0';
}

function refusePerl(pattern: string, at: number, part: string): void {
  if (part === '(' && pattern[at + 1] === '?') {
    throw new RegexError('invalid regex pattern: no argument for repetition operator: ?');
  }
  for (let i = part.indexOf('\\'); i >= 0; i = part.indexOf('\\', i + 2)) {
    if (!perlEscapes.includes(part[i + 1] ?? ' ')) continue;
    throw new RegexError(`invalid regex pattern: invalid escape sequence: \\${part[i + 1]}`);
  }
}

function reason(error: re2js.RE2JSException, text: string): string {
  const match = /^error parsing regexp: ([^:`]+)(?:: `(.*)`)?$/s.exec(error.message);
  if (match === null) return `${error.message}: ${text}`;
  // The library shows the whole expression with its flags in front.
  const shown = match[2]?.endsWith(text) ? text : match[2];
  return `${reasons[match[1]!] ?? match[1]}: ${shown ?? text}`;
}
