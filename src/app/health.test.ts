import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health } from './health.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Moment {
  readonly events?: number;
  readonly lost?: number;
  readonly waiting?: number;
  readonly delivered?: number;
}

/** What health says after looks at these moments, five seconds apart. */
function after(moments: readonly Moment[]): Health {
  const health = new Health();
  let now: Moment = {};
  health.begin(() => ({
    events: now.events ?? 0,
    eventsLost: new Map([['full', now.lost ?? 0]]),
    alertsWaiting: now.waiting ?? 0,
    alertsDelivered: now.delivered ?? 0,
  }));
  for (const moment of moments) {
    now = moment;
    vi.advanceTimersByTime(5000);
  }
  return health;
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test.each<[string, Moment[], string | undefined]>([
  ['a silent machine', times(20, () => ({ events: 7 })), undefined],
  [
    'events are lost and none arrives',
    times(4, (i) => ({ events: 7, lost: 10 * i })),
    'events are lost and none arrives',
  ],
  ['slow outputs', times(20, (i) => ({ waiting: 100, delivered: i })), undefined],
  ['outputs that are stuck for a while', times(5, () => ({ waiting: 3 })), undefined],
  ['outputs that are stuck', times(7, () => ({ waiting: 3 })), 'the outputs take no alerts'],
  ['and go on', [...times(9, () => ({ waiting: 3 })), { delivered: 3 }], undefined],
])('%s', (_, moments, problem) => {
  const health = after(moments);
  expect(health.problem).toBe(problem);
  expect(health.isReady).toBe(problem === undefined);
  health.end();
});

test('ready from the beginning of a session to its end', () => {
  const health = new Health();
  expect(health.isReady).toBe(false);
  health.begin(() => ({ events: 0, eventsLost: new Map(), alertsWaiting: 0, alertsDelivered: 0 }));
  expect(health.isReady).toBe(true);
  health.end();
  expect(health.isReady).toBe(false);
  expect(health.problem).toBeUndefined();
});
