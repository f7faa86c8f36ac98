import { unescapeQuoted } from './escapes.ts';

/**
 * A text that is not in the language. Thrown inside the parser only; its functions return it as a value. No Error: outputs
 * are parsed by trying many texts, and the stack of each failure would cost more than all else.
 */
export class SyntaxFailure {
  readonly message: string;
  readonly offset: number;

  constructor(message: string, offset: number) {
    this.message = message;
    this.offset = offset;
  }
}

// All linear: no two ways to match the same text.
const identifier = /[a-zA-Z][a-zA-Z0-9_]*/y;
const fieldName = /[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+/y;
const bareArgument = /[^\][" '\t\n\v\f\r]+/y;
const hexNumber = /0[xX][0-9a-fA-F]+/y;
const number = /[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?/y;
const bareText = /[^()"' \t\n\v\f\r=,]+/y;
const notBlank = /not[ \t\n\v\f\r]+/y;

/** The words of the language, each to be matched at a place. */
export const patterns = { identifier, fieldName, bareArgument, hexNumber, number, bareText, notBlank } as const;

/** A set of words, or a rule which they are. */
export interface Words {
  has(word: string): boolean;
}

/** A cursor over a condition (a byte string) with the tokens of the language. */
export class Lexer {
  readonly text: string;
  pos = 0;
  /** The last token taken. */
  token = '';

  constructor(text: string) {
    this.text = text;
  }

  fail(message: string): never {
    throw new SyntaxFailure(message, this.pos);
  }

  /** Skips blanks; whether there were any. */
  blank(): boolean {
    const start = this.pos;
    while (isBlank(this.text.charCodeAt(this.pos))) this.pos++;
    return this.pos > start;
  }

  pattern(pattern: RegExp): boolean {
    pattern.lastIndex = this.pos;
    const match = pattern.exec(this.text);
    if (match === null) return false;
    this.token = match[0];
    this.pos += this.token.length;
    return true;
  }

  /** An identifier that is one of some words. */
  wordOf(words: Words): boolean {
    const start = this.pos;
    if (this.pattern(identifier) && words.has(this.token)) return true;
    this.pos = start;
    return false;
  }

  literal(text: string): boolean {
    if (!this.text.startsWith(text, this.pos)) return false;
    this.token = text;
    this.pos += text.length;
    return true;
  }

  /** A word and, where asked for, at least one blank behind it; else the cursor stays. */
  word(text: string, blankAfter: boolean): boolean {
    if (!this.text.startsWith(text, this.pos)) return false;
    if (blankAfter && !isBlank(this.text.charCodeAt(this.pos + text.length))) return false;
    this.token = text;
    this.pos += text.length;
    if (blankAfter) this.blank();
    return true;
  }

  /**
   * A text in quotes, unescaped. A quote behind a backslash does not end it, even where the backslash itself is
   * escaped: 'a\\' goes on behind its last quote. Rules in the field rely on nothing else.
   */
  quoted(): boolean {
    const quote = this.text[this.pos];
    if (quote !== "'" && quote !== '"') return false;
    for (let at = this.pos + 1; at < this.text.length; at++) {
      const char = this.text[at];
      if (char === '\0') return false;
      if (char !== quote || (this.text[at - 1] === '\\' && at - 1 > this.pos)) continue;
      const inner = this.text.slice(this.pos + 1, at);
      this.pos = at + 1;
      const result = unescapeQuoted(inner, quote);
      if ('error' in result) this.fail(result.error);
      this.token = result.value;
      return true;
    }
    return false;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x08 || code === 0x0d || code === 0x0a;
}
