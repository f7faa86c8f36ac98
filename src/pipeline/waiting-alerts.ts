import type { Alert } from '../model/alert.ts';

export interface WaitingOptions {
  /** Milliseconds after which alerts no longer wait for their container. */
  readonly waitMs: number;
  /** Most alerts that wait; others go as they are. */
  readonly capacity: number;
  readonly push: (alert: Alert) => void;
}

/** undefined: there is none after all. */
type Complete = () => Alert | undefined;

interface Group {
  readonly alerts: Complete[];
  readonly timer: NodeJS.Timeout;
}

/** Alerts whose container an engine is still being asked for. Those of one container stay in their order. */
export class WaitingAlerts {
  readonly #options: WaitingOptions;
  readonly #groups = new Map<string, Group>();
  #size = 0;
  #onEmpty: (() => void) | undefined;

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** @param complete makes the alert when its time has come. */
  add(containerId: string, complete: Complete): void {
    if (this.#size >= this.#options.capacity) {
      // In its place in the order, with what is known.
      this.release(containerId);
      this.#push(complete);
      return;
    }
    this.#size++;
    const group = this.#groups.get(containerId);
    if (group !== undefined) {
      group.alerts.push(complete);
      return;
    }
    const timer = setTimeout(() => this.release(containerId), this.#options.waitMs);
    this.#groups.set(containerId, { alerts: [complete], timer });
  }

  /** The container is known now, or never will be. */
  release(containerId: string): void {
    const group = this.#groups.get(containerId);
    if (group === undefined) return;
    clearTimeout(group.timer);
    this.#groups.delete(containerId);
    this.#size -= group.alerts.length;
    for (const complete of group.alerts) this.#push(complete);
    if (this.#size === 0) this.#onEmpty?.();
  }

  #push(complete: Complete): void {
    const alert = complete();
    if (alert !== undefined) this.#options.push(alert);
  }

  /** Resolves when none waits any more: no later than the wait of the last one. */
  async empty(): Promise<void> {
    if (this.#size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
