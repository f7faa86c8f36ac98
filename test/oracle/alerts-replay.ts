import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readCapture } from '../../src/capture/reader.ts';
import { Evaluator, type Rule } from '../../src/engine/eval/evaluator.ts';
import { matches } from '../../src/engine/eval/reference.ts';
import { loadRules } from '../../src/engine/loader/load-rules.ts';
import { selectRules } from '../../src/engine/loader/select-rules.ts';
import type { Event } from '../../src/model/event.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { syscallFields } from '../kit/oracle.ts';
import { sharedFolder } from '../kit/requirements.ts';

/** How the expected alerts were made: first match, all matches, all matches with every rule switched on. */
export const modes = ['first', 'all', 'enabled'] as const;
export type Mode = (typeof modes)[number];

const shared = sharedFolder ?? '';
const ruleFiles = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml'];

/** The upstream rules that run in a mode, in order. */
export function upstreamRules(mode: Mode): Rule[] {
  const table = syscallFields();
  const files = ruleFiles.map((name) => ({ name, text: readFileSync(path.join(shared, 'rules', name), 'utf8') }));
  const loaded = loadRules(files, {
    fieldTable: (source) => (source === 'syscall' ? table : undefined),
    checkOutput: () => undefined,
  });
  if (!loaded.successful) throw new Error('the upstream rules do not load');
  return selectRules(loaded.rules, mode === 'enabled' ? [{ enable: true, rule: '*' }] : []);
}

/** Names of all captures. */
export function captures(): string[] {
  if (shared === '') return [];
  const files = readdirSync(path.join(shared, 'oracle', 'captures'));
  return files.filter((file) => file.endsWith('.scap')).map((file) => file.replace('.scap', ''));
}

/** `time rule` of every expected alert, sorted. */
export function expectedAlerts(capture: string, mode: Mode): string[] {
  const file = path.join(shared, 'oracle', 'expected', `${capture}.alerts.${mode}.jsonl`);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const alert = JSON.parse(line) as { rule: string };
      const time = /"evt\.time":(\d+)/.exec(line)?.[1];
      return `${time} ${alert.rule}`;
    })
    .sort();
}

/** Passes the events of a capture through state and rules. */
async function replay(
  capture: string,
  judge: (state: MachineState) => { evaluate(event: Event): readonly Rule[] },
  onMatch: (event: Event, rules: readonly Rule[]) => void,
): Promise<number> {
  const state = new MachineState({ hostname: 'oracle' });
  const pipeline = new Pipeline({ state, judge: judge(state), onMatch });
  await readCapture({
    path: path.join(shared, 'oracle', 'captures', `${capture}.scap`),
    sink: pipeline,
    signal: new AbortController().signal,
    batchEnd: () => undefined,
  });
  return pipeline.events;
}

/** `time rule` of every match, sorted. */
export async function ourAlerts(capture: string, mode: Mode): Promise<string[]> {
  const rules = upstreamRules(mode);
  const found: string[] = [];
  await replay(
    capture,
    (state) => new Evaluator(rules, state, { matching: mode === 'first' ? 'first' : 'all' }),
    (event, matched) => {
      for (const rule of matched) found.push(`${event.time} ${rule.name}`);
    },
  );
  return found.sort();
}

/** Events for which evaluator and reference differ, with the rules of both; at most ten. */
export async function disagreements(capture: string): Promise<string[]> {
  const rules = upstreamRules('enabled');
  const cache = new Map();
  const found: string[] = [];
  await replay(
    capture,
    (state) => {
      const evaluator = new Evaluator(rules, state, { matching: 'all' });
      return {
        evaluate(event) {
          const ours = evaluator.evaluate(event);
          const plain = rules.filter(
            (rule) => rule.eventTypes.has(event.type) && matches(rule.condition, event, state, cache),
          );
          const names = (list: readonly Rule[]): string => list.map(({ name }) => name).join(', ');
          if (names(ours) !== names(plain) && found.length < 10) {
            found.push(`event ${event.num} ${event.info.code}: [${names(ours)}], reference [${names(plain)}]`);
          }
          return ours;
        },
      };
    },
    () => undefined,
  );
  return found;
}
