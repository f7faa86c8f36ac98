import { describe, expect, test } from 'vitest';
import { scenario } from '../../test/kit/events.ts';
import { fieldTables } from '../app/registry.ts';
import { Evaluator } from '../engine/eval/evaluator.ts';
import { matches } from '../engine/eval/reference.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { checkOutput } from '../engine/output-format.ts';
import type { Event } from '../model/event.ts';
import { MachineState } from '../state/machine-state.ts';
import { eventOfContainer } from './alerts.ts';
import { LateConditions } from './late-conditions.ts';
import type { Rule } from './pipeline.ts';

const fullId = 'cd'.repeat(32);
const image = 'container.image.repository';
const conditions = [
  `fd.name = /etc/secret and ${image} = web`,
  `fd.name = /etc/secret and not ${image} in (web, db)`,
  `fd.name = /etc/other and ${image} = web`,
  `fd.name = /etc/secret and (${image} = web or proc.name = bash)`,
  `fd.name = /etc/secret and not (${image} = web and container.privileged = true)`,
  `fd.name = /etc/secret and not (proc.name = bash and not ${image} startswith w)`,
  `container.id != host and (${image} exists or fd.name = /etc/secret)`,
  `fd.name = /etc/secret and tolower(${image}) = db and container.name != ${image}`,
  `fd.name = /etc/secret and k8s.ns.name = shop`,
  `fd.name = /etc/secret and container.name = val(container.image.repository)`,
  'fd.name = /etc/secret and proc.name = bash',
  'fd.name = /etc/secret and container.name = val(proc.name)',
  'fd.name = /etc/secret and proc.name = val(container.name)',
  'fd.name = /etc/secret and not container.name != val(proc.name)',
  'fd.name = /etc/secret and not toupper(proc.name) startswith toupper(container.name)',
  'proc.args = val(container.name)',
  'container.name = val(proc.pname)',
  'not container.name endswith val(fd.filename)',
];

function load(list: readonly string[]): readonly Rule[] {
  const tables = fieldTables();
  const text = list
    .map(
      (condition, i) =>
        `- {rule: r${i}, desc: d, output: o, priority: INFO, condition: "evt.type = openat and ${condition}"}`,
    )
    .join('\n');
  const loaded = loadRules([{ name: 'r.yaml', text }], {
    fieldTable: tables,
    checkOutput: (output, source) => checkOutput(output, tables(source)!),
  });
  expect(loaded.successful).toBe(true);
  return loaded.rules;
}

/** A process in a container opens a file; `known`: what an engine says before that. */
function opened(known: string | undefined) {
  const threads = [{ tid: 100, comm: 'bash', exe: 'bash', cgroups: [`memory=/docker/${fullId}`] }];
  const run = scenario({ threads });
  if (known !== undefined) run.event('ASYNCEVENT_E', { plugin_id: 0, name: 'container', data: `${known}\0` });
  return run.openat('/etc/secret', { fd: 3 });
}

function container(repository: string, name: string, privileged = false): string {
  const labels = { 'io.kubernetes.pod.namespace': 'shop' };
  const parts = { id: fullId.slice(0, 12), full_id: fullId, type: 0, name, imagerepo: repository, privileged, labels };
  return JSON.stringify({ container: parts });
}

/** Runs the events; `look` sees the last one. */
function atLast(run: ReturnType<typeof opened>, state: MachineState, look: (event: Event) => void): void {
  state.load(run.snapshot);
  for (const event of run.events()) {
    state.apply(event);
    if (event.info.name === 'openat') look(event);
    state.after(event);
  }
}

/** Names of the rules that match when the engine answers before the event. */
function early(rules: readonly Rule[], answer: string, matching: 'first' | 'all'): string[] {
  const state = new MachineState();
  let names: string[] = [];
  atLast(opened(answer), state, (event) => {
    names = rules.filter((rule) => matches(rule.condition, event, state)).map(({ name }) => name);
  });
  return matching === 'first' ? names.slice(0, 1) : names;
}

/** The same when it answers after the event, or never. */
function late(rules: readonly Rule[], answer: string | undefined, matching: 'first' | 'all'): string[] {
  const state = new MachineState();
  let isPending = true;
  const conditions = new LateConditions({ rules, matching, machine: state, isPending: () => isPending });
  const evaluator = new Evaluator(conditions.rules, state, { matching });
  const names: string[] = [];
  const open: (() => void)[] = [];
  atLast(opened(undefined), state, (event) => {
    const settled = conditions.settle(event, evaluator.evaluate(event));
    names.push(...settled.sure.map(({ name }) => name));
    const later = eventOfContainer(event);
    for (const list of settled.open) {
      open.push(() => {
        const match = list.find(({ rest }) => rest === undefined || matches(rest, later, state));
        if (match !== undefined) names.push(match.rule.name);
      });
    }
  });
  isPending = false;
  if (answer !== undefined) {
    const said = scenario().event('ASYNCEVENT_E', { plugin_id: 0, name: 'container', data: `${answer}\0` });
    for (const event of said.events()) state.apply(event);
  }
  for (const complete of open) complete();
  return names.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

const answers = [container('web', 'web'), container('db', 'bash'), container('web', 'x', true), container('x', 'db')];

describe.each(['first', 'all'] as const)('matching: %s', (matching) => {
  test.each(answers)('rules match as if the answer %s had come before the event', (answer) => {
    for (let i = 0; i < conditions.length; i++) {
      const rules = load([...conditions.slice(i), ...conditions.slice(0, i)]);
      expect(late(rules, answer, matching)).toEqual(early(rules, answer, matching));
    }
  });

  test('without an answer rules match as if there were nothing to be said', () => {
    const rules = load(conditions);
    const nothing = rules
      .map(({ name }) => name)
      .filter((name) => ['r1', 'r3', 'r4', 'r6', 'r10', 'r13', 'r14', 'r17'].includes(name));
    expect(late(rules, undefined, matching)).toEqual(matching === 'first' ? nothing.slice(0, 1) : nothing);
  });
});

test('where nothing is pending, rules match at once', () => {
  const rules = load(conditions);
  const state = new MachineState();
  const given = new LateConditions({ rules, matching: 'all', machine: state, isPending: () => false });
  const evaluator = new Evaluator(given.rules, state, { matching: 'all' });
  atLast(opened(answers[0]), state, (event) => {
    const settled = given.settle(event, evaluator.evaluate(event));
    expect(settled.open).toEqual([]);
    expect(settled.sure.map(({ name }) => name)).toEqual(early(rules, answers[0]!, 'all'));
  });
});

test('rules without such conditions stay the same objects', () => {
  const rules = load(['fd.name = /etc/secret', `${image} = web`]);
  const machine = new MachineState();
  const given = new LateConditions({ rules, matching: 'all', machine, isPending: () => true });
  expect(given.rules.map((rule, i) => rule === rules[i])).toEqual([true, false]);
});
