import { expect, test } from 'vitest';
import { decodeRules } from './rules-text.ts';
import { withLineFeeds } from './yaml-source.ts';
import { readYaml } from './yaml-tree.ts';

// Offsets are those that the field's parser tells of these texts.
test.each([
  ['- a: b\n\0', 9],
  ['- a: b\0', 8],
  ['\0', 2],
  ['- a: b\n\0- c: d\n', 9],
  ['- a\0b: c\n', 5],
  ['[a]\0', 5],
  ['- a: |\n    b\n    \0\n', 19],
  // What a tab may not do behind a text without quotes.
  ['- a: b\n\t\n- c: d\n', 7],
  ['- a: b\n\t# c\n- c: d\n', 7],
  ['- a: b\n  \t\n- c: d\n', 9],
  ['- a: b\n\n \t\n', 9],
  ['- a: b\n\tc\n', 7],
  ['- a: |\n    b\n\t\n- c: d\n', 13],
  ['-\ta: b\n', 3],
  ['- a: "x \\ud83d\\ude00"\n', 14],
  ['- a: "\\U00110000"\n', 16],
])('%j has a mistake at %i', (text, offset) => {
  expect(readYaml(text).problem?.mark.offset).toBe(offset);
});

test.each([
  ['- a: "b\0c"\n', 'b\0c'],
  ["- a: 'b\0c'\n", 'b\0c'],
  ['# \0\n- a: b\n', 'b'],
  ['- a: b # \0\n', 'b'],
  ['- a: b # c\n\t\n', 'b'],
  ['- a: "b"\n\t\n', 'b'],
  ['- a: b\n   \t\n', 'b'],
  ['- a: b\t\n', 'b'],
  ['- a: |\n    b\n    \t\n    c\n', 'b\n\t\nc\n'],
  ['- a: "\\u00e9\\U0001F600"\n', '\xc3\xa9\xf0\x9f\x98\x80'],
])('%j is read', (text, value) => {
  const { documents, problem } = readYaml(text);
  expect(problem).toBeUndefined();
  expect(documents).toMatchObject([{ items: [{ entries: [{ key: 'a', value: { value } }] }] }]);
});

const text = '- a: \u20ac\u{1f600}\n';

function swapped(words: string): Buffer {
  return Buffer.from(words, 'utf16le').swap16();
}

function wide(words: string, isBig: boolean): Buffer {
  const codes = Array.from(words, (char) => char.codePointAt(0)!);
  const bytes = Buffer.alloc(4 * codes.length);
  codes.forEach((code, i) => (isBig ? bytes.writeUInt32BE(code, 4 * i) : bytes.writeUInt32LE(code, 4 * i)));
  return bytes;
}

test.each([
  ['UTF-8', Buffer.from(text), text],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`), `\ufeff${text}`],
  ['UTF-16', Buffer.from(text, 'utf16le'), text],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${text}`, 'utf16le'), `\ufeff${text}`],
  ['UTF-16, big end first', swapped(text), text],
  ['UTF-16, big end first, with a mark', swapped(`\ufeff${text}`), `\ufeff${text}`],
  ['UTF-16 with half a character at its end', Buffer.concat([swapped(text), Buffer.from('a')]), text],
  ['UTF-32', wide(text, false), text],
  ['UTF-32 with a mark', wide(`\ufeff${text}`, false), `\ufeff${text}`],
  ['UTF-32, big end first', wide(text, true), text],
  ['UTF-32, big end first, with a mark', wide(`\ufeff${text}`, true), `\ufeff${text}`],
  ['UTF-32 beyond all characters', Buffer.from([0x2d, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), '-\ufffd'],
  ['nothing', Buffer.alloc(0), ''],
  ['a zero byte', Buffer.from([0]), '\0'],
  ['what is not UTF-8', Buffer.from([0x61, 0xe9, 0x62]), 'a\ufffdb'],
])('%s', (_what, bytes, expected) => {
  expect(decodeRules(bytes)).toBe(expected);
});

test.each([
  ['a\rb\r', 'a\nb\n'],
  ['a\r\nb\rc', 'a\r\nb\rc'],
  ['a\nb\r', 'a\nb\r'],
  ['a', 'a'],
])('line ends of %j', (given, expected) => {
  expect(withLineFeeds(given)).toBe(expected);
});
