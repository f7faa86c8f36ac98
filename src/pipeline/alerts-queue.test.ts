import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { Alert } from '../model/alert.ts';
import type { OpenWriter } from '../model/writer.ts';
import { AlertQueue, type NamedOutput } from './alerts-queue.ts';

function alert(line: string): Alert {
  const rest = { hostname: 'h', rule: 'r', priority: 'Notice', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, ...rest };
}

function queue(outputs: NamedOutput[], options: { capacity?: number; timeoutMs?: number } = {}) {
  const seen: string[] = [];
  const made = new AlertQueue(outputs, {
    capacity: options.capacity ?? 1000,
    timeoutMs: options.timeoutMs ?? 1000,
    onError: (id, error) => seen.push(`${id}: ${error.message}`),
    onLoss: (total) => seen.push(`lost ${total}`),
    onStuck: (id) => seen.push(`stuck ${id}`),
  });
  return { queue: made, seen };
}

function collector(write?: (line: string) => void | Promise<void>): { lines: string[]; output: OpenWriter } {
  const lines: string[] = [];
  const output = {
    write(item: Alert) {
      lines.push(item.line);
      return write?.(item.line);
    },
    close: () => void lines.push('closed'),
  };
  return { lines, output };
}

test('order, and an output that fails does not disturb the others', async () => {
  const good = collector();
  const slow = collector(() => sleep(1));
  const bad = collector((line) => {
    if (line === '1') throw new Error('sync');
  });
  const worse = collector((line) => (line === '2' ? Promise.reject(new Error('async')) : Promise.resolve()));
  const outputs = Object.entries({ good, slow, bad, worse }).map(([id, { output }]) => ({ id, output }));
  const { queue: alerts, seen } = queue(outputs);
  for (const line of ['1', '2', '3']) expect(alerts.push(alert(line))).toBe(true);
  await alerts.close();
  for (const { lines } of [good, slow, bad, worse]) expect(lines).toEqual(['1', '2', '3', 'closed']);
  expect(seen).toEqual(['bad: sync', 'worse: async']);
  expect([...alerts.failures]).toEqual([
    ['bad', 1],
    ['worse', 1],
  ]);
  expect(alerts.delivered).toBe(3);
  expect(alerts.lost).toBe(0);
});

test('an output that keeps failing is reported ever more seldom, and anew after a success', async () => {
  const { output } = collector((line) => {
    if (line === 'bad') throw new Error('no');
  });
  const { queue: alerts, seen } = queue([{ id: 'x', output }]);
  for (let i = 0; i < 9; i++) alerts.push(alert('bad'));
  expect(seen).toHaveLength(4);
  alerts.push(alert('good'));
  alerts.push(alert('bad'));
  expect(seen).toHaveLength(5);
  expect(alerts.failures.get('x')).toBe(10);
  await alerts.close();
});

test('outputs that are quick get the alert at once', () => {
  const { lines, output } = collector();
  const { queue: alerts } = queue([{ id: 'quick', output }]);
  alerts.push(alert('now'));
  expect(lines).toEqual(['now']);
});

test('a full queue loses, counts and says so', async () => {
  const gate = Promise.withResolvers<void>();
  const { lines, output } = collector(() => gate.promise);
  const { queue: alerts, seen } = queue([{ id: 'slow', output }], { capacity: 2 });
  const taken = ['1', '2', '3', '4', '5', '6'].map((line) => alerts.push(alert(line)));
  expect(taken).toEqual([true, true, true, false, false, false]);
  gate.resolve();
  await alerts.drained();
  expect(lines).toEqual(['1', '2', '3']);
  expect(alerts.lost).toBe(3);
  expect(seen).toEqual(['lost 1', 'lost 2']);
});

test('an output that takes several at once gets what has gathered, and a failure counts for all of it', async () => {
  const batches: string[][] = [];
  const gate = Promise.withResolvers<void>();
  const output: OpenWriter = {
    write: (item) => {
      batches.push([item.line]);
      return gate.promise;
    },
    writeAll: (items) => {
      batches.push(items.map((item) => item.line));
      return items.length === 2 ? Promise.reject(new Error('no')) : undefined;
    },
    close: () => undefined,
  };
  const { queue: alerts } = queue([{ id: 'x', output }]);
  for (const line of ['1', '2', '3']) alerts.push(alert(line));
  gate.resolve();
  await alerts.drained();
  expect(batches).toEqual([['1'], ['2', '3']]);
  expect(alerts.failures.get('x')).toBe(2);
  expect(alerts.delivered).toBe(3);
});

test('an output that hangs is named, and the end does not wait for it for ever', async () => {
  const { output } = collector(() => new Promise(() => undefined));
  const { queue: alerts, seen } = queue([{ id: 'hung', output }], { timeoutMs: 20 });
  alerts.push(alert('1'));
  alerts.push(alert('2'));
  await vi.waitFor(() => expect(seen).toContain('stuck hung'), 10_000);
  await alerts.close();
  expect(alerts.lost).toBe(2);
});
