import table from './event-table.json' with { type: 'json' };

/** Value types of event parameters, by the names and codes of the capture format. */
export type ParamType = keyof typeof table.paramTypes;

/** A parameter of an event, as the capture format defines it. */
export interface ParamInfo {
  readonly name: string;
  readonly type: ParamType;
  /** How the value is printed: NA is for text, ID and DIR print as DEC. */
  readonly format: 'NA' | 'DEC' | 'HEX' | 'OCT' | '10_PADDED_DEC' | 'ID' | 'DIR';
  /** Names of the bits or values of a FLAGS*, ENUMFLAGS* or MODE parameter. */
  readonly flags: Readonly<Record<string, number>> | undefined;
  /** The alternatives of a DYN parameter, chosen by its first byte. */
  readonly dyn: readonly ParamInfo[] | undefined;
  /** Index of the parameter with the directory a FSRELPATH is relative to. */
  readonly dirfdParam: number | undefined;
}

/** An event of the capture format. Its id is the number in event headers and never changes. */
export interface EventInfo {
  readonly id: number;
  /** Upstream's constant without its PPME_ prefix, e.g. SYSCALL_OPENAT_2_X. */
  readonly code: string;
  /** What evt.type shows, except for generic events and asynchronous ones. */
  readonly name: string;
  readonly isEnter: boolean;
  readonly category: number;
  readonly flags: number;
  /** The capture stores its parameter lengths as u32 instead of u16. */
  readonly isLarge: boolean;
  readonly params: readonly ParamInfo[];
}

/** Bits of {@link EventInfo.flags}. */
export const eventFlags = table.eventFlags;
/** Values of {@link EventInfo.category}. */
export const eventCategories = table.categories;
export const flagTables: Readonly<Record<string, Readonly<Record<string, number>>>> = table.flagTables;
export const syscallSets: Readonly<Record<keyof typeof table.syscallSets, readonly string[]>> = table.syscallSets;

type RawParam = readonly [string, string, string, { flags_table?: string; dyn?: RawParam[]; dirfd_param?: number }?];

function paramInfo([name, type, format, extra]: RawParam): ParamInfo {
  return {
    name,
    type: type as ParamType,
    format: format as ParamInfo['format'],
    flags: extra?.flags_table === undefined ? undefined : flagTables[extra.flags_table],
    dyn: extra?.dyn?.map(paramInfo),
    dirfdParam: extra?.dirfd_param,
  };
}

/** All event codes; the index is the code. Even codes are enter or meta events, odd ones exits. */
export const events: readonly EventInfo[] = table.events.map((row) => ({
  id: row.id,
  code: row.code.replace(/^PPME_/, ''),
  name: row.name,
  isEnter: row.id % 2 === 0,
  category: row.category,
  flags: row.flags,
  isLarge: (row.flags & eventFlags.LARGE_PAYLOAD) !== 0,
  params: (row.params as unknown as RawParam[]).map(paramInfo),
}));

const byCode = new Map(events.map((info) => [info.code, info]));

/** The event of a code name such as SYSCALL_OPENAT_2_X. @throws RangeError for a name that is not in the table. */
export function eventByCode(code: string): EventInfo {
  const info = byCode.get(code);
  if (!info) throw new RangeError(`no event code ${code}`);
  return info;
}

/** Names of the system calls by the codes that GENERIC events carry in their ID parameter. */
export const syscallNames: readonly string[] = Array.from(
  { length: table.limits.PPM_SC_MAX },
  (_, code) => (table.syscallCodes as Record<string, string>)[String(code)] ?? 'unknown',
);

/** A system call: its number on x86-64, its code in the capture format, and the ids of its events. */
export interface SyscallInfo {
  readonly number: number;
  readonly name: string;
  readonly code: number;
  readonly enterEvent: number;
  readonly exitEvent: number;
}

/** The x86-64 system calls with the events they cause (0 and 1: generic). */
export const x86Syscalls: readonly SyscallInfo[] = (table.x86_64 as [number, string, number, number, number][]).map(
  ([number, name, code, enterEvent, exitEvent]) => ({ number, name, code, enterEvent, exitEvent }),
);
