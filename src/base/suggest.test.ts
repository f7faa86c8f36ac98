import { expect, test } from 'vitest';
import { didYouMean, similarWords } from './suggest.ts';

const words = ['json_output', 'rules_files', 'proc.name', 'proc.pname', 'priority'];

test.each([
  ['json_ouput', ['json_output']],
  ['proc.nmae', ['proc.name', 'proc.pname']],
  ['rule_files', ['rules_files']],
  ['xyz', []],
  ['prioritty', ['priority']],
])('%s', (word, expected) => {
  expect(similarWords(word, words)).toEqual(expected);
});

test('as a question', () => {
  expect(didYouMean('priorty', words)).toBe("did you mean 'priority'?");
  expect(didYouMean('nothing at all', words)).toBeUndefined();
});
