import type { LossDetails } from '../model/source.ts';
import type { MachineState } from '../state/machine-state.ts';

/** How long after a loss the repair begins, since another one often follows; and at the latest, where they go on and on. */
const pauseMs = 1000;
const mostPauseMs = 5000;
/** Time between two steps of it. */
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
  /** Whose events were lost since the last repair began. */
  readonly #lost = new Set<number>();
  /** When the next one begins at the latest; by performance.now(). */
  #latest = 0;
  /** Who is still to be looked at in the one that is going on. */
  readonly #waiting = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(machine: MachineState) {
    this.#machine = machine;
  }

  lost(details: LossDetails | undefined): void {
    const culprits = details?.culprits ?? [];
    if (this.#lost.size === 0) this.#latest = performance.now() + mostPauseMs;
    if (culprits.length === 0 || culprits.some(({ pid }) => pid === 0)) {
      for (const thread of this.#machine.threads()) if (thread.tid === thread.pid) this.#lost.add(thread.tid);
    } else {
      for (const { pid } of culprits) this.#lost.add(pid);
    }
    if (this.#waiting.size === 0) this.#plan();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#lost.clear();
    this.#waiting.clear();
  }

  #plan(): void {
    this.#later(Math.min(pauseMs, this.#latest - performance.now()), () => {
      for (const pid of this.#lost) this.#waiting.add(pid);
      this.#lost.clear();
      this.#step();
    });
  }

  #later(ms: number, what: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(what, ms).unref();
  }

  #step(): void {
    let room = perStep;
    for (const pid of this.#waiting) {
      if (room-- === 0) break;
      this.#waiting.delete(pid);
      this.counts.looked++;
      if (this.#machine.repair(pid)) this.counts.wrong++;
    }
    if (this.#waiting.size > 0) this.#later(stepMs, () => this.#step());
    else if (this.#lost.size > 0) this.#plan();
  }
}
