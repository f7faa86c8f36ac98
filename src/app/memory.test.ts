import { getHeapStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { collectLeftovers, loadLean } from './memory.ts';

function megabytesInUse(): number {
  return getHeapStatistics().used_heap_size / 1024 / 1024;
}

test('what loading has left is collected where it is much', () => {
  let kept: unknown = loadLean(() => Array.from({ length: 2_000_000 }, (_, i) => ({ i, next: i + 1 })));
  expect(kept).toHaveLength(2_000_000);
  const full = megabytesInUse();
  kept = undefined;
  collectLeftovers();
  expect(full - megabytesInUse()).toBeGreaterThan(60);
  expect('gc' in globalThis).toBe(false);
});

test('mistakes of loading come through', () => {
  const failing = (): never => {
    throw new RangeError('no rules');
  };
  expect(() => loadLean(failing)).toThrow('no rules');
});
