import type { Event } from '../../model/event.ts';
import type { Scalar, Value } from '../../model/field.ts';
import { readGetter } from '../../model/format.ts';
import type { Machine } from '../../model/machine.ts';
import { type BoundCheck, type BoundExpr, type BoundOperand, isPossible, type Literal } from '../bound.ts';
import { holdsValue, type PatternCache } from './values.ts';

/** The value of an operand for an event; null: none. */
export function readOperand(operand: BoundOperand, event: Event, machine: Machine): Value | null {
  return readGetter(operand.getter, event, machine);
}

/**
 * Whether a check looks at several values of its field (all ancestors, both ends) instead of the printed one. There is
 * an ancestor or not, but what has two ends says itself whether it exists.
 */
export function isEach(check: BoundCheck): boolean {
  const field = check.left.field;
  if (field?.spec.compareEach === undefined) return false;
  if (field.arg !== undefined) return field.spec.eachByNumber === true && /^\d+$/.test(field.arg);
  return check.op !== 'exists' || field.spec.scope === 'thread';
}

/** The values that a check of an {@link isEach} kind looks at; null: none. */
function readEach(check: BoundCheck, event: Event, machine: Machine): readonly Scalar[] | null {
  const spec = check.left.field!.spec;
  const subject = spec.scope === 'thread' ? event.thread : event.fd;
  // The field's own scope says which of the two getters this is.
  const get = spec.compareEach as (subject: object, machine: Machine) => readonly Scalar[] | null;
  return subject === null ? null : get(subject, machine);
}

function rightSide(check: BoundCheck, event: Event, machine: Machine): readonly Literal[] | null {
  switch (check.right.kind) {
    case 'none':
      return [];
    case 'literals':
      return check.right.literals;
    case 'operand': {
      const value = readOperand(check.right.operand, event, machine);
      return value === null || typeof value === 'object' ? value : [value];
    }
  }
}

function checkHolds(check: BoundCheck, event: Event, machine: Machine, cache: PatternCache): boolean {
  if (!isPossible(check.left, event.info)) return false;
  if (check.right.kind === 'operand' && !isPossible(check.right.operand, event.info)) return false;
  const value = isEach(check) ? readEach(check, event, machine) : readOperand(check.left, event, machine);
  if (value === null) return false;
  const literals = rightSide(check, event, machine);
  if (literals === null) return false;
  if (!isEach(check)) return holdsValue(check.op, check.modifier, value, literals, cache);
  const items = value as readonly Scalar[];
  const needsAll = check.op === '!=' && check.left.field!.spec.negation === 'all';
  function holds(item: Scalar): boolean {
    return holdsValue(check.op, check.modifier, item, literals!, cache);
  }
  return needsAll ? items.length > 0 && items.every(holds) : items.some(holds);
}

/**
 * Whether a condition holds for an event: the plain meaning of the rule language, without any of the shortcuts of the
 * Evaluator, which has to agree with it.
 * @param cache keeps compiled patterns between calls.
 */
export function matches(expr: BoundExpr, event: Event, machine: Machine, cache: PatternCache = new Map()): boolean {
  switch (expr.kind) {
    case 'and':
      return expr.items.every((item) => matches(item, event, machine, cache));
    case 'or':
      return expr.items.some((item) => matches(item, event, machine, cache));
    case 'not':
      return !matches(expr.item, event, machine, cache);
    case 'check':
      return checkHolds(expr, event, machine, cache);
  }
}
