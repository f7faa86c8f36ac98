const plainEscapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '/': '/',
  // A backslash before a blank swallows the blank: rules in the field were written with it.
  ' ': '\\',
};

type Unescaped = { readonly value: string } | { readonly error: string };

/** The text between quotes with its escapes resolved; `quote` is the quote character around it. */
export function unescapeQuoted(inner: string, quote: string): Unescaped {
  if (!inner.includes('\\')) return { value: inner };
  let value = '';
  let at = 0;
  while (at < inner.length) {
    const slash = inner.indexOf('\\', at);
    if (slash < 0) break;
    value += inner.slice(at, slash);
    const char = inner[slash + 1];
    // A lone backslash at the end vanishes: the quote behind it would have been part of the text.
    if (char === undefined) return { value };
    const plain = plainEscapes[char];
    at = slash + 2;
    if (plain !== undefined) {
      value += plain;
    } else if (char === '"' || char === "'") {
      if (char !== quote) return { error: `invalid \\${char} escape in ${quote}-quoted string` };
      value += char;
    } else if (char === 'x') {
      const digits = inner.slice(at, at + 2);
      if (digits.length < 2) return { error: 'truncated hex char escape sequence' };
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return { error: `invalid hex char escape sequence: ${digits}` };
      value += String.fromCharCode(Number.parseInt(digits, 16));
      at += 2;
    } else {
      return { error: `unsupported string escape sequence: \\${char}` };
    }
  }
  return { value: value + inner.slice(at) };
}

const namedControls: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

const special = /[\p{Cc}"\\]/u;

/** A byte string in double quotes such that reading it gives the same bytes. */
export function quote(text: string): string {
  if (!special.test(text)) return `"${text}"`;
  let inner = '';
  for (const char of text) {
    const code = char.charCodeAt(0);
    const named = namedControls[char];
    if (named !== undefined) inner += named;
    else if (code < 0x20 || code === 0x7f) inner += `\\x${code.toString(16).padStart(2, '0')}`;
    else inner += char;
  }
  return `"${inner}"`;
}
