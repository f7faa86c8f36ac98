import type { BoundCheck, BoundExpr, BoundOperand } from '../engine/bound.ts';
import { isEach, matches, readOperand } from '../engine/eval/reference.ts';
import type { PatternCache } from '../engine/eval/values.ts';
import type { Event } from '../model/event.ts';
import type { Value } from '../model/field.ts';
import type { Machine } from '../model/machine.ts';
import type { Thread } from '../model/thread.ts';
import type { Rule } from './pipeline.ts';

/** A rule of which only what is said of the container decides; undefined: it matches. */
export interface OpenRule {
  readonly rule: Rule;
  readonly rest: BoundExpr | undefined;
}

/** What comes of an event. */
export interface Settled {
  /** Rules that match. */
  readonly sure: readonly Rule[];
  /** Rules that may match, in their order; of those in one list, the first that does is the only one. */
  readonly open: readonly (readonly OpenRule[])[];
}

export interface LateOptions {
  readonly rules: readonly Rule[];
  readonly matching: 'first' | 'all';
  readonly machine: Machine;
  /** Whether more may become known of the thread's container. Whenever it changes, the class of the thread is void. */
  readonly isPending: (thread: Thread) => boolean;
}

/**
 * Conditions on what a container engine or Kubernetes says of a container, for events that come before they have said it. The
 * rules are given to the evaluator with such checks left open while there may be an answer ({@link rules}); of what it finds then,
 * {@link settle} says what holds, what does not, and what waits for the answer.
 */
export class LateConditions {
  /** In the order given; rules without such checks as they are. */
  readonly rules: readonly Rule[];
  readonly #options: LateOptions;
  /** The rules as they were, by those with open checks. */
  readonly #originals: ReadonlyMap<Rule, Rule>;
  readonly #patterns: PatternCache = new Map();

  constructor(options: LateOptions) {
    this.#options = options;
    const loosen = new Loosener(options.isPending);
    this.rules = options.rules.map((rule) => {
      const condition = loosen.apply(rule.condition, false);
      return condition === rule.condition ? rule : { ...rule, condition };
    });
    const pairs = this.rules.map((rule, i) => [rule, options.rules[i]!] as const);
    this.#originals = new Map(pairs.filter(([rule, original]) => rule !== original));
  }

  /** @param found rules of {@link rules} that match with all late checks left open. */
  settle(event: Event, found: readonly Rule[]): Settled {
    if (!found.some((rule) => this.#originals.has(rule))) return { sure: found, open: [] };
    return this.#options.matching === 'first' ? this.#first(event, found[0]!) : this.#all(event, found);
  }

  /** The rule that was found first need not hold: then others after it may. */
  #first(event: Event, found: Rule): Settled {
    const open: OpenRule[] = [];
    for (const rule of this.rules.slice(this.rules.indexOf(found))) {
      if (!rule.enabled || !rule.eventTypes.has(event.type)) continue;
      const item = this.#judge(event, rule);
      if (item === undefined) continue;
      if (item.rest === undefined && open.length === 0) return { sure: [item.rule], open: [] };
      open.push(item);
      if (item.rest === undefined) break;
    }
    return { sure: [], open: open.length === 0 ? [] : [open] };
  }

  #all(event: Event, found: readonly Rule[]): Settled {
    const sure: Rule[] = [];
    const open: OpenRule[][] = [];
    for (const rule of found) {
      const item = this.#originals.has(rule) ? this.#judge(event, rule) : { rule, rest: undefined };
      if (item === undefined) continue;
      if (item.rest === undefined) sure.push(item.rule);
      else open.push([item]);
    }
    return { sure, open };
  }

