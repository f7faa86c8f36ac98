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
const events = 60_000;
const eventsPerAlert = 300;

/**
 * Passes invented events through a machine, rules and alerts of their own, which are thrown away after it. The first
 * some ten thousand events take ten times as long as later ones, since their code is not compiled yet, and the first
 * alert ten milliseconds: a session that watches a machine would fall behind just when the first thing happens. Nothing of it is
 * told, counted or kept. To be called before the session makes objects of its own, so that these have the final shapes.
 */
export function warmUp({ rules, matching, alerts, fieldTable }: WarmUpOptions): void {
  const { bytes, starts } = makeCourse();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
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
  for (let i = 0; i < events; i++) pipeline.event(bytes, view, starts[i % starts.length]! + headerOffset, i & 1);
}
