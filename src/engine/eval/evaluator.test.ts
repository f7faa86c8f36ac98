import { describe, expect, test } from 'vitest';
import { codes, machine, operand, Random, randomExpr, rule } from '../../../test/kit/random-rules.ts';
import { World } from '../../../test/kit/random-world.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { Operator } from '../../lang/ast.ts';
import { Event } from '../../model/event.ts';
import { events } from '../../model/event-table.ts';
import { Thread } from '../../model/thread.ts';
import type { BoundExpr, Literal } from '../bound.ts';
import { Evaluator } from './evaluator.ts';
import { matches } from './reference.ts';

function randomRules(random: Random, count: number, depth: number): LoadedRule<BoundExpr>[] {
  const shared: BoundExpr[] = [];
  for (let i = 0; i < 5; i++) shared.push(randomExpr(random, 2, []));
  return Array.from({ length: count }, (_, i) => {
    const types = codes.filter(() => random.chance(60));
    return rule(`rule ${i}`, i, randomExpr(random, depth, shared), new Set(types));
  });
}

function names(rules: readonly LoadedRule<BoundExpr>[]): string[] {
  return rules.map(({ name }) => name);
}

/** Runs random events through both; gives how many rules matched. */
function compare(seed: number, size: { rules: number; depth: number; events: number }, classes?: number): number {
  const random = new Random(seed);
  const rules = randomRules(random, size.rules, size.depth);
  const world = new World(random);
  const limits = classes === undefined ? {} : { limits: { classes, tableBytes: classes * 2000 } };
  const matching = seed % 3 === 0 ? 'first' : 'all';
  let evaluator = new Evaluator(rules, machine, { matching, ...limits });
  const cache = new Map();
  let matched = 0;
  for (let i = 0; i < size.events; i++) {
    const event = world.next();
    const expected = rules.filter(
      (one) => one.eventTypes.has(event.type) && matches(one.condition, event, machine, cache),
    );
    expect(names(evaluator.evaluate(event)), `seed ${seed}, event ${event.num}`).toEqual(
      names(matching === 'first' ? expected.slice(0, 1) : expected),
    );
    if (event.thread !== null && expected.length > 0) expect(evaluator.canMatch(event.thread, event.type)).toBe(true);
    matched += expected.length;
    if (i % 400 === 399) {
      evaluator = new Evaluator(rules, machine, { matching, statistics: true, after: evaluator, ...limits });
    }
  }
  if (classes !== undefined) {
    const { threadClasses, fdClasses, flushes } = evaluator.sizes;
    // Two numbers are fixed: absent, and present where no rule looks at it.
    expect(Math.max(threadClasses, fdClasses)).toBeLessThanOrEqual(classes + 2);
    expect(flushes.threads + flushes.fds + flushes.tables).toBeGreaterThan(0);
  }
  return matched;
}

describe('Evaluator agrees with the reference', () => {
  test.each([
    { title: 'many small rule sets', seeds: 150, size: { rules: 6, depth: 2, events: 300 }, classes: undefined },
    { title: 'large rule sets', seeds: 6, size: { rules: 120, depth: 3, events: 1000 }, classes: undefined },
    { title: 'tables that are always full', seeds: 40, size: { rules: 20, depth: 3, events: 500 }, classes: 4 },
  ])(
    '$title',
    ({ seeds, size, classes }) => {
      let matched = 0;
      for (let seed = 1; seed <= seeds; seed++) matched += compare(seed * 2654435761, size, classes);
      expect(matched).toBeGreaterThan(seeds * size.events * 0.2);
    },
    120_000,
  );
});

function check(name: string, op: Operator, ...literals: Literal[]): BoundExpr {
  const right = op === 'exists' ? { kind: 'none' as const } : { kind: 'literals' as const, literals };
  return { kind: 'check', left: operand(name), op, modifier: undefined, right };
}

function all(...items: BoundExpr[]): BoundExpr {
  return { kind: 'and', items };
}

