import type { Check, Expr } from '../lang/ast.ts';
import { LiteralError, parseLiteral } from '../lang/literals.ts';
import { eventByCode, eventFlags, events, syscallNames } from '../model/event-table.ts';

/** A check on evt.type that event types can't be derived from. */
interface EventTypeProblem {
  readonly message: string;
  readonly check: Check;
}

interface EventTypes {
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

/** Bit n for code n: hundreds of codes are united or inverted in one step, and equal sets are the same key. */
type CodeSet = bigint;

const everything: CodeSet = (1n << BigInt(events.length)) - 1n;
const nothing: CodeSet = 0n;

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

type Codes = Pick<EventTypes, 'codes' | 'broadness'>;

/** Keeps the event types of parts of conditions from one condition to the next, for the same asynchronous events. */
export class EventTypeCache {
  /** Of parts that hold no check to tell about; plain and negated. */
  readonly plain = new WeakMap<Expr, CodeSet>();
  readonly negated = new WeakMap<Expr, CodeSet>();
  /** Equal sets of codes are one. */
  readonly codes = new Map<CodeSet, Codes>();
  readonly isShared: (expr: Expr) => boolean;

  /** @param isShared whether a part may come again: only such are kept, since keeping costs more than deriving most. */
  constructor(isShared: (expr: Expr) => boolean = () => false) {
    this.isShared = isShared;
  }
}

/**
 * The event types that a condition (its macros replaced) can hold for: `and` intersects, `or` unites, `not` is pushed
 * down to the checks. A check on anything but the event type holds for all.
 * @param asyncEvents names of asynchronous events, which share one code.
 */
export function eventTypesOf(
  expr: Expr,
  asyncEvents: readonly string[] = [],
  cache: EventTypeCache = new EventTypeCache(),
): EventTypes {
  const walker = new Walker(asyncEvents, cache);
  const set = walker.expr(expr, false);
  let codes = cache.codes.get(set);
  if (codes === undefined) cache.codes.set(set, (codes = codesIn(set)));
  return { ...codes, problems: walker.problems, neverTypes: walker.neverTypes };
}

function codesIn(set: CodeSet): Codes {
  const codes = new Set<number>();
  let broadness = 0;
  // From the last digit to the first.
  const bits = set.toString(2);
  for (let code = 0; code < bits.length; code++) {
    if (bits[bits.length - 1 - code] === '0') continue;
    broadness++;
    if ((events[code]!.flags & outdated) === 0) codes.add(code);
  }
  // Asynchronous events go to every rule: their names are known only when they come.
  codes.add(asyncCode);
  return { codes, broadness };
}

/** Event codes for rules of a source other than syscall. */
export function pluginEventTypes(): ReadonlySet<number> {
  return new Set([pluginCode, asyncCode]);
}

function invert(set: CodeSet): CodeSet {
  return everything ^ set;
}

class Walker {
  readonly problems: EventTypeProblem[] = [];
  readonly neverTypes: EventTypeProblem[] = [];
  readonly #asyncEvents: readonly string[];

  readonly #cache: EventTypeCache;

  constructor(asyncEvents: readonly string[], cache: EventTypeCache) {
    this.#asyncEvents = asyncEvents;
    this.#cache = cache;
  }

  expr(expr: Expr, negated: boolean): CodeSet {
    switch (expr.kind) {
      case 'not':
        return this.expr(expr.item, !negated);
      case 'and':
      case 'or': {
        const cache = negated ? this.#cache.negated : this.#cache.plain;
        const known = cache.get(expr);
        if (known !== undefined) return known;
        const told = this.problems.length + this.neverTypes.length;
        const set = this.#chain(expr.items, negated, (expr.kind === 'and') !== negated);
        const isPlain = this.problems.length + this.neverTypes.length === told;
        if (isPlain && this.#cache.isShared(expr)) cache.set(expr, set);
        return set;
      }
      case 'macro':
        return everything;
      case 'check': {
        const set = this.#check(expr);
        if (set === undefined) return everything;
        return negated ? invert(set) : set;
      }
    }
  }

  #chain(items: readonly Expr[], negated: boolean, intersect: boolean): CodeSet {
    let result = intersect ? everything : nothing;
    for (const item of items) {
      const set = this.expr(item, negated);
      result = intersect ? result & set : result | set;
    }
    return result;
  }

  /** undefined: the check says nothing about the event type. */
  #check(check: Check): CodeSet | undefined {
    const constant = constantCheck(check);
    if (constant !== undefined) return constant ? everything : nothing;
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
    if (op === 'exists') return everything;
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
    let set = nothing;
    for (const name of names) {
      const codes = codesByName.get(name) ?? (genericNames.has(name) ? genericCodes : []);
      for (const code of codes) set |= 1n << BigInt(code);
      const isAsync = this.#asyncEvents.includes(name);
      if (isAsync) set |= 1n << BigInt(asyncCode);
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
