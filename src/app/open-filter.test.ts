import { expect, test } from 'vitest';
import { scenario, viewOf } from '../../test/kit/events.ts';
import { headerOffset } from '../capture/block-types.ts';
import { Evaluator } from '../engine/eval/evaluator.ts';
import { loadRules } from '../engine/loader/load-rules.ts';
import { checkOutput } from '../engine/output-format.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import { MachineState } from '../state/machine-state.ts';
import { OpenFilter } from './open-filter.ts';
import { fieldTables } from './registry.ts';

const text = `
- rule: secret
  desc: d
  condition: evt.type = openat and fd.name = /etc/secret
  output: o
  priority: INFO
`;

function load() {
  const tables = fieldTables();
  const loaded = loadRules([{ name: 'r.yaml', text }], {
    fieldTable: tables,
    checkOutput: (output, source) => checkOutput(output, tables(source)!),
  });
  expect(loaded.successful).toBe(true);
  return loaded.rules;
}

test('learns ten thousand files that are opened in turn, and never what a rule tells of', () => {
  const rules = load();
  const state = new MachineState();
  const evaluator = new Evaluator(rules, state, { matching: 'first' });
  const filter = OpenFilter.make({ rules, evaluator, outputOf: () => '', logger: { log: () => undefined } })!;
  const found = new Set<string>();
  const pipeline = new Pipeline({
    state,
    judge: evaluator,
    onMatch: () => undefined,
    onQuietOpen: (event) => {
      filter.look(event);
      for (const { path } of filter.take()) found.add(path);
    },
  });
  const run = scenario();
  pipeline.snapshot(run.snapshot);
  const open = (name: string): void => {
    run.event('SYSCALL_OPENAT_2_X', { fd: 3, dirfd: -100, name, flags: 'O_RDONLY', mode: 0, dev: 1, ino: 2 });
  };
  for (let i = 0; i < 10_000; i++) open(`/srv/files/${i}`);
  open('/etc/secret');
  for (let pass = 0; pass < 3; pass++) {
    for (const block of run.blocks) pipeline.event(block, viewOf(block), headerOffset, 0);
  }
  // A few share their place with too many others.
  expect(found.size).toBeGreaterThan(9_900);
  expect(found).not.toContain('/etc/secret');
});
