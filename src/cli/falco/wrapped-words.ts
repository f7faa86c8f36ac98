/** Words with a blank behind each, in lines of at most `lineWidth` that begin, but for the first, at column `indent`. */
export function wrappedWords(text: string, indent: number, lineWidth: number): string {
  let out = '';
  let length = 0;
  for (const word of text.trim().split(/\s+/)) {
    if (length + word.length + 1 > lineWidth - indent) {
      out += `\n${' '.repeat(indent)}`;
      length = 0;
    }
    out += `${word} `;
    length += word.length + 1;
  }
  return out;
}
