import { events, syscallSets, x86Syscalls } from '../../model/event-table.ts';
import { arm64, type SyscallRow, variants, x86_64 } from './syscalls.gen.ts';

/** Size of the tables by system call number that sensors have. */
export const syscallSlots = 512;

/** Names by which the end of a process is asked for. */
const exitNames = ['procexit', 'sched_process_exit', 'exit', 'exit_group'];

/** Names of what the kernel tells apart from system calls, and the bits by which the sensor's addon knows it. */
export const tracepoints: Readonly<Record<string, number>> = {
  signaldeliver: 1,
  signal_deliver: 1,
  switch: 2,
  sched_switch: 2,
  page_fault: 4 | 8,
  page_fault_user: 4,
  page_fault_kernel: 8,
};

/** Calls with a generic event that are also told as another one. */
const alsoToldAs: Readonly<Record<string, string>> = { fchmodat2: 'fchmodat' };

/** Values of the sensor's table of interest (enum saker_interest in native/include/saker_abi.h). */
const wanted = 1;
const wantedOfChild = 2;

const threadMakers: ReadonlySet<string> = new Set(['clone', 'clone3', 'fork', 'vfork']);

export interface Interest {
  /** By system call number: {@link wanted}, {@link wantedOfChild} (only what the new thread itself tells), or 0. */
  readonly bySyscall: Uint8Array;
  readonly exits: boolean;
  /** Bits of {@link tracepoints}. */
  readonly tracepoints: number;
  /** Names that no call of this machine has. */
  readonly unknown: readonly string[];
}

export function syscallsOf(arch: string): readonly SyscallRow[] {
  return arch === 'arm64' ? arm64 : x86_64;
}

export function syscallNumbers(arch: string): ReadonlyMap<string, number> {
  return new Map(syscallsOf(arch).map(([number, name]) => [name, number]));
}

/** Codes that GENERIC events carry, by system call number. */
export function genericCodes(arch: string): Uint16Array {
  const codes = new Uint16Array(syscallSlots);
  for (const [number, , code] of syscallsOf(arch)) codes[number] = code;
  return codes;
}

/** The kernel program that tells of each call; calls without one become generic events. */
export function fillerNames(arch: string): (readonly [number, string])[] {
  return syscallsOf(arch).map(([number, name]) => [number, `f_${name}`]);
}

/** Calls that change no state of Saker's but that rules usually are about. */
const ruleSyscalls =
  'rename renameat renameat2 unlink unlinkat link linkat symlink symlinkat mkdir mkdirat rmdir chmod fchmod fchmodat ' +
  'fchmodat2 chown lchown fchown fchownat mknod mknodat setpgid setns unshare ptrace bpf init_module finit_module ' +
  'delete_module listen inotify_init1 procexit';

/** Names that are watched when the configuration says nothing: those above, and all that change the picture of the machine. */
export function defaultSyscalls(): string[] {
  return [...new Set([...syscallSets.state_set, ...ruleSyscalls.split(' ')])];
}

/** Calls by the name of the event they cause, where that differs from their own: prlimit for prlimit64. */
function byEventName(): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [call, base] of Object.entries({ ...variants, ...alsoToldAs })) map.set(base, [call]);
  for (const call of x86Syscalls) {
    const name = events[call.exitEvent]?.name;
    if (name === undefined || name === call.name || call.exitEvent <= 1) continue;
    map.set(name, [...(map.get(name) ?? []), call.name]);
  }
  return map;
}

/**
 * From names, as rules use them, to the tables that the kernel programs read.
 * @param judged Calls of which rules may tell, for sources that can leave events out. Of a new thread its parent tells and
 * the thread itself, and the second alone makes the same state: where no rule may tell of the first, it is left out.
 */
export function interestOf(names: Iterable<string>, arch: string, judged?: ReadonlySet<string>): Interest {
  const numbers = syscallNumbers(arch);
  const aliases = byEventName();
  const known = new Set(x86Syscalls.map((call) => call.name));
  const bySyscall = new Uint8Array(syscallSlots);
  const isChildEnough = judged !== undefined && threadMakers.isDisjointFrom(judged);
  const unknown: string[] = [];
  let exits = false;
  let others = 0;
  for (const name of names) {
    if (exitNames.includes(name)) exits = true;
    others |= tracepoints[name] ?? 0;
    const calls = [name, ...(aliases.get(name) ?? [])];
    let found = exitNames.includes(name) || name in tracepoints;
    for (const call of calls) {
      const number = numbers.get(call);
      if (number === undefined) continue;
      bySyscall[number] = isChildEnough && threadMakers.has(call) ? wantedOfChild : wanted;
      found = true;
    }
    // A call of another architecture is no mistake.
    if (!found && !known.has(name)) unknown.push(name);
  }
  // A successful execveat is told as an execve.
  const execve = numbers.get('execve') ?? 0;
  if (bySyscall[numbers.get('execveat') ?? 0] === wanted) bySyscall[execve] = wanted;
  return { bySyscall, exits, tracepoints: others, unknown };
}
