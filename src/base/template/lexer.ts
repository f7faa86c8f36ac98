import { TemplateFailure } from './ast.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'word'
  | 'field'
  | 'dot'
  | 'variable'
  | 'string'
  | 'number'
  | 'sign';

export interface Token {
  readonly kind: TokenKind;
  /** Of strings: what they mean; of fields and variables: the name alone. */
  readonly text: string;
  readonly offset: number;
  /** Stands right behind the token before it. */
  readonly tight: boolean;
}

const comment = /\{\{(?:-\s)?\/\*/y;
const blanks = /[ \t\r\n]+/y;
const rules: readonly (readonly [TokenKind, RegExp])[] = [
  ['number', /[+-]?(?:0[xX][0-9a-fA-F]{1,13}|\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?)(?![A-Za-z0-9_])/y],
  ['field', /\.[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y],
  ['dot', /\./y],
  ['variable', /\$[A-Za-z0-9_]*/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['sign', /:=|[=|(),]/y],
];

/** Splits a template's text into tokens; text that trim markers take away is gone. @throws TemplateFailure */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    const end = open < 0 ? source.length : open;
    let text = source.slice(at, end);
    if (trimNext) text = text.trimStart();
    trimNext = false;
    const trims = open >= 0 && source[open + 2] === '-' && isBlank(source[open + 3]);
    if (trims) text = text.trimEnd();
    if (text !== '') tokens.push({ kind: 'text', text, offset: at, tight: false });
    if (open < 0) break;
    const result = action(source, open, open + (trims ? 3 : 2), tokens);
    at = result.end;
    trimNext = result.trimNext;
  }
  return tokens;
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r';
}

/** Where an action ends at this place: behind its `}}`; undefined: it does not. */
function closing(source: string, at: number): { end: number; trimNext: boolean } | undefined {
  if (source.startsWith('}}', at)) return { end: at + 2, trimNext: false };
  if (source.startsWith('-}}', at) && isBlank(source[at - 1])) return { end: at + 3, trimNext: true };
  return undefined;
}

function action(source: string, open: number, start: number, tokens: Token[]): { end: number; trimNext: boolean } {
  comment.lastIndex = open;
  if (comment.test(source)) {
    const stop = source.indexOf('*/', start);
    if (stop < 0) throw new TemplateFailure(open, 'the comment is not closed');
    let after = stop + 2;
    while (isBlank(source[after])) after++;
    const closed = closing(source, after);
    if (closed === undefined) throw new TemplateFailure(after, 'a comment stands alone in its action');
    return closed;
  }
  tokens.push({ kind: 'open', text: '{{', offset: open, tight: false });
  let at = start;
  for (;;) {
    const before = at;
    blanks.lastIndex = at;
    if (blanks.test(source)) at = blanks.lastIndex;
    if (at >= source.length) throw new TemplateFailure(open, 'the action is not closed by }}');
    const closed = closing(source, at);
    if (closed !== undefined) {
      tokens.push({ kind: 'close', text: '}}', offset: at, tight: false });
      return closed;
    }
    at = token(source, at, at === before && at > start, tokens);
  }
}

function token(source: string, at: number, tight: boolean, tokens: Token[]): number {
  const char = source[at];
  if (char === '"' || char === '`' || char === "'") return quoted(source, at, tight, tokens);
  for (const [kind, rule] of rules) {
    rule.lastIndex = at;
    const match = rule.exec(source);
    if (match === null) continue;
    const text = kind === 'field' || kind === 'variable' ? match[0].slice(1) : match[0];
    tokens.push({ kind, text, offset: at, tight });
    return at + match[0].length;
  }
  throw new TemplateFailure(at, `unexpected ${JSON.stringify(char)}`);
}

function quoted(source: string, at: number, tight: boolean, tokens: Token[]): number {
  const quote = source[at]!;
  let text = '';
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i]!;
    if (char === quote) {
      const isRune = quote === "'";
      if (isRune && String.fromCodePoint(text.codePointAt(0) ?? 0) !== text)
        throw new TemplateFailure(at, 'a character in quotes is one character');
      tokens.push(
        isRune
          ? { kind: 'number', text: String(text.codePointAt(0)), offset: at, tight }
          : { kind: 'string', text, offset: at, tight },
      );
      return i + 1;
    }
    if (char === '\n' && quote !== '`') break;
    if (char === '\\' && quote !== '`') {
      const escaped = escape(source, i);
      text += escaped.text;
      i = escaped.end - 1;
    } else {
      text += char;
    }
  }
  throw new TemplateFailure(at, 'the text is not closed by its quote');
}

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const numeric = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/y;

function escape(source: string, at: number): { text: string; end: number } {
  const plain = simple[source[at + 1] ?? ''];
  if (plain !== undefined) return { text: plain, end: at + 2 };
  numeric.lastIndex = at;
  const match = numeric.exec(source);
  if (match === null) throw new TemplateFailure(at, 'unknown escape');
  const code =
    match[4] === undefined ? Number.parseInt((match[1] ?? match[2] ?? match[3])!, 16) : Number.parseInt(match[4], 8);
  if (code > 0x10ffff) throw new TemplateFailure(at, 'no such character');
  return { text: String.fromCodePoint(code), end: at + match[0].length };
}
