import { expect, test } from 'vitest';
import { RecentExits } from './recent-exits.ts';

test('remembers exits for two seconds, by thread and parent', () => {
  const exits = new RecentExits();
  exits.add(10, 1, 1e9);
  expect(exits.has(10, 1, 1e9)).toBe(true);
  expect(exits.has(10, 1, 2.9e9)).toBe(true);
  expect(exits.has(10, 1, 3e9)).toBe(false);
  expect(exits.has(10, 1, 0.5e9)).toBe(false);
  expect(exits.has(10, 2, 1e9)).toBe(false);
  expect(exits.has(11, 1, 1e9)).toBe(false);
});

test('forgets the oldest', () => {
  const exits = new RecentExits();
  for (let tid = 0; tid < 9000; tid++) exits.add(tid, 1, 1e9);
  expect(exits.has(0, 1, 1e9)).toBe(false);
  expect(exits.has(8999, 1, 1e9)).toBe(true);
  expect(exits.has(9000 - 8192, 1, 1e9)).toBe(true);
});
