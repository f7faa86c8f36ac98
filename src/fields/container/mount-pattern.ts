/** Longest path that a pattern is tried on, and longest pattern: bounds the time of one comparison. */
const maxLength = 4096;

/**
 * What a mount field's argument selects: a number, or a test of a path. A pattern may hold `*` (any text) and `?` (any
 * character); it has to cover the whole path.
 */
export function mountMatcher(arg: string): number | ((path: string) => boolean) {
  if (/^\d{1,6}$/.test(arg)) return Number(arg);
  const pattern = arg.slice(0, maxLength);
  return (path) => path.length <= maxLength && matches(pattern, path);
}

/** Glob match in time proportional to the product of the lengths: only the last `*` is ever tried again. */
function matches(pattern: string, text: string): boolean {
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
