import { expect, test } from 'vitest';
import { int32, uint64 } from './field-argument.ts';

test.each<[string, number | undefined, bigint | undefined]>([
  ['0', 0, 0n],
  [' \t-0012', -12, 18446744073709551604n],
  ['+7', 7, 7n],
  ['4294967297', 1, 4294967297n],
  ['99999999999999999999999', -1, 18446744073709551615n],
  ['', undefined, undefined],
  ['1 ', undefined, undefined],
  ['0x10', undefined, undefined],
  // As long as a rules file can make them: what is looked at twice would take minutes.
  [`${'0'.repeat(1_000_000)}5`, 5, 5n],
  [`${'0'.repeat(1_000_000)}x`, undefined, undefined],
])('%.30s as scanf reads it', (text, signed, unsigned) => {
  expect([int32(text), uint64(text)]).toEqual([signed, unsigned]);
});
