/**
 * The first tab that indents a line behind a text without quotes, though it lies left of where that text may go on: the
 * field's parser refuses it, on a line without anything else too.
 * @param end of the text. @param indent the least column of its lines.
 */
export function tabBehindPlain(text: string, end: number, indent: number): number | undefined {
  let at = blanksEnd(text, end);
  while (text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')) {
    const start = text[at] === '\n' ? at + 1 : at + 2;
    at = blanksEnd(text, start);
    const tab = text.slice(start, at).indexOf('\t');
    if (tab >= 0 && tab < indent) return start + tab;
  }
  return undefined;
}

/** The same for a text behind `|` or `>`. @param start of its header. @param least column that its lines may have. */
export function tabInBlock(text: string, start: number, least: number): number | undefined {
  let indent = least;
  let isIndented = false;
  for (let end = text.indexOf('\n', start); end >= 0; end = text.indexOf('\n', end + 1)) {
    const line = end + 1;
    let at = line;
    while (text[at] === ' ' && (!isIndented || at - line < indent)) at++;
    if (!isIndented) indent = Math.max(indent, at - line);
    const isLeft = at - line < indent;
    if (isLeft && text[at] === '\t') return at;
    if (at >= text.length) return undefined;
    if (text[at] === '\n' || text[at] === '\r') continue;
    if (isLeft) return undefined;
    isIndented = true;
  }
  return undefined;
}

function blanksEnd(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

const escape = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[^])/g;

/** Where an escape ends, in a text in double quotes, that stands for no character: half a pair, or beyond all. */
export function badEscape(quoted: string): number | undefined {
  for (const match of quoted.matchAll(escape)) {
    const code = Number.parseInt(match[1] ?? match[2] ?? '0', 16);
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return match.index + match[0].length;
  }
  return undefined;
}
