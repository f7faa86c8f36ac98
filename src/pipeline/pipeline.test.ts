import { expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { Pipeline } from './pipeline.ts';

test('what is left out reaches neither state nor rules nor recordings', () => {
  const seen: string[] = [];
  const pipeline = new Pipeline({
    state: { load: () => {}, apply: (event) => seen.push(`state ${event.num}`) > 0, after: () => {} },
    judge: { evaluate: (event) => (seen.push(`rules ${event.num} ${event.info.name}`), []) },
    recorders: [{ snapshot: () => {}, event: () => seen.push('recording') > 0 }],
    onMatch: () => {},
    leavesOut: (event) => event.info.name === 'chdir',
  });
  scenario().as(100).chdir('/none').openat('/etc/passwd').feed(pipeline);
  expect(seen).toEqual(['recording', 'state 1', 'rules 1 openat']);
  expect(pipeline.events).toBe(1);
});
