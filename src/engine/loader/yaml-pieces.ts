/** Characters of a piece, where its items are not larger themselves. */
const pieceLength = 16 * 1024;

/** Marks of documents, and directives. */
const documentLine = /^(?:---|\.\.\.|%)/m;
const comments = /^(?:[ \t\r]*(?:#[^\n]*)?\n)*$/;

/**
 * Where a text that is one sequence, its dashes in the first column, can be cut between items, so that each piece read on
 * its own gives the same nodes: the trees of a YAML parser take fifty times the memory of their text. A cut within
 * something else (a text in quotes, brackets) leaves a piece with a mistake.
 * @returns offsets that ascend, 0 first; undefined: the text has another form.
 */
export function pieceStarts(text: string): number[] | undefined {
  if (text.length <= pieceLength || documentLine.test(text)) return undefined;
  let at = text.startsWith('-') ? 0 : text.indexOf('\n-') + 1;
  if (!isDash(text, at) || !comments.test(text.slice(0, at))) return undefined;
  const starts = [0];
  for (;;) {
    at = text.indexOf('\n-', Math.max(at, starts.at(-1)! + pieceLength)) + 1;
    if (at === 0) return starts;
    if (isDash(text, at)) starts.push(at);
  }
}

function isDash(text: string, at: number): boolean {
  return text[at] === '-' && ' \t\r\n'.includes(text[at + 1] ?? ' ');
}
