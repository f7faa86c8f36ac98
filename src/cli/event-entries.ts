import { fieldTables } from '../app/registry.ts';
import {
  type EventInfo,
  eventCategories,
  eventFlags,
  events,
  flagTables,
  type ParamInfo,
  syscallNames,
  syscallSets,
  x86Syscalls,
} from '../model/event-table.ts';

/** Where events come from, in the order of the list. */
export const origins = ['system call', 'kernel', 'machine', 'plugin', 'snapshot', 'capture'] as const;
export type Origin = (typeof origins)[number];

/** An event as those who write rules want to know it. */
export interface EventEntry {
  /** What evt.type shows. */
  readonly name: string;
  readonly info: EventInfo;
  readonly origin: Origin;
  /** What evt.category shows, or that it is the kind of the event's descriptor. */
  readonly category: string;
  /** System calls that end with this event (or begin, for one with an event of its own at the start). */
  readonly syscalls: readonly string[];
  /** x86-64 has none of them: they come from 32-bit programs there. */
  readonly elsewhere: boolean;
  /**
   * What comes of it when this machine is watched: the event, the event if the configuration asks for such calls, or
   * nothing.
   */
  readonly live: 'whole' | 'on request' | 'no';
  /** A call without parameters of its own in events. */
  readonly generic: boolean;
  /** No event of today: captures of older versions hold it, and it is converted when they are read. */
  readonly old: boolean;
}

/** Calls that move data: a rule alone does not have them watched. */
const ignored: ReadonlySet<string> = new Set(syscallSets.ignored_by_default);
const outdated = eventFlags.OLD_VERSION | eventFlags.UNUSED;
const machineNames = /^(?:container|(?:user|group)(?:added|deleted)|cpu_hotplug|asyncevent|notification|infra)$/;
const tableNames = new Map(Object.entries(flagTables).map(([name, table]) => [table, name]));

/** Name of the table with the values of a flag parameter. */
export function flagTableName(param: ParamInfo): string | undefined {
  return param.flags === undefined ? undefined : tableNames.get(param.flags);
}

/** All events; first those of system calls in alphabetical order, calls without an event of their own last. */
export function eventEntries(): EventEntry[] {
  const own = events.filter((info) => info.id > 1 && info.name !== 'NA').map(ownEntry);
  const generic = syscallSets.generic.map(genericEntry);
  const order = (entry: EventEntry): number => origins.indexOf(entry.origin) * 2 + (entry.generic ? 1 : 0);
  return [...own, ...generic].toSorted(
    (a, b) => order(a) - order(b) || compareTexts(a.name, b.name) || a.info.id - b.info.id,
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function originOf({ category, name }: EventInfo): Origin {
  if ((category & eventCategories.SYSCALL) !== 0) return 'system call';
  if ((category & eventCategories.TRACEPOINT) !== 0) return 'kernel';
  if ((category & eventCategories.PLUGIN) !== 0) return 'plugin';
  if ((category & eventCategories.ITER) !== 0) return 'snapshot';
  return machineNames.test(name) ? 'machine' : 'capture';
}

function ownEntry(info: EventInfo): EventEntry {
  const origin = originOf(info);
  const calls = x86Syscalls.filter(({ enterEvent, exitEvent }) => (info.isEnter ? enterEvent : exitEvent) === info.id);
  const elsewhere = origin === 'system call' && calls.length === 0;
  const others = elsewhere ? [info.name, `_${info.name}`].filter((name) => syscallNames.includes(name)) : [];
  const syscalls = elsewhere ? others : calls.map((call) => call.name);
  return {
    name: info.name,
    info,
    origin,
    category: categoryOf(info),
    syscalls,
    elsewhere,
    live: liveness(info, syscalls),
    generic: false,
    old: (info.flags & outdated) !== 0,
  };
}

function liveness(info: EventInfo, syscalls: readonly string[]): EventEntry['live'] {
  const origin = originOf(info);
  if (origin === 'kernel') return info.name === 'procexit' ? 'whole' : 'on request';
  if (origin !== 'system call') return 'no';
  return syscalls.every((name) => ignored.has(name)) ? 'on request' : 'whole';
}

function genericEntry(name: string): EventEntry {
  const info = events[1]!;
  const elsewhere = !x86Syscalls.some((call) => call.name === name);
  const common = { origin: 'system call', category: categoryOf(info), syscalls: [name], elsewhere } as const;
  return { name, info, ...common, live: 'whole', generic: true, old: false };
}

function categoryOf(info: EventInfo): string {
  const category = fieldTables()('syscall')?.find('evt.category')?.ofType?.(info, undefined);
  return typeof category === 'string' ? category : 'by descriptor';
}
