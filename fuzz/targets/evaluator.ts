import { Evaluator } from '../../src/engine/eval/evaluator.ts';
import { matches } from '../../src/engine/eval/reference.ts';
import { codes, machine, Random, randomExpr, rule } from '../../test/kit/random-rules.ts';
import { World } from '../../test/kit/random-world.ts';
import { demand, magnitude, type Target } from '../target.ts';

const eventsPerRun = 250;

/** The input is the number that everything else of the run follows from. */
class EvaluatorTarget implements Target {
  readonly name = 'evaluator';
  readonly summary = 'random rules over a random world: evaluator against reference';

  seeds(): readonly Buffer[] {
    return ['1', '2', '3'].map((text) => Buffer.from(text));
  }

  make(random: Random): Buffer {
    return Buffer.from(String(random.below(2 ** 31)));
  }

  run(input: Buffer): string {
    const random = new Random(Number(input.toString()) | 0);
    const rules = Array.from({ length: 2 + random.below(20) }, (_, i) =>
      rule(`rule ${i}`, i, randomExpr(random, 1 + random.below(3), []), new Set(codes.filter(() => random.chance(60)))),
    );
    const world = new World(random);
    const classes = random.pick([4, 64, 16384]);
    const options = { matching: 'all', limits: { classes, tableBytes: classes * 2000 } } as const;
    let evaluator = new Evaluator(rules, machine, options);
    const cache = new Map();
    let matched = 0;
    for (let i = 0; i < eventsPerRun; i++) {
      const event = world.next();
      const found = evaluator.evaluate(event).map(({ name }) => name);
      const plain = rules.filter(
        (one) => one.eventTypes.has(event.type) && matches(one.condition, event, machine, cache),
      );
      const names = plain.map(({ name }) => name);
      demand(found.join() === names.join(), () => `event ${event.num}: [${found.join()}], reference [${names.join()}]`);
      const isPossible = event.thread === null || names.length === 0 || evaluator.canMatch(event.thread, event.type);
      demand(isPossible, () => `event ${event.num}: canMatch denies a match`);
      matched += names.length;
      if (i % 100 === 99) evaluator = new Evaluator(rules, machine, { ...options, after: evaluator });
    }
    return `${magnitude(matched)} ${magnitude(rules.length)}`;
  }
}

export function evaluatorTarget(): Target {
  return new EvaluatorTarget();
}
