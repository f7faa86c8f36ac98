import type { TemplateValue } from './ast.ts';
import { isNumber, show } from './values.ts';

const verb = /%([-+# 0]*)(\d{0,3})(?:\.(\d{0,3}))?([A-Za-z%])/g;

/** `printf` with the verbs v, s, q, d, x, X, o, b, c, t, f, e, g, U and %; no more than `most` characters. */
export function printf(format: string, args: readonly TemplateValue[], most: number): string {
  let next = 0;
  let left = most;
  const text = format.replace(
    verb,
    (_whole, flags: string, width: string, precision: string | undefined, letter: string) => {
      if (letter === '%') return '%';
      if (next >= args.length) return `%!${letter}(MISSING)`;
      if (left <= 0) return '';
      const shown = one(letter, flags, precision, args[next++], left);
      left -= shown.length;
      return pad(shown, flags, Number(width));
    },
  );
  const extra = args.slice(next).map((value) => show(value, 100));
  return (extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`).slice(0, most);
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || !/^[-+]?[0-9]/.test(text)) return text.padStart(width);
  const sign = /^[-+]/.test(text) ? text[0]! : '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

function one(letter: string, flags: string, precision: string | undefined, value: TemplateValue, most: number): string {
  switch (letter) {
    case 'v':
    case 's':
      return cut(show(value ?? null, most, 1), precision);
    case 'q':
      return JSON.stringify(cut(show(value, most), precision));
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong(letter, value);
    case 'd':
    case 'o':
    case 'b':
    case 'c':
    case 'U':
      return isNumber(value) ? integer(letter, flags, value) : wrong(letter, value);
    case 'x':
    case 'X':
      return hex(letter, flags, value, most);
    case 'f':
    case 'F':
    case 'e':
    case 'g':
      return isNumber(value) ? real(letter, flags, precision, Number(value)) : wrong(letter, value);
    default:
      return wrong(letter, value);
  }
}

function cut(text: string, precision: string | undefined): string {
  if (precision === undefined) return text;
  let end = 0;
  for (let left = Number(precision); left > 0 && end < text.length; left--)
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

function wrong(letter: string, value: TemplateValue): string {
  return `%!${letter}(${show(value, 100)})`;
}

function integer(letter: string, flags: string, value: number | bigint): string {
  const whole = typeof value === 'number' ? Math.trunc(value) : value;
  if (letter === 'c' || letter === 'U') {
    const code = Number(whole);
    if (!(code >= 0 && code <= 0x10ffff)) return '\ufffd';
    return letter === 'c' ? String.fromCodePoint(code) : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  }
  const text = whole.toString(letter === 'd' ? 10 : letter === 'o' ? 8 : 2);
  return flags.includes('+') && whole >= 0 ? `+${text}` : text;
}

function hex(letter: string, flags: string, value: TemplateValue, most: number): string {
  let text: string;
  if (isNumber(value)) text = (typeof value === 'number' ? Math.trunc(value) : value).toString(16);
  else if (typeof value === 'string') text = Buffer.from(value.slice(0, most)).toString('hex');
  else return wrong(letter, value);
  if (flags.includes('#')) text = `0x${text}`;
  return letter === 'X' ? text.toUpperCase() : text;
}

function real(letter: string, flags: string, precision: string | undefined, value: number): string {
  const digits = Math.min(precision === undefined ? 6 : Number(precision), 100);
  let text = String(value);
  if (letter === 'e') text = value.toExponential(digits);
  else if (letter !== 'g') text = value.toFixed(digits);
  else if (precision !== undefined) text = String(Number(value.toPrecision(Math.max(digits, 1))));
  return flags.includes('+') && value >= 0 ? `+${text}` : text;
}
