import { headerOffset } from '../../capture/block-types.ts';
import { Evaluator } from '../../engine/eval/evaluator.ts';
import type { FieldTable } from '../../model/field.ts';
import { MachineState } from '../../state/machine-state.ts';
import { AlertMaker, type AlertOptions } from '../alerts.ts';
import { Pipeline, type Rule } from '../pipeline.ts';
import { makeCourse, makeSnapshot } from './course.ts';

/** What a session judges and tells by. */
export interface WarmUpOptions {
  readonly rules: readonly Rule[];
  readonly matching: 'first' | 'all';
  readonly alerts: AlertOptions;
  readonly fieldTable: (source: string) => FieldTable | undefined;
}

/** Enough to see every kind of check; more would make the start with thousands of rules slow. */
const mostRules = 200;
const events = 200_000;
const eventsPerAlert = 300;

/**
 * Passes invented events through machines, rules and alerts of their own. The first ten thousand events or so take ten times
 * as long as later ones, since their code is not compiled yet, and the first alert ten milliseconds: a session that watches a
 * machine would fall behind just when the first thing happens. Nothing of it is told or counted.
 * @returns what has to be kept for as long as the compiled code is to be: it goes with the objects that it was made for.
 */
export function warmUp(options: WarmUpOptions): unknown {
  const { bytes, starts } = makeCourse();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // With one alone, the compiler would take its objects for the only ones there are, and begin again without it.
  const pipelines = [makePipeline(options), makePipeline(options)];
  for (let i = 0; i < events; i += starts.length) {
    const pipeline = pipelines[(i / starts.length) % pipelines.length]!;
    for (let at = 0; at < starts.length; at++) pipeline.event(bytes, view, starts[at]! + headerOffset, at & 1);
  }
  return pipelines[0];
}

function makePipeline({ rules, matching, alerts, fieldTable }: WarmUpOptions): Pipeline {
  const some = rules.filter((rule) => rule.enabled && rule.source === 'syscall').slice(0, mostRules);
  const state = new MachineState({ lookupThread: () => undefined, onUnknownContainer: () => undefined });
  const judge = new Evaluator(some, state, { matching });
  const maker = new AlertMaker(alerts, fieldTable);
  maker.prepare(some);
  let alertsMade = 0;
  const pipeline = new Pipeline({
    state,
    judge: {
      evaluate(event) {
        const found = judge.evaluate(event);
        if (some.length === 0 || pipeline.events % eventsPerAlert !== 0) return found;
        return [some[alertsMade++ % some.length]!];
      },
    },
    onMatch: (event, matches) => {
      for (const rule of matches) maker.make(event, state, rule);
    },
  });
  pipeline.snapshot(makeSnapshot());
  return pipeline;
}
