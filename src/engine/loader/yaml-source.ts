import type * as yaml from 'yaml';

/** Text of YAML such that the library reads it as the field's parser does. */
export interface YamlSource {
  readonly text: string;
  /** The first zero byte that can't be there: outside of quotes and comments; undefined: there is none. */
  readonly zero: number | undefined;
}

/** Old Macs ended lines with a carriage return, which YAML allows; the library does not. */
export function withLineFeeds(text: string): string {
  const first = text.search(/[\r\n]/);
  return first < 0 || text[first] === '\n' || text[first + 1] === '\n' ? text : text.replaceAll('\r', '\n');
}

/** Of zero widths: the library's marks between its tokens. */
const marks = new Set(['\x02', '\x18', '\x1f']);

/** Puts a letter in the place of each zero byte outside of quotes: the library would take the byte for the end. */
export function withoutZeros(text: string, library: typeof yaml): YamlSource {
  const plain = text.replaceAll('\0', 'x');
  const parts: string[] = [];
  let at = 0;
  let zero: number | undefined;
  for (const token of new library.Lexer().lex(plain)) {
    if (marks.has(token)) continue;
    const isQuoted = token.startsWith('"') || token.startsWith("'");
    const written = text.slice(at, at + token.length);
    if (!isQuoted && !token.startsWith('#') && written.includes('\0')) zero ??= at + written.indexOf('\0');
    parts.push(isQuoted ? written : token);
    at += token.length;
  }
  return { text: parts.join(''), zero };
}
