import { describe, expect, test } from 'vitest';
import { pieceStarts } from './yaml-pieces.ts';
import { readYaml } from './yaml-tree.ts';

const long = `- list: long\n  items: [${'word, '.repeat(4000)}end]\n`;

const files: readonly (readonly [string, string])[] = [
  ['items', `${long}- a: 1\n${long}- b: 2\n`],
  ['comments before and between', `# first\n\n \t# second\n${long}# third\n\n- a: 1\n# fourth\n${long}# last`],
  ['an item without a value at a cut', `${long}- a:\n\n# comment\n${long}- b:\n  - c:\n${long}-\n${long}- c: ~`],
  ['an anchor in another piece', `- a: &x [1, 2]\n${long}${long}- b: *x\n${long}`],
  ['an alias before its anchor', `- a: *x\n${long}- b: &x 1\n`],
  ['other than ASCII', `- a: äöü\n${long}- b: 日本\n${long}- c: "é" # ü\n`],
  ['block texts', `${long}- a: >\n    one\n\n    two\n${long}- b: |-\n   - no item\n    x\n${long}`],
  ['lines that end as in Windows', `${long}- a: 1\n${long}- b: >\n    c\n`.replaceAll('\n', '\r\n')],
  ['a text in quotes over a dash', `- a: "x\n${long}- b: y"\n${long}`],
  ['brackets over a dash', `- [a,\n${long}- b]\n${long}`],
  ['something behind the sequence', `${long}${long}a: 1\n`],
  ['a map', `a:\n${long}${long}`],
  ['a mistake in the last piece', `${long}${long}- a: [\n`],
  ['nested without blanks', `${long}- - a\n  - b\n${long}-c\n`],
];

describe('a file read in pieces is the same as one read as a whole', () => {
  test.each(files)('%s', (_name, text) => {
    // The end of a document keeps it from being cut, and has a place of its own.
    const whole = readYaml(`${text}\n...\n`);
    const pieces = readYaml(`${text}\n`);
    expect(pieces.documents).toEqual(whole.documents);
    expect(pieces.oddities).toEqual(whole.oddities);
    expect(pieces.problem === undefined).toBe(whole.problem === undefined);
  });
});

test.each([
  ['one short sequence', '- a\n- b\n', undefined],
  ['a sequence', `${long}${long}- a`, [0, long.length, long.length * 2]],
  ['comments belong to the item before', `#\n${long}#\n- a`, [0, long.length + 4]],
  ['several documents', `${long}---\n${long}`, undefined],
  ['a directive', `%YAML 1.2\n${long}`, undefined],
  ['a map', `a:\n${long}`, undefined],
  ['an anchor of the whole', `&a\n${long}`, undefined],
  ['no dash but a text', `-a\n${long}`, undefined],
])('where to cut: %s', (_name, text, starts) => {
  expect(pieceStarts(text)).toEqual(starts);
});
