import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ContainerChange, ContainerDescription, OpenContainerEngine } from '../model/container-engine.ts';
import { ContainerLookup } from './container-lookup.ts';

const full = 'ab'.repeat(32);
const id = full.slice(0, 12);

/** An engine whose knowledge the test decides. */
class Engine implements OpenContainerEngine {
  known = new Map<string, ContainerDescription>();
  asked: string[] = [];
  running: string[] = [];
  there = true;
  isClosed = false;
  change: ((change: ContainerChange, id: string) => void) | undefined;
  answer: (id: string) => Promise<ContainerDescription | undefined> = (wanted) =>
    Promise.resolve(this.known.get(wanted));

  isThere(): boolean {
    return this.there;
  }

  takes(wanted: string): boolean {
    return /^[0-9a-f]{12}$/.test(wanted);
  }

  list(): Promise<string[]> {
    return Promise.resolve(this.running);
  }

  describe(wanted: string): Promise<ContainerDescription | undefined> {
    this.asked.push(wanted);
    return this.answer(wanted);
  }

  watch(onChange: (change: ContainerChange, id: string) => void, signal: AbortSignal): Promise<void> {
    this.change = onChange;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  close(): void {
    this.isClosed = true;
  }

  add(fullId: string): void {
    const short = fullId.slice(0, 12);
    this.known.set(short, { id: short, full_id: fullId, name: 'web' } as ContainerDescription);
  }
}

let engine: Engine;
let told: string[];
let lookup: ContainerLookup;

function make(engines: readonly Engine[], hooks: readonly ContainerChange[] = ['create']): ContainerLookup {
  return new ContainerLookup({
    engines: engines.map((item, i) => ({ id: `e${i}`, socket: `/s${i}`, engine: item })),
    hooks,
    onFound: (container) => told.push(`found ${container.id}`),
    onRemoved: (container) => told.push(`removed ${container.id}`),
    onAbsent: (absent) => told.push(`absent ${absent}`),
    onProblem: (message, fields) => told.push(`${message} ${fields['engine']}: ${fields['reason']}`),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  engine = new Engine();
  lookup = make([engine]);
});

afterEach(() => {
  lookup.close();
  vi.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

describe('ContainerLookup', () => {
  it('looks now and then for engines that are not there, however often a container is seen', async () => {
    engine.add(full);
    engine.there = false;
    const looks = vi.spyOn(engine, 'isThere');
    for (let i = 0; i < 100; i++) expect(lookup.need(id)).toBe(false);
    expect(looks).toHaveBeenCalledTimes(1);
    engine.there = true;
    await pass(1001);
    expect(lookup.need(id)).toBe(true);
    await pass(1);
    expect(told).toEqual([`found ${id}`]);
  });

  it('asks once for a container that is seen often', async () => {
    engine.add(full);
    expect(lookup.need(id)).toBe(true);
    expect(lookup.need(id)).toBe(true);
    await pass(1);
    expect(told).toEqual([`found ${id}`]);
    expect(lookup.need(id)).toBe(false);
    expect(engine.asked).toEqual([id]);
  });

  it('asks again until an engine knows it', async () => {
    lookup.need(id);
    await pass(100);
    engine.add(full);
    await pass(100);
    expect(told).toEqual([`found ${id}`]);
    expect(engine.asked).toHaveLength(3);
  });

  it('asks first for what somebody waits for', async () => {
    const short = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(12, '0'));
    const answers: (() => void)[] = [];
    engine.answer = () => new Promise((resolve) => answers.push(() => resolve(undefined)));
    for (const one of short) lookup.need(one);
    expect(engine.asked).toEqual(short.slice(0, 4));
    lookup.need(short[15]!, true);
    lookup.need(short[2]!, true);
    answers[0]!();
    await pass(1);
    expect(engine.asked.at(-1)).toBe(short[15]);
    answers[1]!();
    await pass(1);
    expect(engine.asked.at(-1)).toBe(short[4]);
  });

  it('gives up, and asks anew only after a while', async () => {
    lookup.need(id);
    await pass(5000);
    expect(told).toEqual([`absent ${id}`]);
    expect(engine.asked).toHaveLength(6);
    expect(lookup.need(id)).toBe(false);
    await pass(30_000);
    engine.add(full);
    expect(lookup.need(id)).toBe(true);
    await pass(1);
    expect(told).toEqual([`absent ${id}`, `found ${id}`]);
  });

  it.each(['host', 'my-container', 'ABCDEF012345', 'abcdef0123456'])('does not ask for %s', (other) => {
    expect(lookup.need(other)).toBe(false);
  });

  it('asks nobody where no socket is', () => {
    engine.there = false;
    expect(lookup.need(id)).toBe(false);
  });

  it('says in words that an engine does not answer', async () => {
    const late = new DOMException('The operation was aborted', 'TimeoutError');
    engine.answer = () => Promise.reject(new Error('failed', { cause: late }));
    lookup = make([engine]);
    lookup.need(id);
    await pass(5000);
    expect(told[0]).toMatch(/e0: no answer in time$/);
  });

  it('takes the engine that knows it, and says once what is wrong with another', async () => {
    const broken = new Engine();
    broken.answer = () => Promise.reject(new Error('refused'));
    lookup = make([broken, engine]);
    engine.add(full);
    lookup.need(id);
    lookup.need('0'.repeat(12));
    await pass(100);
    expect(told).toEqual([`found ${id}`]);
    lookup.need('1'.repeat(12));
    await pass(5000);
    const unknown = ['0', '1'].map((digit) => `absent ${digit.repeat(12)}`);
    const problem = 'a container engine does not say what a container is e0: refused';
    expect(told).toEqual([`found ${id}`, problem, ...unknown]);
  });

  it('does not take the answer to another question', async () => {
    engine.answer = () => Promise.resolve({ id: '0'.repeat(12) } as ContainerDescription);
    lookup.need(id);
    await pass(5000);
    expect(told).toEqual([`absent ${id}`]);
  });

  it('has few questions under way and a bounded number waiting', async () => {
    engine.answer = () => new Promise(() => undefined);
    let taken = 0;
    for (let i = 0; i < 5000; i++) if (lookup.need(i.toString(16).padStart(12, '0'))) taken++;
    await pass(1);
    expect([taken, lookup.refused, engine.asked.length]).toEqual([4096, 904, 4]);
  });

  it('describes at the start what runs', async () => {
    const other = 'cd'.repeat(32);
    engine.running = [full, other];
    engine.add(full);
    engine.add(other);
    const begun = lookup.begin();
    await pass(1);
    await begun;
    expect(told).toEqual([`found ${id}`, `found ${other.slice(0, 12)}`]);
  });

  it('does not wait for ever at the start', async () => {
    engine.running = [full];
    engine.answer = () => new Promise(() => undefined);
    const begun = lookup.begin();
    await pass(5000);
    await begun;
    expect(told).toEqual([]);
  });

  it('describes at creation, and tells of removals some time later', async () => {
    await lookup.begin();
    engine.add(full);
    engine.change!('create', full);
    engine.change!('start', full);
    await pass(1);
    engine.change!('remove', full);
    await pass(1000);
    expect(told).toEqual([`found ${id}`]);
    await pass(5000);
    expect(told).toEqual([`found ${id}`, `removed ${id}`]);
    expect(engine.asked).toHaveLength(1);
  });

  it('describes again at the start where that is wanted', async () => {
    lookup = make([engine], ['create', 'start']);
    await lookup.begin();
    engine.add(full);
    engine.change!('create', full);
    await pass(1);
    engine.change!('start', full);
    await pass(1);
    expect(told).toEqual([`found ${id}`, `found ${id}`]);
  });

  it('asks at once when the engine tells of a container that waits for its next attempt', async () => {
    await lookup.begin();
    lookup.need(id);
    await pass(400);
    engine.add(full);
    engine.change!('create', full);
    await pass(0);
    expect(told).toEqual([`found ${id}`]);
  });

  it('says nothing after its end', async () => {
    engine.add(full);
    lookup.need(id);
    lookup.close();
    await pass(5000);
    expect([told, engine.isClosed, lookup.need(id)]).toEqual([[], true, false]);
  });
});
