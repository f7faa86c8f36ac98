import type { YAMLParseError } from 'yaml';

/** The message about nesting beyond the bound. */
export const tooDeep = 'the file is nested too deeply';

export const tabMessage = 'the line is indented with a tab; use blanks';

/** What is wrong, for people. */
export function problemText(error: YAMLParseError, text: string): string {
  if (tabInIndentation(text, error.pos[0]) !== undefined) return tabMessage;
  // The parser descends by recursion, so that its stack is a limit of nesting: it tells that as a mistake of the file.
  return error.message.includes('call stack') ? tooDeep : error.message;
}

/**
 * Whether the field's parser takes the file nevertheless: a key without a colon has no value, and a quote that is never
 * closed goes on to the end of the file, if that is the end of a line.
 */
export function isTolerated(error: YAMLParseError, text: string): boolean {
  if (error.code !== 'MISSING_CHAR') return false;
  if (/^Missing closing ['"]quote$/.test(error.message)) return text.endsWith('\n');
  return error.message.startsWith('Implicit map keys need to be followed by map values');
}

/**
 * Whether the error is text at the start of a line behind a complete document, which the field's parser takes for the
 * next document.
 */
export function startsDocument(error: YAMLParseError, text: string): boolean {
  const [at] = error.pos;
  return /^Unexpected \S+ at node end$/.test(error.message) && at > 0 && text[at - 1] === '\n' && !/\s/.test(text[at]!);
}

/** Where the field's parser stumbles, for errors that this one shows at another place. */
export function problemOffset(error: YAMLParseError, text: string): number {
  const [at] = error.pos;
  const tab = tabInIndentation(text, at);
  if (tab !== undefined) return tab;
  if (/^(?:Nested mappings|Implicit keys) /.test(error.message)) {
    return text.startsWith('- ', at) ? at : (colonBehind(text, at) ?? at);
  }
  if (error.message.startsWith('Tabs are not allowed')) return colonBehind(text, at) ?? at;
  if (error.code === 'BAD_DQ_ESCAPE') return at + (/^\\U[0-9a-fA-F]{8}/.test(text.slice(at, at + 10)) ? 10 : 2);
  if (error.code === 'BAD_INDENT' && error.message.startsWith('Flow ')) return flowEnd(text, at);
  if (/^(?:Sequence item without|A block sequence may not) /.test(error.message)) return skipBlanks(text, at);
  return at;
}

/** The first tab before the first other character of the line. */
function tabInIndentation(text: string, offset: number): number | undefined {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const first = skipBlanks(text, start);
  const tab = text.indexOf('\t', start);
  return tab >= 0 && tab < first && first >= offset ? tab : undefined;
}

function skipBlanks(text: string, offset: number): number {
  let at = offset;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** The next colon that ends a key. */
function colonBehind(text: string, offset: number): number | undefined {
  for (let at = text.indexOf(':', offset); at >= 0; at = text.indexOf(':', at + 1)) {
    if (at + 1 === text.length || /\s/.test(text[at + 1]!)) return at;
  }
  return undefined;
}

/**
 * A list or map in brackets that is never closed goes on: the key on the next line belongs to its last item, unless a
 * comma ends that; its colon is what does not fit.
 */
function flowEnd(text: string, offset: number): number {
  const colon = colonBehind(text, offset);
  if (colon === undefined) return text.length;
  const before = text.slice(0, offset).trimEnd();
  if (!/[,[{]$/.test(before)) return colon;
  return colonBehind(text, colon + 1) ?? text.length;
}
