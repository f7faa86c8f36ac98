import { expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { MachineState } from './machine-state.ts';

const before = scenario({
  threads: [{ tid: 1 }, { tid: 100, comm: 'bash', exepath: '/usr/bin/bash', ptid: 1 }],
}).snapshot;

function repaired(now: Parameters<typeof scenario>[0]) {
  const { threads, fds } = scenario(now).snapshot;
  const machine = new MachineState({
    lookupThread: (tid) => {
      const thread = threads?.find((one) => one.tid === tid);
      return thread && { thread, fds: fds?.find((one) => one.tid === tid)?.entries ?? [] };
    },
  });
  machine.load(before);
  return { machine, wasWrong: machine.repair(100) };
}

test('a program that was executed unseen', () => {
  const { machine, wasWrong } = repaired({
    threads: [{ tid: 100, comm: 'sleep', exepath: '/usr/bin/sleep', ptid: 7 }],
  });
  expect(wasWrong).toBe(true);
  // Whose child it is, is not taken over: that is known from elsewhere.
  expect(machine.thread(100)).toMatchObject({ comm: 'sleep', exepath: '/usr/bin/sleep', ptid: 1 });
});

test('what is right stays, and what has ended is left to the purge', () => {
  expect(repaired({ threads: [{ tid: 100, comm: 'bash', exepath: '/usr/bin/bash', ptid: 1 }] }).wasWrong).toBe(false);
  const { machine, wasWrong } = repaired({ threads: [] });
  expect([wasWrong, machine.thread(100)?.comm]).toEqual([false, 'bash']);
  expect(machine.repair(4711)).toBe(false);
});
