// An environment variable may name others, or itself: substitution has to end.
const maxSubstitutions = 1000;
const maxLength = 1 << 20;

/**
 * Puts environment variables into a value as falco.yaml defines it: `${NAME}` becomes the variable's value, or nothing
 * where it is not set; what was put in is looked at again. `$${NAME}` stands for the text `${NAME}`. A `$` that begins
 * neither, or a missing `}`, leaves the rest as it is.
 */
export function substitute(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  let done = '';
  // Taken piece by piece, each up to a closing brace: what is put in is looked at with the piece behind it only, not with all
  // of the text that follows.
  let piece = '';
  let at = 0;
  function more(): boolean {
    if (at >= text.length) return false;
    const close = text.indexOf('}', at);
    const end = close < 0 ? text.length : close + 1;
    piece += text.slice(at, end);
    at = end;
    return true;
  }
  for (let count = 0; count < maxSubstitutions && piece.length + text.length - at <= maxLength; ) {
    const dollar = piece.indexOf('$');
    if (dollar < 0) {
      done += piece;
      piece = '';
      if (more()) continue;
      break;
    }
    const close = piece.indexOf('}', dollar);
    if (close < 0 && more()) continue;
    const escaped = piece.startsWith('$${', dollar);
    if (close < 0 || (!escaped && !piece.startsWith('${', dollar))) break;
    count++;
    done += piece.slice(0, dollar);
    if (escaped) {
      done += piece.slice(dollar + 1, close + 1);
      piece = piece.slice(close + 1);
    } else {
      const name = piece.slice(dollar + 2, close);
      piece = ((Object.hasOwn(environment, name) ? environment[name] : undefined) ?? '') + piece.slice(close + 1);
    }
  }
  return done + piece + text.slice(at);
}
