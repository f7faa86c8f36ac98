import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { missing, sharedFolder } from '../../test/kit/requirements.ts';
import { encodedHeader, encodeEvent, type ParamValue } from '../capture/encode.ts';
import { readCapture } from '../capture/reader.ts';
import { Event } from '../model/event.ts';
import { events, type ParamInfo } from '../model/event-table.ts';
import { MachineState } from './machine-state.ts';
import type { TrackedThread } from './tracked-thread.ts';

function childrenOf(thread: TrackedThread): Set<TrackedThread> {
  const children = new Set<TrackedThread>();
  let previous: TrackedThread | null = null;
  for (let child = thread.firstChild; child !== null; child = child.nextSibling) {
    expect(children).not.toContain(child);
    expect(child.previousSibling).toBe(previous);
    children.add(child);
    previous = child;
  }
  return children;
}

/** The links between threads, which no event may break. */
function checkLinks(state: MachineState): void {
  for (const thread of state.threads() as Iterable<TrackedThread>) {
    expect(state.thread(thread.tid)).toBe(thread);
    if (thread.creator !== null) expect(childrenOf(thread.creator)).toContain(thread);
    for (const child of childrenOf(thread)) {
      expect(child.creator).toBe(thread);
      expect(state.thread(child.tid)).toBe(child);
    }
    if (!thread.isGrouped) continue;
    expect(thread.group.members).toContain(thread);
    expect(thread.group.alive).toBe(thread.group.members.filter((member) => !member.isDead).length);
  }
}

/** Removes every thread; then no descriptor may be counted any more. */
function checkEmptied(state: MachineState): void {
  state.purge(1e19, () => false);
  expect(state.counters).toMatchObject({ threads: 0, fds: 0 });
}

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const numbers = [0, 0, 1, 2, 3, 4, 5, 10, 100, -1, -100, -2, 4096, 0x7fffffff, 1e12, 2 ** 53];
const texts = ['/a/b', '../x', '', '<NA>', 'a\0b', '/..', './', 'x'.repeat(1500), `cpu=/docker/${'a'.repeat(64)}`, '='];
const jsons = ['{"container":{"id":"x"}}', '{"container":{"id":"x","labels":7,"Mounts":{}}}', 'container', '{'];
const tids = [1, 2, 3, 4, 5, 10, 100];

function randomValue(param: ParamInfo, next: (below: number) => number): ParamValue {
  const { type } = param;
  if (next(8) === 0) return null;
  if (/64|FD|PID|ERRNO|TIME/.test(type)) {
    const value = Buffer.alloc(8);
    value.writeBigInt64LE(BigInt(numbers[next(numbers.length)]!));
    return value;
  }
  if (/SOCK/.test(type)) {
    const value = Buffer.from(
      Array.from({ length: [0, 1, 7, 13, 19, 37, 40, 18][next(8)]! }, () => next(256) * next(2)),
    );
    if (value.length > 0) value[0] = [1, 2, 10, 16][next(4)]!;
    return value;
  }
  if (/32|UID|GID|MODE/.test(type)) return Buffer.from([next(20), next(2), 0, next(256)]);
  if (/16|8/.test(type)) return Buffer.from([next(40), 0]).subarray(0, type.includes('16') ? 2 : 1);
  const text = type === 'CHARBUF' && next(4) === 0 ? jsons[next(jsons.length)]! : texts[next(texts.length)]!;
  return Buffer.from(next(4) === 0 ? text : `${text}\0`);
}

describe('events that make no sense', () => {
  test.each([1, 2, 3, 4])('do no harm (series %i)', (seed) => {
    const next = random(seed);
    const state = new MachineState({
      maxThreads: 50,
      maxFdsPerProcess: 20,
      maxFds: 500,
      maxPaths: 1024,
      maxAccounts: 30,
    });
    const event = new Event();
    for (let i = 0; i < 20_000; i++) {
      const info = events[next(events.length)]!;
      const values = Object.fromEntries(info.params.map((param) => [param.name, randomValue(param, next)]));
      const block = encodeEvent(info.code, {
        tid: next(8) === 0 ? next(200) : tids[next(tids.length)]!,
        time: 1_700_000_000_000_000_000n + BigInt(i) * 1000n,
        values,
      });
      const view = new DataView(block.buffer, block.byteOffset, block.length);
      if (!event.read(block, view, encodedHeader(block), 0)) continue;
      state.apply(event);
      state.after(event);
      if (i % 1000 === 0) {
        checkLinks(state);
        state.snapshot();
        state.resetRuleClasses();
      }
    }
    expect(state.counters.threads).toBeLessThanOrEqual(50);
    expect(state.counters.fds).toBeLessThanOrEqual(500 + 50 * 20);
    checkEmptied(state);
  });
});

describe('bounds', () => {
  test('threads', () => {
    const state = new MachineState({ maxThreads: 10 });
    const many = scenario();
    for (let tid = 1000; tid < 1100; tid++) many.clone({ child: tid, tid: 100 }).openat('/x', { tid: tid + 5000 });
    many.feed({ snapshot: (snapshot) => state.load(snapshot), event: () => undefined });
    for (const event of many.events()) {
      state.apply(event);
      state.after(event);
    }
    expect(state.counters.threads).toBe(10);
    expect(state.counters.threadsDropped).toBeGreaterThan(100);
  });

  test('a list of processes that are their own ancestors', () => {
    const loop = scenario({
      threads: [
        { tid: 2, ptid: 3 },
        { tid: 3, ptid: 2 },
        { tid: 4, ptid: 4 },
      ],
    });
    loop
      .execve('/bin/true', { tid: 2 })
      .setuid(5, { tid: 3 })
      .chdir('/x', { tid: 4 })
      .exit(0, { tid: 2 })
      .exit(0, { tid: 3 });
    const state = new MachineState();
    state.load(loop.snapshot);
    for (const event of loop.events()) {
      state.apply(event);
      state.after(event);
      checkLinks(state);
    }
    expect([...state.threads()].map((thread) => thread.tid)).toEqual([4]);
  });
});

describe.skipIf(missing('shared'))('captures', () => {
  test.each(['mixed', 'scn-proc-a', 'scn-fds-a', 'eg-cont-2', 'scn-net-a', 'spawnstorm'])('%s', async (name) => {
    const state = new MachineState();
    const event = new Event();
    await readCapture({
      path: path.join(sharedFolder ?? '', 'oracle', 'captures', `${name}.scap`),
      sink: {
        snapshot: (snapshot) => state.load(snapshot),
        lost: () => undefined,
        event: (bytes, view, header, cpu) => {
          if (!event.read(bytes, view, header, cpu)) return;
          state.apply(event);
          state.after(event);
        },
      },
    });
    checkLinks(state);
    expect(state.counters).toMatchObject({ threadsDropped: 0, fdsDropped: 0, nameGenerations: 0 });
    expect(state.counters.threads).toBeGreaterThan(10);
    checkEmptied(state);
  });
});
