import { expect, test } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

test.each<[string, [number, number][], boolean]>([
  ['nothing happens', Array(10).fill([0, 0]), true],
  ['events come, some are lost', Array.from({ length: 10 }, (_, i): [number, number] => [i + 1, i]), true],
  [
    'silence after losses',
    [
      [5, 0],
      [5, 9],
      [5, 9],
      [5, 9],
      [5, 9],
    ],
    true,
  ],
  [
    'events are lost and none arrives',
    [
      [5, 0],
      [5, 9],
      [5, 20],
    ],
    false,
  ],
  [
    'the same, and then the machine is silent',
    [
      [5, 0],
      [5, 9],
      [5, 20],
      [5, 20],
      [5, 20],
    ],
    false,
  ],
  [
    'the same, and then events arrive',
    [
      [5, 0],
      [5, 9],
      [5, 20],
      [6, 30],
    ],
    true,
  ],
])('%s', (_, looks, isAlive) => {
  const heartbeat = new Heartbeat();
  for (const [events, lost] of looks) heartbeat.look(events, lost);
  expect(heartbeat.isAlive).toBe(isAlive);
});
