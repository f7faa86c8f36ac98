import { eventByCode, events } from '../../model/event-table.ts';
import type { EventSink } from '../../model/source.ts';
import type { SensorAddon, SensorHandle } from './addon.ts';

/** Events that have a part of the ring for themselves (SAKER_CRITICAL_EVENTS in native/include/saker_abi.h). */
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

const criticalCodes = new Set<number>(criticalEvents.map((code) => eventByCode(code).id));

/** Reasons that a sink hears. */
export const dropReasons = {
  common: 'the ring buffer was full',
  critical: 'the ring buffer was full, even the part kept for events of processes',
  compat: '32-bit processes can not be watched on this architecture',
};

/** Tells the sink how far the drop counters have grown since the last time. */
export class DropReporter {
  readonly #counts = new Float64Array(events.length + 1);
  readonly #told = { common: 0, critical: 0, compat: 0 };

  report(addon: SensorAddon, handle: SensorHandle, sink: EventSink): void {
    addon.drops(handle, this.#counts);
    const now = { common: 0, critical: 0, compat: this.#counts[events.length] ?? 0 };
    for (let code = 0; code < events.length; code++) {
      now[criticalCodes.has(code) ? 'critical' : 'common'] += this.#counts[code] ?? 0;
    }
    for (const kind of ['common', 'critical', 'compat'] as const) {
      const grown = now[kind] - this.#told[kind];
      this.#told[kind] = now[kind];
      if (grown > 0) sink.lost(grown, dropReasons[kind]);
    }
  }
}
