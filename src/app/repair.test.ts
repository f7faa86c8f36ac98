import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MachineState } from '../state/machine-state.ts';
import { StateRepair } from './repair.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function repaired(threads: readonly { tid: number; pid: number }[] = []) {
  const looked: number[] = [];
  const machine = { threads: () => threads, repair: (pid: number) => looked.push(pid) > 0 };
  return { looked, repair: new StateRepair(machine as unknown as MachineState) };
}

function loss(...pids: number[]) {
  const culprits = pids.map((pid) => ({ pid, name: 'p', cgroup: 0, drops: 1 }));
  return { byEvent: new Map<number, number>(), byCpu: new Map<number, number>(), culprits };
}

it('looks at those whose events were lost, once there is peace', () => {
  const { looked, repair } = repaired();
  repair.lost(loss(7, 8));
  vi.advanceTimersByTime(900);
  repair.lost(loss(8, 9));
  vi.advanceTimersByTime(900);
  expect(looked).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(looked).toEqual([7, 8, 9]);
  expect(repair.counts).toEqual({ looked: 3, wrong: 3 });
});

it('looks at all processes when it is not known whose they were', () => {
  const threads = [
    { tid: 1, pid: 1 },
    { tid: 2, pid: 1 },
    { tid: 3, pid: 3 },
  ];
  const { looked, repair } = repaired(threads);
  repair.lost(loss(0));
  vi.advanceTimersByTime(1000);
  expect(looked).toEqual([1, 3]);
});

it('does not wait for peace for ever, and then takes its time again', () => {
  const { looked, repair } = repaired();
  for (let i = 0; i < 20; i++) {
    repair.lost(loss(5));
    vi.advanceTimersByTime(500);
  }
  expect(looked).toEqual([5, 5]);
});

it('looks at a few at a time, and ends when it is closed', () => {
  const { looked, repair } = repaired();
  repair.lost(loss(...Array.from({ length: 100 }, (_, i) => i + 1)));
  vi.advanceTimersByTime(1020);
  expect(looked.length).toBeLessThan(40);
  // Losses meanwhile wait for the next time.
  repair.lost(loss(1000));
  vi.advanceTimersByTime(500);
  expect(looked).toHaveLength(100);
  vi.advanceTimersByTime(1000);
  expect(looked.at(-1)).toBe(1000);
  repair.lost(loss(1001));
  repair.close();
  vi.advanceTimersByTime(10_000);
  expect(looked).toHaveLength(101);
});
