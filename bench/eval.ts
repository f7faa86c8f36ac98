import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { BoundCheck, BoundExpr, Literal } from '../src/engine/bound.ts';
import { Evaluator, type Rule } from '../src/engine/eval/evaluator.ts';
import { Event } from '../src/model/event.ts';
import { MachineState } from '../src/state/machine-state.ts';
import { sharedFolder } from '../test/kit/requirements.ts';
import { upstreamRules } from '../test/oracle/alerts-replay.ts';
import { type CaptureMemory, loadCapture } from './capture-memory.ts';

/**
 * Passes a capture held in memory through decoding, state and rules, several times: `bin/node bench/eval.ts [capture]
 * [factor...]`. A factor multiplies the 93 upstream rules (all switched on): every copy has other constants and another
 * name. 0: no rules, which shows what decoding and state cost. The first round is cold: nothing is compiled or known.
 */
const rounds = 4;

/** Fields whose few possible values tell kinds apart: other constants there would make rules that can't match at all. */
const kinds = new Set(['evt.type', 'evt.res', 'container.id', 'fd.type', 'fd.typechar', 'fd.l4proto', 'syscall.type']);

function otherLiteral(literal: Literal, check: BoundCheck, copy: number): Literal {
  if (typeof literal !== 'string' || literal.length < 2 || check.left.type !== 'CHARBUF') return literal;
  return check.op === 'endswith' ? `${copy}x${literal}` : `${literal}x${copy}`;
}

function otherExpr(expr: BoundExpr, copy: number): BoundExpr {
  switch (expr.kind) {
    case 'not':
      return { ...expr, item: otherExpr(expr.item, copy) };
    case 'check': {
      if (expr.right.kind !== 'literals' || kinds.has(expr.left.field?.name ?? '')) return expr;
      const literals = expr.right.literals.map((literal) => otherLiteral(literal, expr, copy));
      return { ...expr, right: { kind: 'literals', literals } };
    }
    case 'and':
    case 'or':
      return { ...expr, items: expr.items.map((item) => otherExpr(item, copy)) };
  }
}

function multiplied(rules: readonly Rule[], factor: number): Rule[] {
  const all: Rule[] = factor === 0 ? [] : [...rules];
  for (let copy = 1; copy < factor; copy++) {
    for (const rule of rules) {
      all.push({
        ...rule,
        name: `${rule.name} ${copy}`,
        index: all.length,
        condition: otherExpr(rule.condition, copy),
      });
    }
  }
  return all;
}

/** One pass over all events. @returns CPU nanoseconds per event and the number of matches. */
function pass(
  { bytes, starts }: CaptureMemory,
  state: MachineState,
  evaluator: Evaluator | undefined,
): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const event = new Event();
  let matched = 0;
  const before = process.cpuUsage();
  for (let i = 0; i < starts.length; i++) {
    event.num = i + 1;
    if (!event.read(bytes, view, starts[i]!, 0)) continue;
    if (state.apply(event) && evaluator !== undefined) matched += evaluator.evaluate(event).length;
    state.after(event);
  }
  const { user, system } = process.cpuUsage(before);
  return [((user + system) * 1000) / starts.length, matched];
}

async function run(capture: string, factor: number): Promise<void> {
  const memory = await loadCapture(path.join(sharedFolder ?? '.', 'oracle', 'captures', `${capture}.scap`));
  const rules = multiplied(upstreamRules('enabled'), factor);
  const state = new MachineState({ hostname: 'bench' });
  for (const snapshot of memory.snapshots) state.load(snapshot);
  const before = performance.now();
  const evaluator = factor === 0 ? undefined : new Evaluator(rules, state, { matching: 'all' });
  const built = performance.now() - before;
  const passes = Array.from({ length: rounds }, () => pass(memory, state, evaluator));
  const nanoseconds = passes.map(([cost]) => Math.round(cost));
  const { flushes, ...sizes } = { flushes: {}, ...evaluator?.sizes };
  const figures = {
    rules: rules.length,
    events: memory.starts.length,
    matched: passes[0]![1],
    'CPU ns/event by round': nanoseconds.join(' '),
    'events/s': Math.round(1e9 / Math.min(...nanoseconds)),
    'peak MB': Math.round(process.resourceUsage().maxRSS / 1024),
    'build ms': Math.round(built),
    ...sizes,
    flushes: Object.values(flushes).join('/'),
  };
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`${texts.join(', ')}\n`);
}

const [capture = 'big', ...factors] = process.argv.slice(2);
if (factors.length === 1) {
  await run(capture, Number(factors[0]));
} else {
  for (const factor of factors.length > 0 ? factors : ['0', '1', '10', '100']) {
    spawnSync(process.execPath, [import.meta.filename, capture, factor], { stdio: 'inherit' });
  }
}
