import { describe, expect, test } from 'vitest';
import { codes, machine, Random, randomExpr, rule, World } from '../../../test/kit/stub-rules.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
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
  const limits = classes === undefined ? {} : { limits: { classes, entries: classes * 4 } };
  let evaluator = new Evaluator(rules, machine, { matching: 'all', ...limits });
  const cache = new Map();
  let matched = 0;
  for (let i = 0; i < size.events; i++) {
    const event = world.next();
    const expected = rules.filter(
      (one) => one.eventTypes.has(event.type) && matches(one.condition, event, machine, cache),
    );
    expect(names(evaluator.evaluate(event)), `seed ${seed}, event ${event.num}`).toEqual(names(expected));
    if (event.thread !== null && expected.length > 0) expect(evaluator.canMatch(event.thread, event.type)).toBe(true);
    matched += expected.length;
    if (i % 400 === 399) {
      evaluator = new Evaluator(rules, machine, { matching: 'all', statistics: true, after: evaluator, ...limits });
    }
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
