import { syscallSets } from '../model/event-table.ts';
import type { BoundCheck, BoundExpr } from './bound.ts';

const genericCalls: ReadonlySet<string> = new Set(syscallSets.generic);
const isTypeField = new Set(['evt.type', 'syscall.type']);

/** System calls without an event of their own for which a condition can hold. */
export function genericCallsOf(condition: BoundExpr): ReadonlySet<string> {
  return callsFor(condition, false) ?? genericCalls;
}

/** undefined: all of them. `not` is pushed down to the checks; a check on anything but the type holds for all. */
function callsFor(expr: BoundExpr, isNegated: boolean): ReadonlySet<string> | undefined {
  if (expr.kind === 'not') return callsFor(expr.item, !isNegated);
  if (expr.kind === 'check') return callsOfCheck(expr, isNegated);
  const sets = expr.items.map((item) => callsFor(item, isNegated));
  if ((expr.kind === 'or') === isNegated) {
    const limits = sets.filter((set) => set !== undefined);
    return limits.length === 0 ? undefined : limits.reduce((a, b) => a.intersection(b));
  }
  if (sets.includes(undefined)) return undefined;
  return sets.reduce<ReadonlySet<string>>((a, b) => a.union(b!), new Set());
}

function callsOfCheck({ left, op, right }: BoundCheck, isNegated: boolean): ReadonlySet<string> | undefined {
  if (left.field === undefined || !isTypeField.has(left.field.name) || right.kind !== 'literals') return undefined;
  if (op !== '=' && op !== '!=' && op !== 'in') return undefined;
  const names = new Set(right.literals.filter((name) => typeof name === 'string'));
  return (op === '!=') === isNegated ? genericCalls.intersection(names) : genericCalls.difference(names);
}
