import { expect, test } from 'vitest';
import { regexTest, requiredByRegex } from './regex.ts';

test.each([
  ['abc+?d', 'abd', true],
  ['abc+?d', 'abccd', true],
  ['abc+d', 'abd', false],
  ['ab{2}{2}c', 'abbbbc', true],
])('%s on %s: %s', (pattern, text, matches) => {
  expect(regexTest(pattern)(text)).toBe(matches);
  // What is required is in every text that matches.
  if (matches) expect(text).toContain(requiredByRegex(pattern));
});
