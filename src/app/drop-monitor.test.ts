import { expect, test } from 'vitest';
import { eventByCode } from '../model/event-table.ts';
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

test('the alert tells the kinds of what was lost', () => {
  const told: Readonly<Record<string, string>>[] = [];
  const monitor = new DropMonitor(
    { threshold: 0, actions: ['alert'], rate: 1, maxBurst: 1 },
    { log: () => undefined, alert: (_, __, ___, fields) => void told.push(fields), exit: () => undefined },
  );
  const byEvent = new Map([
    [eventByCode('SYSCALL_OPENAT_2_X').id, 3],
    [eventByCode('SYSCALL_EXECVE_19_X').id, 2],
    [eventByCode('SYSCALL_FUTEX_X').id, 4],
  ]);
  monitor.lost(9, 100, 0, byEvent);
  expect(told).toMatchObject([
    { n_drops: '9', n_drops_buffer_open_exit: '3', n_drops_buffer_execve_exit: '2', n_drops_buffer_close_exit: '0' },
  ]);
});
