import type { Check, Expr } from '../lang/ast.ts';
import { LiteralError, parseLiteral } from '../lang/literals.ts';
import { eventByCode, eventFlags, events, syscallNames } from '../model/event-table.ts';

/** A check on evt.type that event types can't be derived from. */
export interface EventTypeProblem {
  readonly message: string;
  readonly check: Check;
}

export interface EventTypes {
  /** Codes of events that can make the condition true, as far as its checks on event types tell. */
  readonly codes: ReadonlySet<number>;
  /** How many codes the field counts, old and unused ones included; decides about the warning LOAD_NO_EVTTYPE. */
  readonly broadness: number;
  readonly problems: readonly EventTypeProblem[];
  /** Checks for a type that no event has: they hold for none. */
  readonly neverTypes: readonly EventTypeProblem[];
}

/** Above this broadness a rule is called too broad. */
export const broadnessLimit = 100;

type CodeSet = Uint8Array;

const genericNames: ReadonlySet<string> = new Set(syscallNames);
const codesByName = new Map<string, number[]>();
for (const info of events) {
  // The two generic events stand for many system calls; their own name is none.
  if (info.id < 2) continue;
  const codes = codesByName.get(info.name);
  if (codes === undefined) codesByName.set(info.name, [info.id]);
  else codes.push(info.id);
}
const genericCodes = [0, 1];
const asyncCode = eventByCode('ASYNCEVENT_E').id;
const pluginCode = eventByCode('PLUGINEVENT_E').id;
const outdated = eventFlags.OLD_VERSION | eventFlags.UNUSED;

/**
 * The event types that a condition (its macros replaced) can hold for: `and` intersects, `or` unites, `not` is pushed
 * down to the checks. A check on anything but the event type holds for all.
 * @param asyncEvents names of asynchronous events, which share one code.
 */
export function eventTypesOf(expr: Expr, asyncEvents: readonly string[] = []): EventTypes {
  const walker = new Walker(asyncEvents);
  const set = walker.expr(expr, false);
  const all = [...set.keys()].filter((code) => set[code] === 1);
  const codes = new Set(all.filter((code) => (events[code]!.flags & outdated) === 0));
  // Asynchronous events go to every rule: their names are known only when they come.
  codes.add(asyncCode);
  return { codes, broadness: all.length, problems: walker.problems, neverTypes: walker.neverTypes };
}

/** Event codes for rules of a source other than syscall. */
export function pluginEventTypes(): ReadonlySet<number> {
  return new Set([pluginCode, asyncCode]);
}

function allCodes(): CodeSet {
  return new Uint8Array(events.length).fill(1);
}

function invert(set: CodeSet): CodeSet {
  return set.map((bit) => 1 - bit);
}

class Walker {
  readonly problems: EventTypeProblem[] = [];
  readonly neverTypes: EventTypeProblem[] = [];
  readonly #asyncEvents: readonly string[];

  constructor(asyncEvents: readonly string[]) {
    this.#asyncEvents = asyncEvents;
  }

  expr(expr: Expr, negated: boolean): CodeSet {
    switch (expr.kind) {
      case 'not':
        return this.expr(expr.item, !negated);
      case 'and':
      case 'or': {
        const intersect = (expr.kind === 'and') !== negated;
        const result = intersect ? allCodes() : new Uint8Array(events.length);
        for (const item of expr.items) {
          const set = this.expr(item, negated);
          for (let code = 0; code < result.length; code++) {
            if (intersect) result[code]! &= set[code]!;
            else result[code]! |= set[code]!;
          }
        }
        return result;
      }
      case 'macro':
        return allCodes();
      case 'check': {
        const set = this.#check(expr);
        if (set === undefined) return allCodes();
        return negated ? invert(set) : set;
      }
    }
  }

  /** undefined: the check says nothing about the event type. */
  #check(check: Check): CodeSet | undefined {
    const constant = constantCheck(check);
    if (constant !== undefined) return constant ? allCodes() : new Uint8Array(events.length);
    const { left, op, right } = check;
    if (check.modifier !== undefined || (op !== '=' && op !== '!=' && op !== 'in' && op !== 'exists')) return undefined;
    if (left.kind === 'transformer') {
      if (mentionsEventType(left.args)) {
        this.problems.push({
          message: 'event code search does not support `evt.type` checks with transformers',
          check,
        });
      }
      return undefined;
    }
    if (!isEventType(left.name) || left.arg !== undefined) return undefined;
    if (op === 'exists') return allCodes();
    if (right?.kind !== 'values') {
      const message =
        'right-hand field comparisons on `evt.type`/`syscall.type` checks are not supported by event code search';
      this.problems.push({ message, check });
      return undefined;
    }
    const set = this.#codesOf(right.values, check);
    return op === '!=' ? invert(set) : set;
  }

  #codesOf(names: readonly string[], check: Check): CodeSet {
    const set = new Uint8Array(events.length);
    for (const name of names) {
      const codes = codesByName.get(name) ?? (genericNames.has(name) ? genericCodes : []);
      for (const code of codes) set[code] = 1;
      const isAsync = this.#asyncEvents.includes(name);
      if (isAsync) set[asyncCode] = 1;
      if (codes.length === 0 && !isAsync) this.neverTypes.push({ message: `no event is of type ${name}`, check });
    }
    return set;
  }
}

function isEventType(name: string): boolean {
  return name === 'evt.type' || name === 'syscall.type';
}

function mentionsEventType(args: readonly { kind: string }[]): boolean {
  return args.some((arg) => {
    if ('name' in arg && arg.kind === 'field') return isEventType(String(arg.name));
    return 'args' in arg && Array.isArray(arg.args) && mentionsEventType(arg.args);
  });
}

/**
 * evt.num counts from 1, so that comparing it with 0 is a way to write "never" and "always".
 * undefined: it depends on the event.
 */
function constantCheck({ left, op, modifier, right }: Check): boolean | undefined {
  if (left.kind !== 'field' || left.name !== 'evt.num' || left.arg !== undefined) return undefined;
  if (modifier !== undefined || right?.kind !== 'values') return undefined;
  const numbers = right.values.map(eventNumber);
  if (op === 'in') return numbers.every((value) => value === 0) ? false : undefined;
  const value = numbers[0];
  if (value === undefined) return undefined;
  if (op === '=' || op === '<=') return value === 0 ? false : undefined;
  if (op === '!=' || op === '>') return value === 0 ? true : undefined;
  if (op === '<') return value <= 1 ? false : undefined;
  if (op === '>=') return value <= 1 ? true : undefined;
  return undefined;
}

function eventNumber(text: string): number | undefined {
  try {
    return Number(parseLiteral('UINT64', text));
  } catch (error) {
    if (error instanceof LiteralError) return undefined;
    throw error;
  }
}
