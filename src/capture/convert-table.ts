import { eventByCode, eventFlags, type EventInfo, events } from '../model/event-table.ts';

/** Where the values of one current parameter come from: the index in the old event or in its enter event, or -1. */
export interface Recipe {
  readonly target: EventInfo;
  readonly fromEvent: Int16Array;
  readonly fromEnter: Int16Array;
  /** 1: what neither of them has is the default of its type (0, no user, empty); 0: it is unknown. */
  readonly hasDefault: Uint8Array;
}

/** The enter event of every version of execve becomes this one, which is handed over, too. */
const execveEnter = eventByCode('SYSCALL_EXECVE_19_E');

/** Enter events that are no longer made, but that are handed over. */
const keptEnters: ReadonlySet<string> = new Set(['SYSCALL_EXECVE_19_E', 'SYSCALL_EXECVEAT_E']);

/** Old codes whose successor has another name; all others become the current event of the same name and direction. */
const successors: Readonly<Record<string, string>> = {
  SOCKET_ACCEPT4_X: 'SOCKET_ACCEPT4_6_X',
  SOCKET_ACCEPT4_5_X: 'SOCKET_ACCEPT4_6_X',
};

/** Parameters that were renamed: `code of the old event` to [old name, current name]. */
const renames: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  SYSCALL_DUP_E: [['fd', 'oldfd']],
  SYSCALL_BPF_X: [['res_or_fd', 'fd']],
  // No rename, but what Falco shows.
  SYSCALL_BRK_1_E: [['size', 'vm_size']],
};

/** Exits whose values stay unknown when no enter event has them. Those of all others get the default of their type. */
const unknownWithoutEnter: ReadonlySet<string> = new Set([
  'GENERIC_X',
  'SYSCALL_BPF_X',
  'SYSCALL_BRK_1_X',
  'SYSCALL_BRK_4_X',
  'SYSCALL_DUP_X',
  'SYSCALL_FCHDIR_X',
  'SYSCALL_IOCTL_2_X',
  'SYSCALL_LINKAT_X',
  'SYSCALL_LINK_X',
  'SYSCALL_MKDIR_2_X',
  'SYSCALL_MKDIR_X',
  'SYSCALL_OPENAT_X',
  'SYSCALL_PRLIMIT_X',
  'SYSCALL_PTRACE_X',
  'SYSCALL_RMDIR_X',
  'SYSCALL_SETGID_X',
  'SYSCALL_SETNS_X',
  'SYSCALL_SETPGID_X',
  'SYSCALL_SETRESGID_X',
  'SYSCALL_SETRESUID_X',
  'SYSCALL_SETUID_X',
  'SYSCALL_UNLINKAT_X',
  'SYSCALL_UNLINK_X',
]);

/** Parameters that no old event has and that yet get the default of their type. */
const defaults: ReadonlySet<string> = new Set([
  'SYSCALL_FCNTL_X.arg',
  'SOCKET_SOCKET_X.flags',
  'SOCKET_ACCEPT_5_X.queuelen',
  'SOCKET_ACCEPT_5_X.queuemax',
  'SOCKET_ACCEPT4_6_X.queuelen',
  'SOCKET_ACCEPT4_6_X.queuemax',
  'SOCKET_SENDMMSG_X.res',
  'SOCKET_RECVMMSG_X.res',
]);

/** Parameters of enter events that only look like one of the exit: the flags of the call are not those of the program. */
const unrelated: ReadonlySet<string> = new Set(['SYSCALL_EXECVEAT_E.flags', 'SYSCALL_SENDFILE_E.offset']);

function isCurrent(info: EventInfo): boolean {
  return keptEnters.has(info.code) || (info.flags & (eventFlags.OLD_VERSION | eventFlags.UNUSED)) === 0;
}

function isExecve(info: EventInfo): boolean {
  return info.name === execveEnter.name;
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

/** Whether an old enter event is handed over, as the one that took its place; the others only wait for their exit. */
export function isHandedOver(enter: EventInfo): boolean {
  return isExecve(enter) || keptEnters.has(enter.code);
}

/** The enter event that has what an exit lacks. */
export function enterOf(exit: EventInfo): EventInfo {
  return isExecve(exit) ? execveEnter : events[exit.id - 1]!;
}

/** How an event with `count` parameters becomes a current one. */
export function recipeFor(info: EventInfo, count: number, target: EventInfo): Recipe {
  const enter = info.isEnter ? undefined : enterOf(info);
  const fromEnter = target.params.map(({ name }) =>
    enter === undefined || unrelated.has(`${enter.code}.${name}`) ? -1 : indexOf(enter, enter.params.length, name),
  );
  const areUnknown = unknownWithoutEnter.has(info.code) || isExecve(info);
  return {
    target,
    fromEvent: Int16Array.from(target.params, ({ name }) => indexOf(info, count, name)),
    fromEnter: Int16Array.from(fromEnter),
    hasDefault: Uint8Array.from(target.params, ({ name }, i) =>
      (fromEnter[i]! >= 0 && !areUnknown) || defaults.has(`${target.code}.${name}`) ? 1 : 0,
    ),
  };
}
