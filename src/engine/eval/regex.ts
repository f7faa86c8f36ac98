import { compilePosixRegex } from '../../base/regex.ts';

/**
 * A regular expression over a byte string: the value is read as UTF-8 (invalid bytes become U+FFFD) and has to match
 * as a whole. Time grows with the length of the value only.
 * @throws RegexError for a pattern that does not compile; the binder of conditions has checked it before.
 */
export function regexTest(pattern: string): (text: string) => boolean {
  const regex = compilePosixRegex(pattern);
  return (text) => regex.testExact(utf8(text));
}

function utf8(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').utf8Slice();
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/**
 * A run of bytes that every matching text contains, found conservatively: '' where the pattern has alternatives, groups
 * or anything else than plain characters, escapes, classes and quantifiers. Lets most values skip the expression.
 */
export function requiredByRegex(pattern: string): string {
  // A repetition of a repetition may make what seems to be needed optional: `a+?`.
  if (/[|()]|[*+?}][*+?{]/.test(pattern)) return '';
  let best = '';
  let run = '';
  function end(): void {
    if (run.length > best.length) best = run;
    run = '';
  }
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '[') {
      // A class may hold `]` first and `[:names:]`; giving up is always right.
      return best.length >= run.length ? best : run;
    }
    if (char === '*' || char === '?' || char === '{') {
      run = run.slice(0, -1);
      end();
      // A bound such as {2,3} holds no literal text.
      if (char === '{') i = pattern.indexOf('}', i) < 0 ? pattern.length : pattern.indexOf('}', i);
    } else if (/[a-zA-Z0-9_/ :,;=@%&~#<>!"'-]/.test(char)) {
      run += char;
    } else {
      end();
      if (char !== '\\') continue;
      // `\.` and the like are literals; others (`\x41`, `\101`) take more than one byte.
      i++;
      if (/[a-zA-Z0-9]/.test(pattern[i] ?? '')) return best;
    }
  }
  end();
  return best;
}
