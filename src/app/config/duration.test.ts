import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['100ms', 100],
  ['15s', 15_000],
  ['1h30m', 5_400_000],
  ['1y2w3d4h5m6s7ms', 31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_400_000 + 300_000 + 6007],
  [' 1h ', 3_600_000],
  ['0s', 0],
  ['5000', undefined],
  ['', undefined],
  ['30m1h', undefined],
  ['1.5h', undefined],
  ['-1h', undefined],
  ['1h 30m', undefined],
  ['1H', undefined],
])('%s', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});
