import type { Random } from '../test/kit/random-rules.ts';

const hostile: readonly string[] = [
  '\0',
  '\xff',
  '\ufeff',
  '\ud800',
  '\u2028',
  '\r',
  '\r\n',
  '\t',
  '\\',
  '"',
  "'",
  '%',
  '${',
  '$${',
  '}',
  '*',
  '[[:alpha:]]',
  '(((',
  ')))',
  '[',
  ']',
  '{',
  '&a ',
  '*a',
  '<<: ',
  '!!int ',
  '!!binary ',
  '? ',
  '| ',
  '>-\n',
  '---\n',
  '...\n',
  '# ',
  ': ',
  '- ',
  '~',
  '-1',
  '0x7fffffffffffffff',
  '18446744073709551616',
  '1e999',
  '.nan',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
];

/** Longer inputs are cut: what matters shows in small ones, and time bounds are for those. */
const maxLength = 1 << 17;

function tokensOf(text: string): string[] {
  return text.match(/[A-Za-z0-9_.]+|\s+|[^A-Za-z0-9_.\s]/g) ?? [];
}

/** A part of a text, cut where words and lines end. */
function part(random: Random, text: string): string {
  const tokens = tokensOf(text.slice(0, maxLength));
  const from = random.below(Math.max(tokens.length, 1));
  return tokens.slice(from, from + 1 + random.below(random.chance(50) ? 6 : 60)).join('');
}

function changeLines(random: Random, text: string, other: string): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const count = 1 + random.below(4);
  const others = other.split('\n');
  const from = random.below(others.length);
  switch (random.below(5)) {
    case 0:
      lines.splice(at, count);
      break;
    case 1:
      lines.splice(at, 0, ...lines.slice(at, at + count));
      break;
    case 2:
      lines.splice(at, 0, ...others.slice(from, from + count));
      break;
    case 3:
      lines.splice(at, count, ...lines.splice(random.below(lines.length), count));
      break;
    default:
      lines[at] = ' '.repeat(random.below(6)) + (lines[at] ?? '').trimStart();
  }
  return lines.join('\n');
}

function changeTokens(random: Random, text: string, other: string, words: readonly string[]): string {
  const tokens = tokensOf(text);
  const at = random.below(tokens.length + 1);
  switch (random.below(6)) {
    case 0:
      tokens.splice(at, 1 + random.below(3));
      break;
    case 1:
      tokens.splice(at, 1, random.pick(words));
      break;
    case 2:
      tokens.splice(at, 0, random.pick(words), random.pick(words));
      break;
    case 3:
      tokens.splice(at, 0, random.pick(hostile));
      break;
    case 4:
      tokens.splice(at, 0, part(random, other));
      break;
    default: {
      const run = tokens.slice(at, at + 1 + random.below(8)).join('');
      tokens.splice(at, 0, run.repeat(1 + random.below(random.chance(10) ? 400 : random.chance(2) ? 20_000 : 4)));
    }
  }
  return tokens.join('');
}

function changeChars(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const char = random.chance(50) ? random.pick(hostile) : String.fromCharCode(random.below(256));
  return text.slice(0, at) + char + text.slice(at + random.below(3));
}

/**
 * A text made from others of its kind by a few changes of lines, words and characters.
 * @param words of the language, to be put in.
 */
export function mutateText(random: Random, texts: readonly string[], words: readonly string[]): string {
  let text = random.pick(texts);
  for (let n = random.below(5); n >= 0; n--) {
    const other = random.pick(texts);
    const way = random.below(10);
    if (way < 3) text = changeLines(random, text, other);
    else if (way < 8) text = changeTokens(random, text, other, words);
    else text = changeChars(random, text);
    text = text.slice(0, maxLength);
  }
  return text;
}

/** Words of texts, each once. */
export function wordsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(/[A-Za-z_][A-Za-z0-9_.-]*|[<>=!]+/g) ?? []))];
}
