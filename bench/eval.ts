import { spawnSync } from 'node:child_process';
import type { BoundCheck, BoundExpr, Literal } from '../src/engine/bound.ts';
import { Evaluator, type Rule } from '../src/engine/eval/evaluator.ts';
import { replay, upstreamRules } from '../test/oracle/alerts-replay.ts';

/**
 * Replays a capture through decoding, state and rules: `bin/node bench/eval.ts [capture] [factor...]`. A factor
 * multiplies the 93 upstream rules: every copy has other constants and another name. Factor 0: no rules at all.
 */

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

async function run(capture: string, factor: number): Promise<void> {
  const rules = multiplied(upstreamRules('enabled'), factor);
  let evaluator: Evaluator | undefined;
  let matched = 0;
  let built = 0;
  let cpu = process.cpuUsage();
  let start = performance.now();
  const events = await replay(
    capture,
    (state) => {
      const before = performance.now();
      evaluator = new Evaluator(rules, state, { matching: 'all' });
      built = performance.now() - before;
      cpu = process.cpuUsage();
      start = performance.now();
      return evaluator;
    },
    (_event, found) => {
      matched += found.length;
    },
  );
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const { flushes, ...sizes } = evaluator!.sizes;
  const figures = {
    rules: rules.length,
    events,
    matched,
    'events/s': Math.round(events / seconds),
    'CPU ns/event': Math.round(((used.user + used.system) * 1000) / events),
    'peak MB': Math.round(process.resourceUsage().maxRSS / 1024),
    'build ms': Math.round(built),
    ...sizes,
    flushes: Object.values(flushes).join('/'),
  };
  process.stdout.write(
    `${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}\n`,
  );
}

const [capture = 'big', ...factors] = process.argv.slice(2);
if (factors.length === 1) {
  await run(capture, Number(factors[0]));
} else {
  for (const factor of factors.length > 0 ? factors : ['0', '1', '10', '100']) {
    spawnSync(process.execPath, [import.meta.filename, capture, factor], { stdio: 'inherit' });
  }
}
