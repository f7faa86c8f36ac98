import { compileRegex, RegexError } from '../../base/regex.ts';

/** Longest path that a pattern is tried on, and longest pattern: bounds the time of one comparison. */
const maxLength = 4096;

const noIndex = (1n << 64n) - 1n;

type PathTest = (path: string) => boolean;

/**
 * What a mount field's argument selects: a number, or a test of a path. A pattern is a regular expression that is looked for
 * anywhere in the path, as the field's own container plugin does it: `[/]` selects the first mount, `[/proc*]` one of
 * `/product`, too. What is no regular expression (`[*.sock]`) is a pattern with `*` and `?` that covers the whole path.
 */
export function mountMatcher(arg: string): number | PathTest {
  // With a zero in front, or beyond 64 bits, it is no number.
  if (/^(?:0|[1-9][0-9]{0,19})$/.test(arg) && BigInt(arg) < noIndex) return Number(BigInt.asUintN(32, BigInt(arg)));
  const pattern = arg.slice(0, maxLength);
  // Rules name paths with which no container is ever mounted: an expression is compiled when there is a path to look at.
  let test: PathTest | undefined;
  return (path) => {
    test ??= patternTest(pattern);
    return path.length <= maxLength && test(path);
  };
}

function patternTest(pattern: string): PathTest {
  if (!/[\\^$.|?*+()[\]{}]/.test(pattern)) return (path) => path.includes(pattern);
  try {
    const regex = compileRegex(pattern);
    return (path) => regex.test(Buffer.from(path, 'latin1').utf8Slice());
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return (path) => coversAll(pattern, path);
  }
}

/** Glob match in time proportional to the product of the lengths: only the last `*` is ever tried again. */
function coversAll(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p++;
      mark = t;
    } else if (wanted === '?' || wanted === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
