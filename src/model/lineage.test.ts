import { expect, it } from 'vitest';
import { ancestor, leaderOf, ofAncestors } from './lineage.ts';
import type { Machine } from './machine.ts';
import { Thread, ThreadGroup } from './thread.ts';

/** Processes, each the child of the one before, by pid. */
function chain(...pids: number[]): Thread[] {
  const threads: Thread[] = [];
  for (const pid of pids) {
    const thread = new Thread();
    thread.tid = thread.pid = thread.vtid = thread.vpid = pid;
    thread.parent = thread.creator = threads.at(-1) ?? null;
    threads.push(thread);
  }
  return threads;
}

function groupOf(leader: Thread): ThreadGroup {
  const group = new ThreadGroup();
  group.leader = leader;
  return group;
}

function machineOf(...threads: Thread[]): Machine {
  return { thread: (tid: number) => threads.find((thread) => thread.tid === tid) } as unknown as Machine;
}

function pids(thread: Thread): number[] {
  return ofAncestors(thread, (process) => process.pid);
}

it('goes from a thread to its process and on to the parents', () => {
  const [init, shell, cat] = chain(1, 10, 20) as [Thread, Thread, Thread];
  const second = new Thread();
  second.tid = 21;
  second.pid = 20;
  second.group = groupOf(cat);
  expect(ancestor(second, 0)).toBe(cat);
  expect(ancestor(second, 1)).toBe(shell);
  expect(ancestor(second, 2)).toBe(init);
  expect(ancestor(second, 3)).toBeNull();
  expect(pids(second)).toEqual([10, 1]);
  expect(pids(init)).toEqual([]);
});

it('lists the very threads that made the next', () => {
  const [init, java, cat] = chain(1, 10, 20) as [Thread, Thread, Thread];
  const pool = new Thread();
  pool.tid = 11;
  pool.pid = 10;
  pool.group = groupOf(java);
  pool.creator = init;
  cat.creator = pool;
  expect(ofAncestors(cat, (thread) => thread.tid)).toEqual([11, 1]);
  expect(ancestor(cat, 1)).toBe(java);
});

it('ends where parents form a loop', () => {
  const [a, b, c] = chain(1, 2, 3) as [Thread, Thread, Thread];
  a.parent = a.creator = b;
  expect(pids(c)).toEqual([2, 1]);
  expect(ancestor(c, 1000)).not.toBeNull();
  for (const thread of [a, b, c]) thread.sid = 9;
  expect(leaderOf(c, machineOf(), (thread) => thread.sid, true)).toBe(a);
});

it('finds the leader by its id, and in a pid namespace as the oldest ancestor with the id', () => {
  const [init, shell, make, cc] = chain(1, 10, 20, 30) as [Thread, Thread, Thread, Thread];
  for (const thread of [shell, make, cc]) thread.sid = 10;
  const machine = machineOf(init, shell, make, cc);
  expect(leaderOf(cc, machine, (thread) => thread.sid, true)).toBe(shell);
  for (const thread of [shell, make, cc]) {
    thread.sid = 1;
    thread.vtid = thread.vpid = thread.tid - 9;
  }
  expect(leaderOf(cc, machine, (thread) => thread.sid, true)).toBe(shell);
  expect(leaderOf(cc, machine, (thread) => thread.sid, false)).toBe(init);
  cc.sid = -1;
  expect(leaderOf(cc, machine, (thread) => thread.sid, true)).toBeNull();
});
