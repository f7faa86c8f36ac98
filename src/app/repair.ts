import type { LossDetails } from '../model/source.ts';
import type { MachineState } from '../state/machine-state.ts';

/** How long after a loss the repair begins, since another one often follows, and the time between two steps of it. */
const pauseMs = 1000;
const stepMs = 20;
/** Processes that are looked at in one step: some milliseconds. */
const perStep = 16;

/**
 * Repairs the state after a loss of events: looks again, a few at a time, at the processes whose events were lost, or at all
 * of them when these are not known.
 */
export class StateRepair {
  /** Processes that were looked at, and those of which something was wrong. */
  readonly counts = { looked: 0, wrong: 0 };
  readonly #machine: MachineState;
  readonly #waiting = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(machine: MachineState) {
    this.#machine = machine;
  }

  lost(details: LossDetails | undefined): void {
    const culprits = details?.culprits ?? [];
    if (culprits.length === 0 || culprits.some(({ pid }) => pid === 0)) {
      for (const thread of this.#machine.threads()) if (thread.tid === thread.pid) this.#waiting.add(thread.tid);
    } else {
      for (const { pid } of culprits) this.#waiting.add(pid);
    }
    this.#later(pauseMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step(), ms).unref();
  }

  #step(): void {
    let room = perStep;
    for (const pid of this.#waiting) {
      if (room-- === 0) break;
      this.#waiting.delete(pid);
      this.counts.looked++;
      if (this.#machine.repair(pid)) this.counts.wrong++;
    }
    if (this.#waiting.size > 0) this.#later(stepMs);
  }
}
