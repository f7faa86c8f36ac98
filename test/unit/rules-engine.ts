import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Evaluator, type Rule } from '../../src/engine/eval/evaluator.ts';
import { matches } from '../../src/engine/eval/reference.ts';
import { type LoadResult, loadRules, type RulesFile } from '../../src/engine/loader/load-rules.ts';
import { checkOutput } from '../../src/engine/output-format.ts';
import type { Event } from '../../src/model/event.ts';
import type { EventSink } from '../../src/model/source.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { syscallFields } from '../kit/oracle.ts';

const folder = join(import.meta.dirname, '../../rules');

/** The shipped rules files, in the order of their names. */
export function shippedFiles(): RulesFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

export function load(files: readonly RulesFile[]): LoadResult {
  const table = syscallFields();
  return loadRules(files, {
    fieldTable: (source) => (source === 'syscall' ? table : undefined),
    checkOutput: (output) => checkOutput(output, table),
  });
}

interface Course {
  feed(sink: Pick<EventSink, 'snapshot' | 'event'>): void;
}

/** Plays events through state and rules, as the program itself does: the names of the rules that match, sorted. */
export function play(course: Course, { rules }: LoadResult): string[] {
  const state = new MachineState();
  const fired = new Set<string>();
  const pipeline = new Pipeline({
    state,
    judge: new Evaluator(rules, state, { matching: 'all' }),
    onMatch: (_, matched) => {
      for (const rule of matched) fired.add(rule.name);
    },
  });
  course.feed(pipeline);
  if (pipeline.malformed > 0) throw new Error(`${pipeline.malformed} events of the scenario are malformed`);
  return [...fired].sort();
}

/** The same by the definition of the language, without any of the evaluator's shortcuts. */
export function playByDefinition(course: Course, { rules }: LoadResult): string[] {
  const state = new MachineState();
  const fired = new Set<string>();
  const evaluate = (event: Event): readonly Rule[] =>
    rules.filter((rule) => rule.eventTypes.has(event.type) && matches(rule.condition, event, state));
  const onMatch = (_: Event, matched: readonly Rule[]): void => {
    for (const rule of matched) fired.add(rule.name);
  };
  course.feed(new Pipeline({ state, judge: { evaluate }, onMatch }));
  return [...fired].sort();
}
