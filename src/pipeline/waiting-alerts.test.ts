import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Alert } from '../model/alert.ts';
import { WaitingAlerts } from './waiting-alerts.ts';

let pushed: string[];
let waiting: WaitingAlerts;

beforeEach(() => {
  vi.useFakeTimers();
  pushed = [];
  waiting = new WaitingAlerts({ waitMs: 300, capacity: 3, push: (alert) => pushed.push(alert.line) });
});

afterEach(() => {
  vi.useRealTimers();
});

function add(container: string, line: string): void {
  waiting.add(container, () => ({ line }) as Alert);
}

it('alerts of a container come in their order when it is known', () => {
  add('a', 'a1');
  add('b', 'b1');
  add('a', 'a2');
  waiting.release('a');
  waiting.release('c');
  expect(pushed).toEqual(['a1', 'a2']);
});

it('nothing waits longer than the time', () => {
  add('a', 'a1');
  vi.advanceTimersByTime(200);
  add('b', 'b1');
  vi.advanceTimersByTime(100);
  expect(pushed).toEqual(['a1']);
  vi.advanceTimersByTime(200);
  expect(pushed).toEqual(['a1', 'b1']);
});

it('beyond the capacity nothing waits, and the order stays', () => {
  for (const line of ['a1', 'a2', 'a3', 'a4']) add('a', line);
  expect(pushed).toEqual(['a1', 'a2', 'a3', 'a4']);
});

it('tells when none waits any more', async () => {
  await waiting.empty();
  add('a', 'a1');
  let isEmpty = false;
  const emptied = waiting.empty().then(() => {
    isEmpty = true;
  });
  await vi.advanceTimersByTimeAsync(299);
  expect(isEmpty).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await emptied;
});
