import { expect, test } from 'vitest';
import { DropMonitor, type DropSettings } from './drop-monitor.ts';

function monitor(settings: Partial<DropSettings> = {}) {
  const seen: string[] = [];
  const made = new DropMonitor(
    { threshold: 0.1, actions: ['log', 'alert', 'exit'], rate: 0.5, maxBurst: 1, ...settings },
    {
      log: (level, message) => seen.push(`${level} ${message}`),
      alert: (priority, rule, _, fields) =>
        seen.push(`${priority} ${rule} ${fields['n_drops']}/${fields['n_evts']} of ${Object.keys(fields).length}`),
      exit: () => seen.push('exit'),
    },
  );
  return { monitor: made, seen };
}

test('all actions, in order', () => {
  const { monitor: drops, seen } = monitor();
  drops.lost(20, 80, 0);
  expect(seen).toEqual([
    'debug Falco internal: syscall event drop. 20 system calls dropped in last second.',
    'Debug Falco internal: syscall event drop 20/100 of 15',
    'critical Falco internal: syscall event drop. 20 system calls dropped in last second.',
    'critical Exiting.',
    'exit',
  ]);
});

test('below the threshold nothing is done', () => {
  const { monitor: drops, seen } = monitor();
  drops.lost(10, 90, 0);
  expect(seen).toEqual([]);
  expect(drops.detected).toBe(0);
});

test('the part lost counts since the last time, and the bucket fills with time', () => {
  const { monitor: drops, seen } = monitor({ actions: ['log'] });
  drops.lost(50, 50, 0);
  drops.lost(50, 100, 1000);
  drops.lost(10, 1100, 1500);
  drops.lost(50, 1150, 2000);
  expect(seen).toHaveLength(3);
  expect(seen[1]).toBe('debug events were lost, but nothing is done so soon after the last time');
  expect(drops.detected).toBe(3);
  expect(drops.acted).toBe(2);
});

test('ignore', () => {
  const { monitor: drops, seen } = monitor({ actions: ['ignore'] });
  drops.lost(50, 0, 0);
  expect(seen).toEqual([]);
});
