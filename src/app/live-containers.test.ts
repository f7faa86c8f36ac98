import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { Evaluator } from '../engine/eval/evaluator.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { checkOutput as checkOutputOf } from '../engine/output-format.ts';
import type { ContainerDescription, OpenContainerEngine } from '../model/container-engine.ts';
import { Event } from '../model/event.ts';
import type { FieldTable } from '../model/field.ts';
import { Thread } from '../model/thread.ts';
import { AlertMaker } from '../pipeline/alerts.ts';
import { Pipeline, type Rule } from '../pipeline/pipeline.ts';
import { readContainer } from '../state/container-table.ts';
import { MachineState } from '../state/machine-state.ts';
import { containerJson } from './container-feed.ts';
import { containerRules, usualContainers } from './container-options.ts';
import { LiveContainers } from './live-containers.ts';
import { fieldTables } from './registry.ts';

const fullId = 'ab'.repeat(32);
const id = fullId.slice(0, 12);
/** What containers of a session without rules don't need. */
const unused = { rules: [], matching: 'first', onMatch: () => undefined, onSettled: () => undefined } as const;

function container(more: Partial<ContainerDescription> = {}): ContainerDescription {
  return {
    id,
    full_id: fullId,
    type: 0,
    name: 'wéb',
    image: 'busybox:1',
    imageid: '',
    imagerepo: 'busybox',
    imagetag: '1',
    imagedigest: '',
    User: '',
    ip: '',
    cni_json: '',
    is_pod_sandbox: false,
    pod_sandbox_id: '',
    labels: {},
    pod_sandbox_labels: {},
    Mounts: [],
    port_mappings: [],
    ...more,
  };
}

describe('containerJson', () => {
  const mounts = Array.from({ length: 256 }, (_, i) => ({
    Source: `/${i}${'\u0001'.repeat(4000)}`,
    Destination: '/x',
    Mode: '',
    RW: true,
    Propagation: '',
  }));
  const labels = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`${i}${'\n'.repeat(4000)}`, 'x']));

  it('is what the state reads', () => {
    const read = readContainer(containerJson(container({ labels: { 'a\u0000b': '\ud800' }, privileged: true })));
    expect(read).toMatchObject({ id, name: 'w\xc3\xa9b', type: 'docker', privileged: true });
    expect(Object.keys(read!.labels)).toEqual(['a\u0000b']);
  });

  it('too many mounts or labels hide nothing else', () => {
    const some = readContainer(containerJson(container({ Mounts: mounts, labels: { app: 'x' } })));
    expect(some).toMatchObject({ name: 'w\xc3\xa9b', mounts: [], labels: { app: 'x' } });
    const less = readContainer(containerJson(container({ Mounts: mounts, labels })));
    expect(less).toMatchObject({ name: 'w\xc3\xa9b', mounts: [], labels: {} });
  });
});

it('a container may be fixed: nobody is asked', () => {
  const fixed = { id: 'all', name: 'name', image: 'host:1/busybox:2' };
  const options = { ...usualContainers, fixed };
  const state = new MachineState({
    containerRules: containerRules(options),
    onUnknownContainer: (...unknown) => live.need(...unknown),
  });
  const maker = new AlertMaker({} as never, () => undefined);
  const logger = { log: () => undefined };
  const live = new LiveContainers({
    ...unused,
    engines: [],
    options,
    machine: state,
    maker,
    push: () => undefined,
    logger,
  });
  const pipeline = new Pipeline({ state, judge: { evaluate: () => [] }, onMatch: () => undefined });
  const threads = [{ tid: 100, cgroups: [`cpu=/docker/${fullId}`] }];
  scenario({ threads }).feed({
    snapshot: (snapshot) => {
      pipeline.snapshot(snapshot);
      live.ready(pipeline);
    },
    event: () => undefined,
  });
  expect(state.thread(100)?.containerId).toBe('all');
  const wanted = { name: 'name', type: 'static', imageRepository: 'host:1/busybox', imageTag: '2' };
  expect(state.container('all')).toMatchObject(wanted);
});

