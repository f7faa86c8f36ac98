import { ByteTrie } from '../../src/engine/eval/byte-trie.ts';
import { Glob, requiredText } from '../../src/engine/eval/glob.ts';
import { isPathPrefix, PathPrefixes } from '../../src/engine/eval/path-match.ts';
import { regexTest, requiredByRegex } from '../../src/engine/eval/regex.ts';
import { Substrings } from '../../src/engine/eval/substrings.ts';
import { RegexError } from '../../src/base/regex.ts';
import { randomText, type Random } from '../../test/kit/random-rules.ts';
import { demand, messageKind, type Target } from '../target.ts';

/** Texts of an input: the first is looked for in the second. */
const border = '\0\0';
const regexAtoms = [
  'a',
  'b',
  '/',
  '.',
  '[ab]',
  '[^/]',
  '(a|b)',
  '(a*)',
  '(?i)',
  '\\d',
  '\\pL',
  '\\x41',
  '\\Qa.b\\E',
  '^',
  '$',
  '\\b',
  '(',
  ')',
  '|',
  '[[:alpha:]]',
  '\\.',
  '\xc3\xa9',
  '(?:',
  '{',
  '}',
  ',',
  '(?P<n>',
  'abc',
];
const quantifiers = ['', '', '', '*', '+', '?', '{2}', '{2,}', '{1,5}', '*?', '{1000}', '**'];
const globAtoms = [
  'a',
  'b',
  '/',
  '*',
  '?',
  '[ab]',
  '[!a]',
  '[^/]',
  '[a-',
  '[]',
  ']',
  '\\',
  '\\*',
  '[[:alpha:]]',
  '[[:x:]',
  '[[:toString:]]',
  '[:',
  ':]',
  '-',
  '\xff',
  'A',
];

function joined(random: Random, pieces: readonly string[], more: readonly string[] = ['']): string {
  return Array.from({ length: random.below(9) }, () => random.pick(pieces) + random.pick(more)).join('');
}

/** Whether the glob matches, found the slow way: all positions of the text that each token can end at. */
function slowGlob(pattern: string, text: string): boolean {
  let places = new Set([0]);
  for (let i = 0; i < pattern.length; i++) {
    const next = new Set<number>();
    for (const place of places) {
      if (pattern[i] === '*') for (let end = place; end <= text.length; end++) next.add(end);
      else if (place < text.length && (pattern[i] === '?' || pattern[i] === text[place])) next.add(place + 1);
    }
    places = next;
  }
  return places.has(text.length);
}

function checkGlob(pattern: string, text: string): boolean {
  const matches = new Glob(pattern, false).matches(text);
  const needed = requiredText(pattern);
  demand(!matches || text.includes(needed), () => `glob ${JSON.stringify(pattern)} matches without ${needed}`);
  if (!/[[\]\\]/.test(pattern)) {
    demand(matches === slowGlob(pattern, text), () => `glob ${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
  }
  const folded = new Glob(pattern, true).matches(text);
  demand(folded || !matches || pattern.includes('['), () => `${JSON.stringify(pattern)} matches with case only`);
  return matches;
}

function checkRegex(pattern: string, text: string): string {
  try {
    const matches = regexTest(pattern)(text);
    const needed = requiredByRegex(pattern);
    demand(!matches || text.includes(needed), () => `regex ${JSON.stringify(pattern)} matches without ${needed}`);
    return String(matches);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return messageKind(error.message);
  }
}

/** The indexes over many literals find what a search one by one finds. */
function checkIndexes(needles: readonly string[], text: string): string {
  const starts = new ByteTrie(false);
  const ends = new ByteTrie(true);
  const parts = new Substrings();
  const prefixes = new PathPrefixes();
  const indexes = [starts, ends, parts, prefixes];
  for (const [id, needle] of needles.entries()) for (const index of indexes) index.add(needle, id);
  const expected = [
    (needle: string) => text.startsWith(needle),
    (needle: string) => text.endsWith(needle),
    (needle: string) => text.includes(needle),
    (needle: string) => isPathPrefix(needle, text),
  ];
  return indexes
    .map((index, which) => {
      const found = new Set<number>();
      index.find(text, (id) => found.add(id));
      const wanted = needles.flatMap((needle, id) => (expected[which]!(needle) ? [id] : []));
      const ids = [...found].sort((a, b) => a - b);
      demand(ids.join() === wanted.join(), () => `index ${which} finds ${ids.join()}, one by one ${wanted.join()}`);
      return ids.length;
    })
    .join();
}

/** Longer than any path, command line or piece of data that events hold. */
const mostText = 1 << 18;

class PatternTarget implements Target {
  readonly name = 'pattern';
  readonly summary = 'globs, regular expressions, pmatch and the indexes over literals';

  seeds(): readonly Buffer[] {
    return [
      ['a*b', 'ab'],
      ['(a|b)*c', 'abc'],
      ['/etc/*', '/etc/x/y'],
      ['', ''],
    ].map((pair) => Buffer.from(pair.join(border)));
  }

  make(random: Random, corpus: readonly Buffer[]): Buffer {
    const pattern = random.chance(50) ? joined(random, regexAtoms, quantifiers) : joined(random, globAtoms);
    const text = random.chance(50)
      ? joined(random, ['a', 'b', '/', '.', 'c', 'A', '\xff', '\xc3\xa9', '\n', 'abc', 'a.b'])
      : randomText(random);
    const old = random.pick(corpus).toString('latin1').split(border);
    const pick = (made: string, kept: string | undefined) => (random.chance(25) ? (kept ?? '') + made : made);
    const long = pick(text, old[1]).repeat(random.chance(5) ? 50 : 1);
    // Kept ones are repeated again: without an end, they would grow to hundreds of megabytes.
    return Buffer.from([pick(pattern, old[0]), long.slice(0, mostText)].join(border), 'latin1');
  }

  run(input: Buffer): string {
    const [pattern = '', ...rest] = input.toString('latin1').split(border);
    const text = rest.join(border);
    const needles = [pattern, ...pattern.split(/[*?[\]]/), ...text.split('/')].filter((needle) => needle !== '');
    const found = checkIndexes([...new Set(needles)].slice(0, 40), text);
    return [checkGlob(pattern, text), checkRegex(pattern, text), isPathPrefix(pattern, text), found].join('|');
  }
}

export function patternTarget(): Target {
  return new PatternTarget();
}
