import { expect, test } from 'vitest';
import { sectionHeader } from '../../test/kit/capture.ts';
import { scenario } from '../../test/kit/events.ts';
import { encodeEvent } from '../capture/encode.ts';
import { CaptureParser } from '../capture/parser.ts';
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

test.each([
  [undefined, true],
  [0, true],
  [2, true],
  [1, false],
  [5, false],
])('an event of a capture with flags %s: whether rules see it: %s; the state does', (flags, isSeen) => {
  const seen: string[] = [];
  const pipeline = new Pipeline({
    state: { load: () => {}, apply: () => seen.push('state') > 0, after: () => {} },
    judge: { evaluate: () => (seen.push('rules'), []) },
    onMatch: () => {},
  });
  const event = encodeEvent('SYSCALL_CLOSE_X', { time: 1n, tid: 2, ...(flags === undefined ? {} : { flags }) });
  new CaptureParser(pipeline, () => '').push(Buffer.concat([sectionHeader(), event]));
  expect(seen).toEqual(isSeen ? ['state', 'rules'] : ['state']);
  expect(pipeline.events).toBe(1);
});
