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

function reason(error: re2js.RE2JSException, text: string): string {
  const match = /^error parsing regexp: ([^:`]+)(?:: `(.*)`)?$/s.exec(error.message);
  if (match === null) return `${error.message}: ${text}`;
  // The library shows the whole expression with its flags in front.
  const shown = match[2]?.endsWith(text) ? text : match[2];
  return `${reasons[match[1]!] ?? match[1]}: ${shown ?? text}`;
}
