import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ruleCases } from '../../../test/conformance/language/corpus.ts';
import { missing, sharedFolder } from '../../../test/kit/requirements.ts';
import { PlainItems } from './yaml-plain.ts';
import { readYaml, readYamlByLibrary } from './yaml-tree.ts';

function yamlFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

const own = yamlFiles(path.resolve(import.meta.dirname, '../../../rules'));
const corpus = ruleCases().map(({ input }) => input);

/** How many items of a text the fast reader knows, and how many it does not. */
function known(text: string): [number, number] {
  const reader = new PlainItems(text, { left: 1e6 });
  let [plain, others] = [0, 0];
  while (reader.next() !== undefined) {
    if (reader.read() !== undefined) plain++;
    else if (reader.pass() !== '') others++;
  }
  return [plain, others];
}

const files: readonly (readonly [string, string])[] = [
  ['comments before and between', '# first\n\n \t# second\n- x: y # z\n# third\n\n- a: 1\n  # fourth\n  b: 2\n# last'],
  ['an item without a value', '- a:\n\n# comment\n- b:\n  - c:\n-\n- c: ~\n- d: null\n- e:'],
  ['an anchor in another item', '- a: &x [1, 2]\n- b: *x\n- c: 1\n'],
  ['an alias before its anchor', '- a: *x\n- b: &x 1\n'],
  ['other than ASCII', '- a: äöü\n- b: 日本 ü # ü\n- c: "é" # ü\n- d: [ä, {b: ö}]\n- e: {ü: é, x: y}\n- f: é\n'],
  [
    'block texts',
    '- a: >\n    one\n\n    two\n      three\n\n\n    four \n\n- b: |-\n   - no item\n    x\n- c: >-\n\n   x\n',
  ],
  [
    'block texts of other kinds',
    '- a: |+\n    x\n\n- b: >2\n    x\n- c: |\n- d: >\n  x\n- e: | # why\n    # text\n   # none\n',
  ],
  ['lines that end as in Windows', '- a: 1\n- b: >\n    c\n- d: "e\r\n    f"\n'.replaceAll('\n', '\r\n')],
  ['a text in quotes over a dash', '- a: "x\n- b: y"\n'],
  ['brackets over a dash', '- [a,\n- b]\n'],
  [
    'brackets over lines',
    "- a: [b, c # d\n   , \"e\", 'f''g', [h, ], -i,\n  ]\n- j: [k\n ]\n- l: [m n\n    o]\n- p: [[q\n  ]]\n",
  ],
  [
    'plain text over lines',
    '- a: b\n   c\n\n   d\n- e: f # g\n   h\n- i\n  j\n- k:\n    l: m\n  n: o\n- p:\n   q\n   r\n- s: t\n   - u\n',
  ],
  ['something behind the sequence', '- x: y\na: 1\n'],
  ['a map', 'a:\n- x: y\n'],
  ['a mistake in the last item', '- x: y\n- a: [\n'],
  ['a mistake of indentation', '- x: y\n   z: 1\n- a: b\n'],
  ['nested without blanks', '- - a\n  - b\n-c\n'],
  ['a comment before a value on its own line', '- a:\n # c\n    b\n- c: \n# d\n   e\n  f: g\n'],
  ['sequences below their keys', '- a:\n  - b\n  - c: d\n    e: f\n  g:\n    - h\n- i:\n  - j\n'],
  ['texts with colons', '- a: b:c\n- d: e: f\n- g: h:\n- i: [j:k, l: m]\n'],
  ['keys of other kinds', '- "a": b\n- ? c\n- null: d\n- [e]: f\n- 1: g\n- a b: h\n- i : j\n'],
  ['tabs', '- a:\tb\n- c: d\te\n- f: [g,\th]\n-\ti: j\n- k: |\n    l\n    \tm\n\t\n- n: o\n'],
  ['documents', '- a: b\n---\n- c: d\n'],
];

describe('read item by item, a file gives what the YAML library makes of it', () => {
  test.each(files)('%s', (_name, text) => {
    expect(readYaml(text)).toEqual(readYamlByLibrary(text));
    expect(readYaml(text.trimEnd())).toEqual(readYamlByLibrary(text.trimEnd()));
  });
  test.each(own.map((text) => [text]))('own rules', (text) => {
    expect(readYaml(text)).toEqual(readYamlByLibrary(text));
    expect(known(text)).toEqual([text.match(/^- /gm)?.length, 0]);
  });
  test('corpus', () => {
    for (const text of corpus) expect(readYaml(text)).toEqual(readYamlByLibrary(text));
  });
  test.skipIf(missing('shared'))('rules of the field', () => {
    for (const text of yamlFiles(path.join(sharedFolder ?? '', 'rules'))) {
      expect(readYaml(text)).toEqual(readYamlByLibrary(text));
      expect(known(text)[1]).toBe(0);
    }
  });
});

/** What changes the meaning of YAML where it is put. */
const marks =
  '\n|  |- |: |#| #|\'|"|[|]|,|>|-|\t|\r\n|&a |*a|~|\n\n|\n    |? |:|{|}|!|%|\\|é|\n# c\n|\n   # c\n|a: b|\n- x|>-\n'.split(
    '|',
  );

/** A small generator of the same numbers each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

function damaged(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const lines = text.split('\n');
  const line = random(lines.length);
  const kind = random(5);
  if (kind === 0) return text.slice(0, at) + marks[random(marks.length)]! + text.slice(at);
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1 + random(3));
  if (kind === 2) return lines.toSpliced(line, 1).join('\n');
  if (kind === 3) return lines.with(line, ' '.repeat(random(4)) + lines[line]!).join('\n');
  return lines.with(line, lines[line]!.slice(random(3))).join('\n');
}

test('so does a damaged file', () => {
  const random = numbers(1);
  const items = [...own.flatMap((text) => text.split(/\n(?=- )/)), ...corpus, ...files.map(([, text]) => text)];
  const short = items.filter((text) => text.length < 1500);
  for (let i = 0; i < 1000; i++) {
    let text = `${short[random(short.length)]!}\n${short[random(short.length)]!}`;
    for (let count = random(3); count >= 0; count--) text = damaged(text, random);
    expect(readYaml(text), JSON.stringify(text)).toEqual(readYamlByLibrary(text));
  }
});
