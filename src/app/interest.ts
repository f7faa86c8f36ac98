import type { BoundCheck, BoundExpr } from '../engine/bound.ts';
import { eventByCode, events, syscallSets, x86Syscalls } from '../model/event-table.ts';
import type { Interest } from '../model/source.ts';
import type { Rule } from '../pipeline/pipeline.ts';

const genericExit = eventByCode('GENERIC_X').id;
const ignored = new Set(syscallSets.ignored_by_default);
const genericCalls = new Set(syscallSets.generic);
const isTypeField = new Set(['evt.type', 'syscall.type']);
/** System calls by the code of the event that they cause. */
const callsByCode = Map.groupBy(x86Syscalls, (call) => call.exitEvent);

/** The calls behind an event, or the event's own name where no call causes it (procexit). */
function callsOf(code: number): readonly string[] {
  return callsByCode.get(code)?.map((call) => call.name) ?? [events[code]!.name];
}

/**
 * What a live source should deliver: the system calls that change the state, and those that the rules are about. The
 * calls that move data (read, write and the like) stay out even if a rule names them: each costs more than all others.
 */
export class RuleInterest implements Interest {
  readonly #listeners = new Set<() => void>();
  #names: readonly string[];

  constructor(rules: readonly Rule[]) {
    this.#names = syscallsFor(rules);
  }

  /** Other rules are in force. */
  replace(rules: readonly Rule[]): void {
    this.#names = syscallsFor(rules);
    for (const listener of this.#listeners) listener();
  }

  names(): readonly string[] {
    return this.#names;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Names of system calls and of other kernel events that rules and state need. */
export function syscallsFor(rules: readonly Rule[]): string[] {
  const names = new Set<string>(syscallSets.state_set);
  for (const rule of rules) {
    for (const code of rule.eventTypes) {
      if (code === genericExit) for (const name of genericNamed(rule.condition)) names.add(name);
      else for (const name of callsOf(code)) names.add(name);
    }
  }
  return [...names].filter((name) => name !== 'NA' && !ignored.has(name)).sort();
}

/** System calls without an event of their own that a condition names. */
function genericNamed(expr: BoundExpr): string[] {
  if (expr.kind === 'check') return genericLiterals(expr);
  return (expr.kind === 'not' ? [expr.item] : expr.items).flatMap(genericNamed);
}

function genericLiterals({ left, right }: BoundCheck): string[] {
  if (left.field === undefined || !isTypeField.has(left.field.name) || right.kind !== 'literals') return [];
  return right.literals.filter((name) => typeof name === 'string' && genericCalls.has(name)) as string[];
}

/** Rules that name system calls which are never delivered, with those calls. */
export function ignoredCalls(rules: readonly Rule[]): string[] {
  const named = new Set<string>();
  for (const rule of rules) {
    // A rule for nearly everything does not ask for these in particular.
    if (rule.eventTypes.size > 100) continue;
    for (const code of rule.eventTypes) {
      for (const name of callsOf(code)) if (ignored.has(name)) named.add(name);
    }
  }
  return [...named].sort();
}
