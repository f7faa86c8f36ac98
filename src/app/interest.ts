import { broadnessLimit } from '../engine/event-types.ts';
import { genericCallsOf } from '../engine/generic-calls.ts';
import { eventByCode, eventCategories, events, syscallNames, syscallSets, x86Syscalls } from '../model/event-table.ts';
import { priorities } from '../model/alert.ts';
import type { Interest } from '../model/source.ts';
import type { Rule } from '../pipeline/pipeline.ts';

/** What a configuration says about the system calls to watch (base_syscalls of falco.yaml). */
export interface SyscallSelection {
  /** Names that take the place of those that change the state; with `!` in front: never watched. */
  readonly customSet: readonly string[];
  /** Watch as few calls for the state as the rules allow; with a custom set, add to it what they need. */
  readonly repair: boolean;
  /** Watch also the calls that move data. */
  readonly all: boolean;
}

/** What came of a selection. All names sorted. */
export interface SelectedCalls {
  /** System calls and other kernel events to watch. */
  readonly names: readonly string[];
  /** Items of the custom set that name no system call. */
  readonly unknown: readonly string[];
  /** Calls that a rule names but that are not watched. */
  readonly unwatched: readonly string[];
  /** Calls that were added to a custom set so that the state can be kept. */
  readonly repaired: readonly string[];
}

const noSelection: SyscallSelection = { customSet: [], repair: false, all: false };

const genericExit = eventByCode('GENERIC_X').id;
const exitName = 'sched_process_exit';
const ignored: ReadonlySet<string> = new Set(syscallSets.ignored_by_default);
/** System calls by the code of the event that they cause. */
const callsByCode = Map.groupBy(x86Syscalls, (call) => call.exitEvent);
const knownCalls: ReadonlySet<string> = new Set(syscallNames.filter((name) => name !== 'unknown'));

const containerCalls = ['clone', 'clone3', 'fork', 'vfork', 'execve', 'execveat', 'chroot', exitName];
/** Without these no process could be told from another. */
const leastCalls = [
  ...containerCalls,
  'fchdir chdir capset setgid setgid32 setpgid setresgid setresgid32 setresuid setresuid32'.split(' '),
  'setsid setuid setuid32 prctl'.split(' '),
].flat();
const netCalls: ReadonlySet<string> = new Set(syscallSets.net_set);
const descriptorCalls: ReadonlySet<string> = new Set([
  ...syscallSets.file_set,
  ...syscallSets.io_set,
  ...syscallSets.io_other_set,
]);

/** The calls behind an event, or the event's own name where no call causes it. */
function callsOf(code: number): readonly string[] {
  const calls = callsByCode.get(code);
  if (calls !== undefined) return calls.map((call) => call.name);
  const { name, category } = events[code]!;
  if (name === 'procexit') return [exitName];
  return knownCalls.has(name) || (category & eventCategories.TRACEPOINT) !== 0 ? [name] : [];
}

function callsByEventName(): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const { id, name } of events) {
    if (id > genericExit) map.set(name, [...(map.get(name) ?? []), ...callsOf(id)]);
  }
  return map;
}

/** Calls that floods are made of: what a rule of any priority says of them can't be told apart before it is judged. */
const floods: ReadonlySet<string> = new Set([
  ...syscallSets.io_set,
  ...syscallSets.io_other_set,
  ...'open openat openat2 creat close socket connect accept accept4 dup dup2 dup3 fcntl mmap munmap mprotect brk'.split(
    ' ',
  ),
]);

/** Codes of the events that rules of priority critical and above are about, but for those that floods are made of. */
function criticalCodes(rules: readonly Rule[]): ReadonlySet<number> {
  const least = priorities.indexOf('Critical');
  const grave = rules.filter(
    (rule) => priorities.indexOf(rule.priority) <= least && rule.eventTypes.size <= broadnessLimit,
  );
  const codes = grave.flatMap((rule) => [...rule.eventTypes]);
  return new Set(
    codes.filter((code) => code > genericExit && callsByCode.has(code) && !floods.has(events[code]!.name)),
  );
}

/** What some rules want to be told of. */
interface Asked {
  readonly names: readonly string[];
  readonly critical: ReadonlySet<number>;
  readonly judged: ReadonlySet<string>;
}

/**
 * What a live source should deliver: the system calls that change the state, and those that the rules are about, as a
 * configuration selects them.
 */
