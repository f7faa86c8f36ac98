import { expect, test } from 'vitest';
import { headerOffset } from '../../capture/block-types.ts';
import { MachineState } from '../../state/machine-state.ts';
import { Pipeline } from '../pipeline.ts';
import { makeCourse, makeSnapshot } from './course.ts';

test('the invented events are understood: each has its process, and files and connections are known', () => {
  const { bytes, starts } = makeCourse();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = new MachineState();
  const strange: string[] = [];
  const seen = new Set<string>();
  const pipeline = new Pipeline({
    state,
    judge: {
      evaluate(event) {
        seen.add(event.info.name);
        if (event.thread === null || event.thread.comm === '')
          strange.push(`${event.num} ${event.info.name}: no process`);
        if (event.info.name === 'close' && event.fd === null) strange.push(`${event.num}: no descriptor`);
        return [];
      },
    },
    onMatch: () => undefined,
  });
  pipeline.snapshot(makeSnapshot());
  // Twice: the same processes come again.
  for (let i = 0; i < 2 * starts.length; i++) {
    pipeline.event(bytes, view, starts[i % starts.length]! + headerOffset, 0);
  }
  expect(pipeline.malformed).toBe(0);
  expect(strange).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(['clone', 'execve', 'openat', 'close', 'connect', 'procexit']));
  expect(new Set([...state.threads()].map((thread) => thread.containerId)).size).toBe(3);
});
