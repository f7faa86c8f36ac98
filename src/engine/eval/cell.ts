import type { Event } from '../../model/event.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
import type { OperandAt } from './event-operands.ts';
import type { EventTest, EventTests } from './event-tests.ts';
import type { Node } from './nodes.ts';

/** From so many rules on, what they have in common is judged first. */
const sharingFrom = 8;
/** ... in cells that are used more often than this. */
const sieveAfter = 2;

/** A rule, its place among all rules, and what is left of its condition. */
export interface Remainder {
  readonly rule: LoadedRule<BoundExpr>;
  readonly place: number;
  readonly node: Node;
}

/**
 * What is left to do for the events of one type, one class of threads and one class of descriptors: the rules to test
 * or, where they look at an operand that has classes, the cells by class of that operand.
 */
export class Cell {
  /** Decides on the next cell; null: the rules here are to be tested. */
  readonly operand: OperandAt | null;
  /** By class of the operand; undefined: not known yet. */
  readonly next: (Cell | undefined)[] = [];
  readonly left: readonly Remainder[];
  /** Rules that can still match, in order; none where an operand decides. */
  readonly rules: readonly LoadedRule<BoundExpr>[];
  /** Places of these rules among all rules. */
  readonly places: readonly number[];
  /** What the event has to fulfil; null: nothing more. */
  readonly tests: readonly (EventTest | null)[];
  readonly #eventTests: EventTests;
  #isSieveDue: boolean;
  #sieve: Sieve | null = null;
  #uses = 0;

  constructor(left: readonly Remainder[], tests: EventTests, operand: OperandAt | null) {
    const own = operand === null ? left : [];
    this.operand = operand;
    this.left = left;
    this.rules = own.map(({ rule }) => rule);
    this.places = own.map(({ place }) => place);
    this.tests = own.map(({ node }) => (node.kind === 'always' ? null : tests.test(node)));
    this.#eventTests = tests;
    this.#isSieveDue = own.length >= sharingFrom;
  }

  /** Finds the few rules worth testing, where there are many; null: test all. */
  get sieve(): Sieve | null {
    // Cells that are hardly used, as an attacker's ever new names make them, are not worth the work.
    if (this.#isSieveDue && ++this.#uses > sieveAfter) {
      this.#sieve = new Sieve(this.left, this.#eventTests);
      this.#isSieveDue = false;
    }
    return this.#sieve;
  }
}

interface GuardedGroup {
  readonly guard: EventTest;
  readonly rules: readonly number[];
}

/** Judges for many rules at once what several of them need; most are then out without a test of their own. */
class Sieve {
  readonly #always: readonly number[];
  readonly #guarded: readonly GuardedGroup[];
  readonly #found: number[] = [];

  constructor(left: readonly Remainder[], tests: EventTests) {
    const nodes = left.map(({ node }) => node);
    const groups = groupByGuard(nodes);
    this.#always = groups.find(({ guard }) => guard.length === 0)?.rules ?? [];
    const guarded = groups.filter(({ guard }) => guard.length > 0);
    this.#guarded = guarded.map(({ guard, rules }) => ({ guard: tests.all(guard), rules }));
  }

  /** The rules worth a test for an event, in order; valid until the next call. */
  find(event: Event): readonly number[] {
    const found = this.#found;
    found.length = 0;
    for (let i = 0; i < this.#always.length; i++) found.push(this.#always[i]!);
    for (let i = 0; i < this.#guarded.length; i++) {
      const { guard, rules } = this.#guarded[i]!;
      if (guard(event)) for (let k = 0; k < rules.length; k++) found.push(rules[k]!);
    }
    return found.length < 2 ? found : found.sort((a, b) => a - b);
  }
}

interface Guarded {
  /** Empty: nothing is shared. */
  readonly guard: readonly Node[];
  readonly rules: number[];
}

/** Groups expressions by the conditions that they share with the most others. */
function groupByGuard(nodes: readonly Node[]): Guarded[] {
  const uses = new Map<Node, number>();
  function parts(place: number): readonly Node[] {
    const node = nodes[place]!;
    if (node.kind === 'always') return [];
    return node.kind === 'and' ? node.items : [node];
  }
  for (let place = 0; place < nodes.length; place++)
    for (const part of parts(place)) uses.set(part, (uses.get(part) ?? 0) + 1);
  const groups = new Map<string, Guarded>();
  for (let place = 0; place < nodes.length; place++) {
    let most = 2;
    for (const part of parts(place)) most = Math.max(most, uses.get(part)!);
    const guard = parts(place).filter((part) => uses.get(part) === most);
    const key = guard.map(({ id }) => id).join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { guard, rules: [place] });
    else group.rules.push(place);
  }
  return [...groups.values()];
}