describe('LiveContainers', () => {
  let state: MachineState;
  let live: LiveContainers;
  let maker: AlertMaker;
  let make: (parts: Partial<ConstructorParameters<typeof LiveContainers>[0]>) => LiveContainers;
  let lines: string[];
  let answer: () => Promise<ContainerDescription | undefined>;
  let events: number;
  let pipeline: Pipeline;
  let isComplete: boolean;

  const podUid = '11111111-2222-3333-4444-555555555555';
  const rule = {
    name: 'r',
    output: '%container.name %container.image.tag',
    source: 'syscall',
    tags: [],
  } as unknown as Rule;

  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    events = 0;
    isComplete = true;
    state = new MachineState({ onUnknownContainer: (...unknown) => live.need(...unknown) });
    const table = fieldTables()('syscall') as FieldTable;
    const options = { hostname: '', isoTime: false, base64: false, jsonOutput: false, appendOutput: [] };
    const shown = { includeOutput: true, includeMessage: false, includeOutputFields: true, includeTags: true };
    maker = new AlertMaker({ ...options, ...shown }, () => table);
    expect(maker.prepare([rule])).toEqual([]);
    const engine: OpenContainerEngine = {
      isThere: () => true,
      takes: () => true,
      list: () => Promise.resolve([fullId]),
      describe: () => answer(),
      close: () => undefined,
    };
    make = (parts) =>
      new LiveContainers({
        ...unused,
        engines: [{ id: 'docker', socket: '/s', engine }],
        options: { ...usualContainers, waitMs: 300 },
        pods: { isComplete: (uid) => uid !== podUid || isComplete },
        machine: state,
        maker,
        push: (alert) => lines.push(alert.message),
        logger: { log: () => undefined },
        ...parts,
      });
    live = make({});
    const judge = {
      evaluate: () => {
        events++;
        return [];
      },
    };
    pipeline = new Pipeline({ state, judge, onMatch: () => undefined });
  });

  afterEach(async () => {
    const closed = live.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
    vi.useRealTimers();
  });

  function match(): void {
    const event = new Event();
    event.thread = new Thread();
    event.thread.containerId = id;
    event.thread.cgroups = [`cpu=/kubepods/pod${podUid}/${fullId}`];
    live.matched(event, [rule]);
  }

  it('what runs at the start is known before the first event', async () => {
    answer = () => Promise.resolve(container());
    const begun = live.begin(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(1);
    await begun;
    expect(state.container(id)).toBeUndefined();
    live.ready(pipeline);
    expect(state.container(id)?.name).toBe('w\xc3\xa9b');
    match();
    expect(lines).toEqual(['wéb 1']);
    // It completes the snapshot: rules do not see it.
    expect(events).toBe(0);
  });

  it('an alert waits for the answer', async () => {
    live.ready(pipeline);
    answer = () => new Promise((resolve) => setTimeout(() => resolve(container()), 200));
    match();
    match();
    await vi.advanceTimersByTimeAsync(199);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(lines).toEqual(['wéb 1', 'wéb 1']);
    expect(live.counts).toEqual({ found: 1, unknown: 0, alertsWithout: 0, alertsWithoutPod: 0 });
  });

  it('but not for ever, and says so', async () => {
    live.ready(pipeline);
    answer = () => new Promise(() => undefined);
    match();
    await vi.advanceTimersByTimeAsync(300);
    expect(lines).toEqual(['<NA> <NA>']);
    expect(live.counts.alertsWithout).toBe(1);
  });

  it('an alert waits for what Kubernetes says of the pod, too', async () => {
    live.ready(pipeline);
    answer = () => Promise.resolve(container());
    isComplete = false;
    match();
    await vi.advanceTimersByTimeAsync(200);
    live.podsChanged();
    expect(lines).toEqual([]);
    isComplete = true;
    live.podsChanged();
    expect(lines).toEqual(['wéb 1']);
    expect(live.counts).toMatchObject({ alertsWithout: 0, alertsWithoutPod: 0 });
  });

  it('the engine may be the later one', async () => {
    live.ready(pipeline);
    answer = () => new Promise((resolve) => setTimeout(() => resolve(container()), 200));
    isComplete = false;
    match();
    isComplete = true;
    live.podsChanged();
    await vi.advanceTimersByTimeAsync(199);
    expect(lines).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(lines).toEqual(['wéb 1']);
  });

  it('a pod that Kubernetes does not tell of holds up one alert, not all that follow', async () => {
    live.ready(pipeline);
    answer = () => Promise.resolve(container());
    isComplete = false;
    match();
    await vi.advanceTimersByTimeAsync(300);
    expect(lines).toEqual(['wéb 1']);
    match();
    expect(lines).toHaveLength(2);
    expect(live.counts).toMatchObject({ alertsWithout: 0, alertsWithoutPod: 2 });
    await vi.advanceTimersByTimeAsync(31_000);
    match();
    expect(lines).toHaveLength(2);
  });

  it('containers of engines that nobody can be asked for are known by their cgroups', async () => {
    live.ready(pipeline);
    answer = () => Promise.resolve(undefined);
    live.need('box', ['cpu=/lxc.payload.box']);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.container('box')).toMatchObject({ id: 'box', fullId: 'box', name: 'box', type: 'lxc' });
  });

  it('a rule that only the answer decides about is held, and counted when it matches', async () => {
    const text = (name: string, op: string): string =>
      `- {rule: ${name}, desc: d, condition: evt.type = openat and ${op}, output: "${name} %container.name", priority: INFO}\n`;
    const texts = [
      text('other', 'not container.image.repository in (busybox)'),
      text('wanted', 'container.image.repository = busybox'),
      text('never', 'container.image.repository = busybox and fd.name = /none'),
    ].join('');
    const tables = fieldTables();
    const checkOutput = (output: string, source: string) => checkOutputOf(output, tables(source)!);
    const { rules } = loadRules([{ name: 'r.yaml', text: texts }], { fieldTable: tables, checkOutput });
    const matched: string[] = [];
    let settled = 0;
    live = make({
      rules,
      matching: 'all',
      onMatch: ({ num }, { name }) => matched.push(`${name} ${num}`),
      onSettled: () => settled++,
    });
    expect(maker.prepare(rules)).toEqual([]);
    const judge = new Evaluator(live.rules, state, { matching: 'all' });
    pipeline = new Pipeline({ state, judge, onMatch: (event, found) => live.matched(event, found) });
    answer = () => new Promise((resolve) => setTimeout(() => resolve(container()), 200));
    const threads = [{ tid: 100, cgroups: [`cpu=/docker/${fullId}`] }];
    scenario({ threads })
      .openat('/etc/hosts', { fd: 3 })
      .feed({
        snapshot: (snapshot) => {
          pipeline.snapshot(snapshot);
          live.ready(pipeline);
        },
        event: (...event) => pipeline.event(...event),
      });
    await vi.advanceTimersByTimeAsync(199);
    expect([lines, matched]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([lines, matched]).toEqual([['wanted wéb'], ['wanted 1']]);
    expect(settled).toBe(0);
    // For what nobody knows, nothing is left open any more.
    answer = () => Promise.resolve(undefined);
    live.need('ef'.repeat(6), []);
    const thread = new Thread();
    thread.containerId = 'ef'.repeat(6);
    expect(live.isPending(thread)).toBe(true);
    await vi.advanceTimersByTimeAsync(3000);
    expect([live.isPending(thread), settled]).toEqual([false, 1]);
  });

  it('one look at the processes is enough for all containers that are sought', async () => {
    live.ready(pipeline);
    const looks = vi.spyOn(state, 'threads');
    for (let i = 0; i < 100; i++) live.need(String(i).padStart(12, '0'), []);
    expect(looks).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(20);
    live.need('f'.repeat(12), []);
    expect(looks).toHaveBeenCalledTimes(2);
    await live.close();
  });

  it('at the end all have come', async () => {
    live.ready(pipeline);
    answer = () => new Promise(() => undefined);
    match();
    const closed = live.close();
    await vi.advanceTimersByTimeAsync(300);
    await closed;
    expect(lines).toHaveLength(1);
  });

  it('ends its start when the session does', async () => {
    answer = () => new Promise(() => undefined);
    await live.begin(AbortSignal.abort());
  });
});
