import { eventByCode, eventFlags, type EventInfo, events } from '../model/event-table.ts';

/** Where the values of one current parameter come from: the index in the old event or in its enter event, or -1. */
export interface Recipe {
  readonly target: EventInfo;
  readonly fromEvent: Int16Array;
  readonly fromEnter: Int16Array;
}

/** Old codes whose successor has another name; all others become the current event of the same name and direction. */
const successors: Readonly<Record<string, string>> = {
  SOCKET_ACCEPT4_X: 'SOCKET_ACCEPT4_6_X',
  SOCKET_ACCEPT4_5_X: 'SOCKET_ACCEPT4_6_X',
};

/** Parameters that were renamed: `code of the old event` to [old name, current name]. */
const renames: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  SYSCALL_DUP_E: [['fd', 'oldfd']],
  SYSCALL_BPF_X: [['res_or_fd', 'fd']],
};

/** Parameters of enter events that only look like one of the exit: the flags of the call are not those of the program. */
const unrelated: ReadonlySet<string> = new Set(['SYSCALL_EXECVEAT_E.flags', 'SYSCALL_SENDFILE_E.offset']);

function isCurrent(info: EventInfo): boolean {
  return (info.flags & (eventFlags.OLD_VERSION | eventFlags.UNUSED)) === 0;
}

function nameKey(info: EventInfo): string {
  return `${info.name} ${info.isEnter}`;
}

const currentByName = new Map(events.filter(isCurrent).map((info) => [nameKey(info), info]));

/** The event of today that an old one becomes; undefined for enter events, which have none. */
export function successorOf(info: EventInfo): EventInfo | undefined {
  if (isCurrent(info)) return info;
  const renamed = successors[info.code];
  return renamed === undefined ? currentByName.get(nameKey(info)) : eventByCode(renamed);
}

function indexOf(source: EventInfo, count: number, name: string): number {
  const old = renames[source.code]?.find(([, current]) => current === name)?.[0] ?? name;
  const index = source.params.findIndex((param) => param.name === old);
  return index < count ? index : -1;
}

/** How an event with `count` parameters becomes a current one. */
export function recipeFor(info: EventInfo, count: number, target: EventInfo): Recipe {
  const enter = info.isEnter ? undefined : events[info.id - 1];
  const fromEnter = target.params.map(({ name }) =>
    enter === undefined || unrelated.has(`${enter.code}.${name}`) ? -1 : indexOf(enter, enter.params.length, name),
  );
  return {
    target,
    fromEvent: Int16Array.from(target.params, ({ name }) => indexOf(info, count, name)),
    fromEnter: Int16Array.from(fromEnter),
  };
}
