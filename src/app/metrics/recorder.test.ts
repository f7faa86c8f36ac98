import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { InternalFields } from '../../pipeline/alerts.ts';
import { MetricsRecorder } from './recorder.ts';

const logger = { log: vi.fn() };
let folder = '';
beforeEach(() => {
  vi.useFakeTimers();
  logger.log.mockClear();
  folder = mkdtempSync(path.join(tmpdir(), 'saker-metrics-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

test('one snapshot each interval, in the file and told', () => {
  const file = path.join(folder, 'metrics.jsonl');
  const told: InternalFields[] = [];
  let value = 0n;
  const recorder = new MetricsRecorder({
    intervalMs: 1000,
    file,
    tell: (fields) => told.push(fields),
    take: () => ({ 'evt.time': ++value }),
    logger,
  });
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1001);
  recorder.close();
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([{ 'evt.time': 1n }, { 'evt.time': 2n }]);
  expect(readFileSync(file, 'utf8')).toBe(
    '{"output_fields":{"evt.time":1},"sample":1}\n{"output_fields":{"evt.time":2},"sample":2}\n',
  );
});

test('intervals longer than a timer can be', () => {
  const day = 86_400_000;
  const tell = vi.fn();
  const options = { intervalMs: 60 * day, file: undefined, tell, take: () => ({}), logger };
  const recorder = new MetricsRecorder(options);
  vi.advanceTimersByTime(59 * day);
  expect(tell).not.toHaveBeenCalled();
  vi.advanceTimersByTime(day);
  expect(tell).toHaveBeenCalledOnce();
  recorder.close();
});

test('nothing to measure yet', () => {
  const tell = vi.fn();
  const recorder = new MetricsRecorder({ intervalMs: 100, file: undefined, tell, take: () => undefined, logger });
  vi.advanceTimersByTime(1000);
  recorder.close();
  expect(tell).not.toHaveBeenCalled();
});

test('a file that can not be written: at once, or later', () => {
  const options = { intervalMs: 100, tell: undefined, take: () => ({}), logger };
  expect(() => new MetricsRecorder({ ...options, file: path.join(folder, 'no', 'metrics') })).toThrow('ENOENT');
  const file = path.join(folder, 'metrics');
  const recorder = new MetricsRecorder({ ...options, file });
  rmSync(folder, { recursive: true });
  vi.advanceTimersByTime(100);
  recorder.close();
  expect(logger.log).toHaveBeenCalledWith('error', 'metrics could not be written', expect.objectContaining({ file }));
});
