import { describe, expect, test } from 'vitest';
import { conditionCases, conditionResults, ruleCases, ruleResults } from '../../../test/conformance/language/corpus.ts';

describe('corpus of conditions', () => {
  test.each(conditionCases())('$name', ({ input, expected }) => {
    expect(conditionResults(input)).toEqual(expected);
  });
});

describe('corpus of rules files', () => {
  test.each(ruleCases())('$name', ({ input, expected }) => {
    expect(ruleResults(input)).toEqual(expected);
  });
});
