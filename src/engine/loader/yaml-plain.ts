import { type Mark, nullTexts, type YamlEntry, type YamlNode } from './yaml-node.ts';

/** Deeper nesting, and all else that rules files hardly have, is for the library. */
const maxDepth = 16;

const keyPattern = /[A-Za-z_][\w.-]{0,99}(?=:(?:[ \n]|$))/y;
const blockHeader = /([|>])(-?) *(?: #[^\n]*)?(?=\n|$)/y;
/** Text without quotes: how it begins, and how it does within brackets. */
const plainStart = /(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[^\s,[\]{}])/y;
const flowPlain = /(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[^\s,[\]{}])[^,[\]{}\n]*/y;
/** What ends or spoils plain text: a comment, something that could be a key, other blanks than the space. */
const notPlain = /[\t\r]|:(?: |$)| #/;
const blankLine = /[ \t\r]*(?:#[^\n]*)?(?:\n|$)/y;

/** The text at this place has a form that this reader leaves to the library. */
class NotPlain extends Error {}

/**
 * Reads one item after the other of a rules file that is a sequence, its dashes in the first column: ten times as fast as
 * a whole YAML parser, in no more memory than the result takes. It knows the few forms that nearly all rules files consist
 * of, reads them just as the library does (a test compares them), and tells of all others that it does not know them.
 */
export class PlainItems {
  readonly #text: string;
  readonly #budget: { left: number };
  #at = 0;
  #line = 0;
  #lineStart = 0;

  /** @param text a byte string. @param budget nodes that may still be read. */
  constructor(text: string, budget: { left: number }) {
    this.#text = text;
    this.#budget = budget;
  }

  /** The place where the next item begins; undefined: there is none. Ends the reading of an item. */
  next(): Mark | undefined {
    while (this.#at < this.#text.length) {
      blankLine.lastIndex = this.#at;
      if (!blankLine.test(this.#text)) break;
      this.#to(blankLine.lastIndex);
    }
    return this.#at < this.#text.length ? this.#mark() : undefined;
  }

  /** Whether a dash is here, in the first column. */
  get isItem(): boolean {
    return this.#at === this.#lineStart && isDash(this.#text, this.#at);
  }

  /** Reads the item here. @returns undefined: it has another form; then the place is still its beginning. */
  read(): YamlNode | undefined {
    const { left } = this.#budget;
    const start = this.#mark();
    try {
      const item = this.#item(0, 1);
      if (this.#skip() <= 0 && (this.#at >= this.#text.length || this.isItem)) return item;
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error;
    }
    this.#budget.left = left;
    this.#at = start.offset;
    this.#line = start.line;
    this.#lineStart = start.offset;
    return undefined;
  }

  /** Goes on to the next line that begins as an item does, or to the end. @returns the text that was passed. */
  pass(): string {
    const start = this.#at;
    let at = start;
    do at = this.#text.indexOf('\n-', at) + 1;
    while (at > 0 && !isDash(this.#text, at));
    this.#to(at === 0 ? this.#text.length : at);
    return this.#text.slice(start, this.#at);
  }

  /** Moves on to a line's start or the end of the text. */
  #to(end: number): void {
    for (let at = this.#text.indexOf('\n', this.#at); at >= 0 && at < end; at = this.#text.indexOf('\n', at + 1)) {
      this.#line++;
      this.#lineStart = at + 1;
    }
    this.#at = end;
  }

  #mark(): Mark {
    return { offset: this.#at, line: this.#line, column: this.#at - this.#lineStart };
  }

  #count(depth: number): void {
    if (--this.#budget.left < 0 || depth > maxDepth) throw new NotPlain();
  }

  /** Where the line ends. */
  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end < 0 ? this.#text.length : end;
  }

  /** Moves to what comes next behind blanks, line ends and comments. @returns its column; -1: nothing does. */
  #skip(): number {
    const text = this.#text;
    for (;;) {
      while (text.charCodeAt(this.#at) === 0x20) this.#at++;
      const char = text.charCodeAt(this.#at);
      if (char === 0x23 && (this.#at === this.#lineStart || text.charCodeAt(this.#at - 1) === 0x20)) {
        this.#at = this.#lineEnd();
      } else if (char === 0x0a) {
        this.#at++;
        this.#line++;
        this.#lineStart = this.#at;
      } else if (char === 0x09 || char === 0x0d) {
        throw new NotPlain();
      } else {
        return this.#at < text.length ? this.#at - this.#lineStart : -1;
      }
    }
  }

  /** Requires that nothing but a comment follows on the line. */
  #endOfLine(): void {
    const line = this.#line;
    if (this.#skip() >= 0 && this.#line === line) throw new NotPlain();
  }

  /** The item at a dash. @param column of the dash. */
  #item(column: number, depth: number): YamlNode {
    const line = this.#line;
    if (this.#text.charCodeAt(++this.#at) !== 0x20) throw new NotPlain();
    if (this.#skip() < 0 || this.#line !== line) throw new NotPlain();
    return this.#node(column, depth);
  }

  /** A node that begins here. @param parent column that all of it lies to the right of. */
  #node(parent: number, depth: number): YamlNode {
    if (isDash(this.#text, this.#at)) return this.#sequence(depth);
    keyPattern.lastIndex = this.#at;
    return keyPattern.test(this.#text) ? this.#map(depth) : this.#value(parent, depth);
  }

  #sequence(depth: number): YamlNode {
    this.#count(depth);
    const mark = this.#mark();
    const { column } = mark;
    const items: YamlNode[] = [];
    do items.push(this.#item(column, depth + 1));
    while (this.#skip() === column && isDash(this.#text, this.#at));
    this.#requireEnd(column);
    return { kind: 'seq', mark, items };
  }

  #map(depth: number): YamlNode {
    this.#count(depth);
    const mark = this.#mark();
    const { column } = mark;
    const entries: YamlEntry[] = [];
    do entries.push(this.#entry(column, depth + 1));
    while (this.#skip() === column);
    this.#requireEnd(column);
    return { kind: 'map', mark, entries };
  }

  /** Requires that a block ends here: what comes next does not lie to the right of it. */
  #requireEnd(column: number): void {
    if (this.#at < this.#text.length && this.#at - this.#lineStart > column) throw new NotPlain();
  }

  #entry(column: number, depth: number): YamlEntry {
    this.#count(depth);
    const keyMark = this.#mark();
    keyPattern.lastIndex = this.#at;
    const key = keyPattern.exec(this.#text)?.[0];
    if (key === undefined || nullTexts.has(key)) throw new NotPlain();
    this.#at += key.length + 1;
    const line = this.#line;
    const next = this.#skip();
    if (next >= 0 && this.#line === line) return { key, keyMark, value: this.#value(column, depth) };
    // Sequences may lie in the column of their key.
    const isInside = next > column || (next === column && isDash(this.#text, this.#at));
    if (isInside) {
      const value = this.#node(column, depth);
      // The library takes some of these for mistakes.
      if (value.kind === 'scalar' && this.#hasComment(line, value.mark)) throw new NotPlain();
      return { key, keyMark, value };
    }
    this.#count(depth);
    return { key, keyMark, value: { kind: 'null', mark: this.#mark() } };
  }

  /** What is no block of its own: text in all its forms, and lists in brackets. */
  #value(parent: number, depth: number): YamlNode {
    const char = this.#text[this.#at];
    if (char === '|' || char === '>') return this.#blockText(parent, depth);
    if (char !== '[' && char !== '"' && char !== "'") return this.#plainText(parent, depth);
    const node = char === '[' ? this.#flowSequence(parent, depth, false) : this.#quoted(char, depth);
    this.#endOfLine();
    return node;
  }

  /** In quotes, on one line, without escapes other than the doubled single quote. */
  #quoted(quote: string, depth: number): YamlNode {
    this.#count(depth);
    const text = this.#text;
    const mark = this.#mark();
    let end = text.indexOf(quote, this.#at + 1);
    while (quote === "'" && end >= 0 && text[end + 1] === quote) end = text.indexOf(quote, end + 2);
    if (end < 0 || end > this.#lineEnd()) throw new NotPlain();
    const inside = text.slice(this.#at + 1, end);
    if (inside.includes('\r') || (quote === '"' && inside.includes('\\'))) throw new NotPlain();
    this.#at = end + 1;
    return { kind: 'scalar', mark, value: quote === "'" ? inside.replaceAll("''", "'") : inside };
  }

  #flowSequence(parent: number, depth: number, isInner: boolean): YamlNode {
    this.#count(depth);
    const mark = this.#mark();
    const items: YamlNode[] = [];
    this.#at++;
    while (this.#flowSkip(parent, isInner) !== ']') {
      items.push(this.#flowItem(parent, depth + 1));
      const next = this.#flowSkip(parent, isInner);
      if (next === ',') this.#at++;
      else if (next !== ']') throw new NotPlain();
    }
    this.#at++;
    return { kind: 'seq', mark, items };
  }

  /** The next character within brackets. All lines must lie to the right of what they belong to, but for the last bracket. */
  #flowSkip(parent: number, isInner: boolean): string | undefined {
    const line = this.#line;
    const column = this.#skip();
    const char = this.#text[this.#at];
    const least = char === ']' && !isInner ? parent : parent + 1;
    if (this.#line !== line && column < least) throw new NotPlain();
    return char;
  }

  #flowItem(parent: number, depth: number): YamlNode {
    const char = this.#text[this.#at];
    if (char === '[') return this.#flowSequence(parent, depth, true);
    if (char === '"' || char === "'") return this.#quoted(char, depth);
    this.#count(depth);
    const mark = this.#mark();
    flowPlain.lastIndex = this.#at;
    const found = flowPlain.exec(this.#text)?.[0];
    if (found === undefined || notPlain.test(found)) throw new NotPlain();
    this.#at += found.length;
    return scalar(mark, withoutBlanks(found));
  }

  /** Without quotes; further lines are joined with a blank, empty ones between them stay as line ends. */
  #plainText(parent: number, depth: number): YamlNode {
    this.#count(depth);
    plainStart.lastIndex = this.#at;
    if (!plainStart.test(this.#text)) throw new NotPlain();
    const mark = this.#mark();
    // Put together at once: as a chain of pieces it would take more memory than its text.
    const pieces = [this.#plainLine()];
    for (;;) {
      const line = this.#line;
      const isComment = this.#text[this.#at] === '#';
      const column = this.#skip();
      // A comment ends it; so what lies to the right is a mistake, or is told by whoever reads on here.
      if (column <= parent || isComment || this.#hasComment(line, this.#mark())) break;
      if (isDash(this.#text, this.#at)) throw new NotPlain();
      const lines = this.#line - line;
      pieces.push(lines === 1 ? ' ' : '\n'.repeat(lines - 1), this.#plainLine());
    }
    return scalar(mark, pieces.join(''));
  }

  /** Whether a comment stands between a line and a place below it. */
  #hasComment(line: number, place: Mark): boolean {
    let end = place.offset - place.column;
    for (let at = place.line; at > line + 1; at--) {
      const start = this.#text.lastIndexOf('\n', end - 2) + 1;
      if (withoutBlanks(this.#text.slice(start, end - 1)) !== '') return true;
      end = start;
    }
    return false;
  }

  /** The text on this line up to a comment. */
  #plainLine(): string {
    const end = this.#lineEnd();
    const line = this.#text.slice(this.#at, end);
    const comment = line.indexOf(' #');
    const found = withoutBlanks(comment < 0 ? line : line.slice(0, comment));
    if (notPlain.test(found)) throw new NotPlain();
    this.#at = comment < 0 ? end : this.#at + comment + 1;
    return found;
  }

  /** The lines behind `|` or `>`, without a number of blanks and not keeping empty lines at the end. */
  #blockText(parent: number, depth: number): YamlNode {
    this.#count(depth);
    const mark = this.#mark();
    blockHeader.lastIndex = this.#at;
    const header = blockHeader.exec(this.#text);
    if (header === null) throw new NotPlain();
    this.#at += header[0].length;
    const isFolded = header[1] === '>';
    const pieces: string[] = [];
    let indent = -1;
    let breaks = 0;
    let wasIndented = true;
    for (;;) {
      const line = this.#blockLine(indent, parent);
      if (line === undefined) break;
      if (indent < 0 && line !== '') {
        indent = this.#at - line.length - this.#lineStart;
        breaks--;
      }
      breaks++;
      if (line === '') continue;
      const isIndented = line.startsWith(' ');
      const isJoined = isFolded && !wasIndented && !isIndented;
      const between = isJoined && breaks > 1 ? breaks - 1 : breaks;
      pieces.push(isJoined && breaks === 1 ? ' ' : '\n'.repeat(between), line);
      wasIndented = isIndented;
      breaks = 0;
    }
    if (indent < 0) throw new NotPlain();
    if (header[2] !== '-') pieces.push('\n');
    return { kind: 'scalar', mark, value: pieces.join('') };
  }

  /**
   * The next line of a block text without its indentation; undefined behind the last one.
   * @param indent of the lines; -1: the first one says it.
   */
  #blockLine(indent: number, parent: number): string | undefined {
    const text = this.#text;
    if (this.#at >= text.length) return undefined;
    const start = this.#at + 1;
    let first = start;
    while (text.charCodeAt(first) === 0x20) first++;
    const column = first - start;
    const char = text.charCodeAt(first);
    if (char === 0x09 || char === 0x0d) throw new NotPlain();
    const isEmpty = char === 0x0a || first >= text.length;
    // Blanks at the end of a line without anything else: how many there may be depends on the other lines.
    if (isEmpty && column > Math.max(indent, 0)) throw new NotPlain();
    if (!isEmpty && column < (indent < 0 ? parent + 1 : indent)) return undefined;
    this.#at = start;
    this.#line++;
    this.#lineStart = start;
    const line = text.slice(indent < 0 ? first : start + indent, this.#lineEnd());
    if (line.includes('\r')) throw new NotPlain();
    this.#at = this.#lineEnd();
    return isEmpty ? '' : line;
  }
}

/** Whether an item of a sequence begins at a place. */
function isDash(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 0x2d) return false;
  const next = text.charCodeAt(at + 1);
  return next === 0x20 || next === 0x0a || next === 0x0d || next === 0x09 || at + 1 >= text.length;
}

function scalar(mark: Mark, value: string): YamlNode {
  return nullTexts.has(value) ? { kind: 'null', mark } : { kind: 'scalar', mark, value };
}

/** Without the blanks at the end. */
function withoutBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(0, end);
}