  /** undefined: it does not match. */
  #judge(event: Event, given: Rule): OpenRule | undefined {
    const rule = this.#originals.get(given) ?? given;
    const isPending = event.thread !== null && this.#options.isPending(event.thread);
    const rest = this.#reduce(rule.condition, event, isPending);
    if (rest === false) return undefined;
    return { rule, rest: rest === true ? undefined : rest };
  }

  /** What is left of a condition when all but late checks are judged. */
  #reduce(expr: BoundExpr, event: Event, isPending: boolean): boolean | BoundExpr {
    switch (expr.kind) {
      case 'check':
        if (isPending && isLate(expr)) return keepPresent(expr, event, this.#options.machine);
        return matches(expr, event, this.#options.machine, this.#patterns);
      case 'not': {
        const item = this.#reduce(expr.item, event, isPending);
        return typeof item === 'boolean' ? !item : { kind: 'not', item };
      }
      case 'and':
      case 'or': {
        const decisive = expr.kind === 'or';
        const items: BoundExpr[] = [];
        for (const part of expr.items) {
          const item = this.#reduce(part, event, isPending);
          if (item === decisive) return decisive;
          if (typeof item !== 'boolean') items.push(item);
        }
        return items.length === 0 ? !decisive : { kind: expr.kind, items };
      }
    }
  }
}

/**
 * Whether a check looks at what is said of the container, alone or beside what the event itself tells. One with a value that is
 * made of both at once (`join("", container.name, proc.name)`) does not wait.
 */
function isLate(check: BoundCheck): boolean {
  const left = sourceOf(check.left);
  const right = check.right.kind === 'operand' ? sourceOf(check.right.operand) : 'event';
  if (left === 'both' || right === 'both') return false;
  return left === 'container' || (right === 'container' && !isEach(check));
}

/** Where the value of an operand comes from. */
function sourceOf(operand: BoundOperand): 'container' | 'event' | 'both' {
  const fields = operand.field === undefined ? (operand.reads ?? []) : [operand.field];
  const late = fields.filter(({ spec }) => spec.ofContainer === true).length;
  if (late === 0) return 'event';
  return late === fields.length ? 'container' : 'both';
}

/** A late check with the value in place that the event has for it, so that it can be judged when the event is gone. */
function keepPresent(check: BoundCheck, event: Event, machine: Machine): BoundCheck | false {
  const { left, right } = check;
  if (sourceOf(left) === 'event') {
    const value = readOperand(left, event, machine);
    return value === null ? false : { ...check, left: constant(left, value) };
  }
  if (right.kind !== 'operand' || sourceOf(right.operand) === 'container') return check;
  const value = readOperand(right.operand, event, machine);
  return value === null ? false : { ...check, right: { kind: 'operand', operand: constant(right.operand, value) } };
}

function constant({ text, type, list }: BoundOperand, value: Value): BoundOperand {
  return { text, type, list, getter: { scope: 'event', get: () => value }, field: undefined, reads: [] };
}

/** Writes conditions so that they hold, as long as a container is pending, wherever late checks could make them hold. */
class Loosener {
  readonly #isPending: BoundExpr;
  /** Macros put the same parts into many conditions, which stay the same object. */
  readonly #known = [new Map<BoundExpr, BoundExpr>(), new Map<BoundExpr, BoundExpr>()] as const;

  constructor(isPending: (thread: Thread) => boolean) {
    const get = (thread: Thread): true | null => (isPending(thread) ? true : null);
    const left: BoundOperand = {
      text: 'what is said of the container is pending',
      type: 'BOOL',
      list: false,
      getter: { scope: 'thread', get },
      field: undefined,
      reads: [],
    };
    this.#isPending = {
      kind: 'check',
      left,
      op: 'exists',
      modifier: undefined,
      right: { kind: 'none' },
    };
  }

  apply(expr: BoundExpr, isNegated: boolean): BoundExpr {
    const known = this.#known[isNegated ? 1 : 0];
    let result = known.get(expr);
    if (result === undefined) {
      result = this.#apply(expr, isNegated);
      known.set(expr, result);
    }
    return result;
  }

  #apply(expr: BoundExpr, isNegated: boolean): BoundExpr {
    switch (expr.kind) {
      case 'check':
        if (!isLate(expr)) return expr;
        if (isNegated) return { kind: 'and', items: [expr, { kind: 'not', item: this.#isPending }] };
        return { kind: 'or', items: [expr, this.#isPending] };
      case 'not': {
        const item = this.apply(expr.item, !isNegated);
        return item === expr.item ? expr : { kind: 'not', item };
      }
      case 'and':
      case 'or': {
        const items = expr.items.map((item) => this.apply(item, isNegated));
        return items.every((item, i) => item === expr.items[i]) ? expr : { kind: expr.kind, items };
      }
    }
  }
}
