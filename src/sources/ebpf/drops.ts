import { eventByCode, events } from '../../model/event-table.ts';
import type { EventSink, LossDetails } from '../../model/source.ts';
import { cpuSlots, type SensorAddon, type SensorHandle } from './addon.ts';

/** Events that have a ring for themselves, whatever the rules say (SAKER_CRITICAL_EVENTS in native/include/saker_abi.h). */
export const criticalEvents = [
  'SYSCALL_CLONE_20_X',
  'SYSCALL_FORK_20_X',
  'SYSCALL_VFORK_20_X',
  'SYSCALL_CLONE3_X',
  'SYSCALL_EXECVE_19_X',
  'SYSCALL_EXECVEAT_X',
  'PROCEXIT_1_E',
  'SYSCALL_SETUID_X',
  'SYSCALL_SETGID_X',
  'SYSCALL_SETREUID_X',
  'SYSCALL_SETREGID_X',
  'SYSCALL_SETRESUID_X',
  'SYSCALL_SETRESGID_X',
  'SYSCALL_SETSID_X',
  'SYSCALL_CAPSET_X',
  'SYSCALL_CHROOT_X',
  'SYSCALL_SETNS_X',
  'SYSCALL_UNSHARE_X',
  'SYSCALL_PTRACE_X',
  'SYSCALL_BPF_2_X',
  'SYSCALL_MOUNT_X',
  'SYSCALL_INIT_MODULE_X',
  'SYSCALL_FINIT_MODULE_X',
  'SYSCALL_DELETE_MODULE_X',
] as const;

/** By event code: 1 for those that go into the ring for critical events. @param more Codes that the rules add. */
export function criticalTable(more: Iterable<number> = []): Uint8Array {
  const table = new Uint8Array(events.length);
  for (const code of criticalEvents) table[eventByCode(code).id] = 1;
  for (const code of more) table[code] = 1;
  return table;
}

/** Reasons that a sink hears. */
export const dropReasons = {
  common: 'the ring buffer was full',
  critical: 'the ring buffer for critical events was full',
  compat: '32-bit processes can not be watched on this architecture',
};

/** Where the counters of CPUs begin, behind those of events and the one of 32-bit calls. */
const cpusAt = events.length + 1;

/** Tells the sink how far the drop counters have grown since the last time. */
export class DropReporter {
  readonly #addon: SensorAddon;
  readonly #handle: SensorHandle;
  #told = new Float64Array(cpusAt + cpuSlots);
  #now = new Float64Array(cpusAt + cpuSlots);

  constructor(addon: SensorAddon, handle: SensorHandle) {
    this.#addon = addon;
    this.#handle = handle;
  }

  /** @param critical By event code: 1 for those of the ring for critical events. */
  report(sink: EventSink, critical: Uint8Array): void {
    this.#addon.drops(this.#handle, this.#now);
    const counts = { common: 0, critical: 0, compat: this.#grown(events.length) };
    for (let code = 0; code < events.length; code++)
      counts[critical[code] === 1 ? 'critical' : 'common'] += this.#grown(code);
    // The kernel counts by event first: what it counts elsewhere meanwhile is told the next time.
    let details = counts.common + counts.critical > 0 ? this.#details() : undefined;
    [this.#told, this.#now] = [this.#now, this.#told];
    for (const kind of ['common', 'critical', 'compat'] as const) {
      if (counts[kind] === 0) continue;
      sink.lost(counts[kind], dropReasons[kind], kind === 'compat' ? undefined : details);
      // They are of both rings.
      if (kind !== 'compat') details = undefined;
    }
  }

  #grown(at: number): number {
    return this.#now[at]! - this.#told[at]!;
  }

  #details(): LossDetails {
    return {
      byEvent: this.#grownIn(0, events.length),
      byCpu: this.#grownIn(cpusAt, cpusAt + cpuSlots),
      culprits: this.#addon.culprits(this.#handle).sort((a, b) => b.drops - a.drops),
    };
  }

  #grownIn(from: number, to: number): Map<number, number> {
    const grown = new Map<number, number>();
    for (let at = from; at < to; at++) if (this.#grown(at) > 0) grown.set(at - from, this.#grown(at));
    return grown;
  }
}