export class RuleInterest implements Interest {
  readonly #listeners = new Set<() => void>();
  readonly #selection: SyscallSelection | undefined;
  #rules: readonly Rule[];
  /** Worked out when a source first asks, which that of a capture never does. */
  #known: Asked | undefined;

  constructor(rules: readonly Rule[], selection?: SyscallSelection) {
    this.#selection = selection;
    this.#rules = rules;
  }

  /** Other rules are in force. */
  replace(rules: readonly Rule[]): void {
    this.#rules = rules;
    this.#known = undefined;
    for (const listener of this.#listeners) listener();
  }

  get #asked(): Asked {
    return (this.#known ??= {
      names: selectCalls(this.#rules, this.#selection).names,
      critical: criticalCodes(this.#rules),
      judged: wantedCalls(this.#rules).all,
    });
  }

  names(): readonly string[] {
    return this.#asked.names;
  }

  critical(): ReadonlySet<number> {
    return this.#asked.critical;
  }

  judged(): ReadonlySet<string> {
    return this.#asked.judged;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * The calls to watch for some rules: those that the rules are about, and those that keep the state or what the custom
 * set has in their place. Without `all`, the calls that move data (read, write and the like) stay out even if a rule or
 * the custom set names them: each costs more than all others.
 */
export function selectCalls(rules: readonly Rule[], selection: SyscallSelection = noSelection): SelectedCalls {
  const custom = readCustomSet(selection.customSet);
  const wanted = wantedCalls(rules);
  const isReplaced = custom.wanted.size > 0;
  const base = isReplaced ? custom.wanted : new Set(syscallSets.state_set);
  let selected =
    selection.repair && !isReplaced ? repairSet(wanted.all) : wanted.all.union(base).union(new Set(containerCalls));
  selected = selected.difference(custom.unwanted);
  if (!selection.all) selected = selected.difference(ignored);
  let repaired: ReadonlySet<string> = new Set();
  if (selection.repair && selection.customSet.length > 0) {
    const whole = repairSet(selected);
    repaired = whole.difference(selected);
    selected = whole;
  }
  selected.add(exitName);
  return {
    names: [...selected].sort(),
    unknown: custom.unknown,
    unwatched: [...wanted.named.difference(selected)].sort(),
    repaired: [...repaired].sort(),
  };
}

function readCustomSet(items: readonly string[]) {
  const byEvent = callsByEventName();
  const wanted = new Set<string>();
  const unwanted = new Set<string>();
  const unknown: string[] = [];
  for (const item of items) {
    const isUnwanted = item.startsWith('!');
    const name = isUnwanted ? item.slice(1) : item;
    const calls = [...(knownCalls.has(name) ? [name] : []), ...(byEvent.get(name) ?? [])];
    if (calls.length === 0) unknown.push(item);
    for (const call of calls) (isUnwanted ? unwanted : wanted).add(call);
  }
  return { wanted, unwanted, unknown: unknown.sort() };
}

/** Whether an event of the kernel comes hundreds of thousands of times a second: it is told when a rule names it. */
function isOften(code: number): boolean {
  const { name, category } = events[code]!;
  return (category & eventCategories.TRACEPOINT) !== 0 && name !== 'procexit';
}

/** What rules want to see; `named` is without rules for nearly everything, which ask for nothing in particular. */
function wantedCalls(rules: readonly Rule[]) {
  const all = new Set<string>();
  const named = new Set<string>();
  for (const rule of rules) {
    const isBroad = rule.eventTypes.size > broadnessLimit;
    for (const code of rule.eventTypes) {
      if (code < genericExit) continue;
      // A rule for nearly everything does not mean each page fault.
      if (isBroad && isOften(code)) continue;
      const calls = code === genericExit ? genericCallsOf(rule.condition) : callsOf(code);
      for (const call of calls) {
        all.add(call);
        if (!isBroad) named.add(call);
      }
    }
  }
  return { all, named };
}

/** The calls given, and the fewest others with which processes and the descriptors of these calls are known. */
function repairSet(calls: ReadonlySet<string>): Set<string> {
  const whole = new Set([...calls, ...leastCalls]);
  if (!calls.isDisjointFrom(netCalls)) for (const call of ['socket', 'getsockopt', 'close']) whole.add(call);
  if (['accept', 'accept4', 'listen'].some((call) => calls.has(call))) whole.add('bind');
  if (!calls.isDisjointFrom(descriptorCalls)) whole.add('close');
  return whole;
}
