import type { Event } from '../../model/event.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
import type { EventTest, EventTests, IndexedOperand } from './event-tests.ts';
import type { Node } from './nodes.ts';
import { findTriggers } from './triggers.ts';

/** From so many rules on, what they have in common is judged first. */
const sharingFrom = 8;
/** ... in cells that are used more often than this. */
const sieveAfter = 2;

export interface Remainder {
  readonly rule: LoadedRule<BoundExpr>;
  readonly place: number;
  readonly node: Node;
}

/** What is left to do for the events of one type, one class of threads and one class of descriptors. */
export class Cell {
  /** Rules that can still match, in order. */
  readonly rules: readonly LoadedRule<BoundExpr>[];
  /** Places of these rules among all rules. */
  readonly places: readonly number[];
  /** What the event has to fulfil; null: nothing more. */
  readonly tests: readonly (EventTest | null)[];
  readonly #eventTests: EventTests;
  /** For the sieve to be made of; null: it is made, or not worth it. */
  #left: readonly Remainder[] | null;
  #sieve: Sieve | null = null;
  #uses = 0;

  constructor(left: readonly Remainder[], tests: EventTests) {
    this.rules = left.map(({ rule }) => rule);
    this.places = left.map(({ place }) => place);
    this.tests = left.map(({ node }) => (node.kind === 'always' ? null : tests.test(node)));
    this.#eventTests = tests;
    this.#left = left.length < sharingFrom ? null : left;
  }

  /** Finds the few rules worth testing, where there are many; null: test all. */
  get sieve(): Sieve | null {
    // Cells that are hardly used, as an attacker's ever new names make them, are not worth the work.
    if (this.#left !== null && ++this.#uses > sieveAfter) {
      this.#sieve = new Sieve(this.#left, this.#eventTests);
      this.#left = null;
    }
    return this.#sieve;
  }
}

/** Rules that need one of some atoms on an operand with an index. */
class TriggeredGroup {
  readonly #operand: IndexedOperand;
  readonly #rules: ReadonlyMap<number, readonly number[]>;
  #byClass: (readonly number[] | undefined)[] = [];
  #generation = -1;

  constructor(operand: IndexedOperand, rules: ReadonlyMap<number, readonly number[]>) {
    this.#operand = operand;
    this.#rules = rules;
  }

  /** Adds the rules that the operand's value makes worth a test. */
  collect(event: Event, found: number[]): void {
    const valueClass = this.#operand.judge(event);
    if (this.#generation !== this.#operand.generation) {
      this.#generation = this.#operand.generation;
      this.#byClass = [];
    }
    const rules = (this.#byClass[valueClass] ??= this.#rulesOf(valueClass));
    for (let i = 0; i < rules.length; i++) found.push(rules[i]!);
  }

  #rulesOf(valueClass: number): readonly number[] {
    const rules = new Set<number>();
    for (const atom of this.#operand.members(valueClass)) {
      for (const rule of this.#rules.get(atom) ?? []) rules.add(rule);
    }
    return [...rules];
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
  readonly #triggered: readonly TriggeredGroup[];
  readonly #found: number[] = [];

  constructor(left: readonly Remainder[], tests: EventTests) {
    const nodes = left.map(({ node }) => node);
    const { triggered, untriggered } = findTriggers(nodes, (atom) => (tests.index(atom) === undefined ? undefined : 1));
    const byOperand = new Map<IndexedOperand, Map<number, readonly number[]>>();
    for (const [atom, rules] of triggered) {
      const operand = tests.index(atom)!;
      const own = byOperand.get(operand);
      if (own === undefined) byOperand.set(operand, new Map([[atom, rules]]));
      else own.set(atom, rules);
    }
    this.#triggered = Array.from(byOperand, ([operand, rules]) => new TriggeredGroup(operand, rules));
    const groups = groupByGuard(nodes, untriggered);
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
    for (let i = 0; i < this.#triggered.length; i++) this.#triggered[i]!.collect(event, found);
    return found.length < 2 ? found : inOrder(found);
  }
}

function inOrder(found: number[]): number[] {
  found.sort((a, b) => a - b);
  let kept = 1;
  for (let i = 1; i < found.length; i++) if (found[i] !== found[i - 1]) found[kept++] = found[i]!;
  found.length = kept;
  return found;
}

interface Guarded {
  /** Empty: nothing is shared. */
  readonly guard: readonly Node[];
  readonly rules: number[];
}

/** Groups expressions by the conditions that they share with the most others. */
function groupByGuard(nodes: readonly Node[], places: readonly number[]): Guarded[] {
  const uses = new Map<Node, number>();
  function parts(place: number): readonly Node[] {
    const node = nodes[place]!;
    if (node.kind === 'always') return [];
    return node.kind === 'and' ? node.items : [node];
  }
  for (const place of places) for (const part of parts(place)) uses.set(part, (uses.get(part) ?? 0) + 1);
  const groups = new Map<string, Guarded>();
  for (const place of places) {
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