function eventOf(type: number, comm: string): Event {
  const event = new Event();
  event.type = type;
  event.info = events[type]!;
  event.num = 1;
  event.thread = new Thread();
  event.thread.comm = comm;
  return event;
}

describe('Evaluator', () => {
  const bash = rule('bash', 0, check('t.name', '=', 'bash'), new Set([5, 7]));
  const any = rule('any', 1, check('e.num', '>=', 1), new Set([5]));
  const failed = rule('failed', 2, all(check('t.name', '=', 'bash'), check('e.res', '<', 0)), new Set([5]));

  test('rules come in order; without a match always the same empty array', () => {
    const evaluator = new Evaluator([bash, any, failed], machine, { matching: 'all' });
    const event = eventOf(5, 'bash');
    expect(names(evaluator.evaluate(event))).toEqual(['bash', 'any', 'failed']);
    expect(names(evaluator.evaluate(eventOf(5, 'sh')))).toEqual(['any']);
    const none = evaluator.evaluate(eventOf(7, 'sh'));
    expect(none).toEqual([]);
    expect(evaluator.evaluate(eventOf(9, 'bash'))).toBe(none);
  });

  test('the first match only', () => {
    const evaluator = new Evaluator([any, bash], machine, { matching: 'first' });
    expect(names(evaluator.evaluate(eventOf(5, 'bash')))).toEqual(['any']);
  });

  test('rules that are switched off take no part', () => {
    const evaluator = new Evaluator([{ ...bash, enabled: false }, any], machine, { matching: 'all' });
    expect(names(evaluator.rules)).toEqual(['any']);
    expect(names(evaluator.evaluate(eventOf(5, 'bash')))).toEqual(['any']);
  });

  test('statistics count what is left to judge', () => {
    const evaluator = new Evaluator([bash, failed], machine, { matching: 'all', statistics: true });
    const event = eventOf(5, 'bash');
    evaluator.evaluate(event);
    event.fdNum = 3;
    evaluator.evaluate(event);
    evaluator.evaluate(eventOf(5, 'sh'));
    const counts = evaluator.statistics!.map(({ matches: m, evaluations }) => [m, evaluations]);
    expect(counts).toEqual([
      [2, 2],
      [1, 2],
    ]);
  });

  test('canMatch tells which events of a thread can still lead to an alert', () => {
    const evaluator = new Evaluator([bash, failed], machine, { matching: 'all' });
    const { thread } = eventOf(5, 'sh');
    expect(codes.map((code) => evaluator.canMatch(thread!, code))).toEqual(codes.map(() => false));
    thread!.comm = 'bash';
    thread!.ruleClass = -1;
    expect(codes.filter((code) => evaluator.canMatch(thread!, code))).toEqual([5, 7]);
  });

  test('what the event type decides leaves nothing to judge', () => {
    const other = rule('other', 0, all(check('e.type', '=', 'nothing'), any.condition), new Set([5]));
    const never = rule('never', 1, check('e.num', '<', 1), new Set([5]));
    const absent = rule('absent', 2, check('e.path', 'exists'), new Set([3]));
    const evaluator = new Evaluator([other, never, absent], machine, { matching: 'all' });
    evaluator.evaluate(eventOf(5, 'bash'));
    evaluator.evaluate(eventOf(3, 'bash'));
    expect(evaluator.sizes.codes).toBe(0);
  });

  test('a name seen before gives a new descriptor its class', () => {
    const random = new Random(5);
    const world = new World(random);
    const named = rule('named', 0, check('f.name', 'contains', 'etc'), new Set(codes));
    const evaluator = new Evaluator([named], machine, { matching: 'all' });
    for (let i = 0; i < 3000; i++) evaluator.evaluate(world.next());
    expect(evaluator.sizes).toMatchObject({ flushes: { threads: 0, fds: 0, tables: 0, memos: 0 } });
    expect(evaluator.sizes.fdClasses).toBeLessThan(6);
  });
});
