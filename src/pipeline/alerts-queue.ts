import type { Alert } from '../model/alert.ts';
import type { OpenWriter } from '../model/writer.ts';

export interface NamedOutput {
  readonly id: string;
  readonly output: OpenWriter;
}

/** Bounds of the queue, and whom to tell of trouble. */
export interface QueueOptions {
  /** Most alerts that wait; beyond, alerts are lost and counted. */
  readonly capacity: number;
  /** Milliseconds after which a write counts as stuck. */
  readonly timeoutMs: number;
  /**
   * An output failed; it is tried again with the next alert. Called for the first failure, and while it goes on each time
   * the number of failures in a row has doubled.
   */
  readonly onError: (id: string, error: Error, inARow: number) => void;
  /** Alerts were lost because the queue was full: the first time, and each time the number has doubled. */
  readonly onLoss: (total: number) => void;
  /** An output has been busy with one alert for longer than the timeout. */
  readonly onStuck: (id: string) => void;
}

/** Where no limit is configured there still is one: alerts wait in memory. */
export const defaultCapacity = 100_000;

/** Alerts handed over in one go where an output can take several. */
const batchSize = 256;

/** Hands alerts to all outputs, in order. A failing output does not keep others from getting them. */
export class AlertQueue {
  /** Alerts given to the outputs. */
  delivered = 0;
  /** Alerts that did not fit into the queue or were still in it at the end. */
  lost = 0;
  /** Failed writes by output. */
  readonly failures = new Map<string, number>();
  readonly #inARow = new Map<string, number>();
  readonly #outputs: readonly NamedOutput[];
  readonly #options: QueueOptions;
  #waiting: Alert[] = [];
  #next = 0;
  /** Alerts that were let in. */
  #taken = 0;
  #running: Promise<void> | undefined;
  #isDraining = false;
  #nextLossReport = 1;

  constructor(outputs: readonly NamedOutput[], options: QueueOptions) {
    this.#outputs = outputs;
    this.#options = options;
  }

  /** Alerts that wait. */
  get size(): number {
    return this.#waiting.length - this.#next;
  }

  /** Puts an alert in; written at once where the outputs can. @returns false when it is lost. */
  push(alert: Alert): boolean {
    if (this.size >= this.#options.capacity) {
      this.lost++;
      if (this.lost >= this.#nextLossReport) {
        this.#nextLossReport = this.lost * 2;
        this.#options.onLoss(this.lost);
      }
      return false;
    }
    this.#taken++;
    this.#waiting.push(alert);
    if (!this.#isDraining) this.#running = this.#drain();
    return true;
  }

  /** Resolves when every alert that was pushed is written: what a source that can wait waits for. */
  async drained(): Promise<void> {
    while (this.#isDraining) await this.#running;
  }

  /** Asks the outputs to reopen their files. */
  async reopen(): Promise<void> {
    await this.drained();
    for (const { id, output } of this.#outputs) await this.#guard(id, () => output.reopen?.());
  }

  /** Writes what waits, for at most the timeout, and closes the outputs. What is then left counts as lost. */
  async close(): Promise<void> {
    await within(this.drained(), this.#options.timeoutMs);
    // What an output hangs with may or may not have arrived: it counts as lost.
    this.lost += this.#taken - this.delivered;
    this.#waiting = [];
    this.#next = 0;
    for (const { id, output } of this.#outputs) {
      await within(
        this.#guard(id, () => output.flush?.()),
        this.#options.timeoutMs,
      );
      await within(
        this.#guard(id, () => output.close()),
        this.#options.timeoutMs,
      );
    }
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#next < this.#waiting.length) {
      const batch = this.#waiting.slice(this.#next, this.#next + batchSize);
      this.#next += batch.length;
      for (const { id, output } of this.#outputs) {
        // No await where the output is done already: most writes take microseconds.
        const pending = this.#writeBatch(id, output, batch, 0);
        if (pending !== undefined) await pending;
      }
      this.delivered += batch.length;
      if (this.#next >= 1024) {
        this.#waiting.splice(0, this.#next);
        this.#next = 0;
      }
    }
    this.#waiting.length = 0;
    this.#next = 0;
    this.#isDraining = false;
  }

  /** Gives an output the alerts of a batch from `start` on. @returns a promise where it has to be waited for. */
  #writeBatch(id: string, output: OpenWriter, batch: readonly Alert[], start: number): Promise<void> | undefined {
    if (output.writeAll !== undefined && batch.length > 1) {
      const pending = this.#attempt(id, batch.length, () => output.writeAll?.(batch));
      return pending === undefined ? undefined : this.#watch(id, pending, batch.length);
    }
    for (let i = start; i < batch.length; i++) {
      const pending = this.#attempt(id, 1, () => output.write(batch[i]!));
      if (pending === undefined) continue;
      return this.#watch(id, pending, 1).then(() => this.#writeBatch(id, output, batch, i + 1));
    }
    return undefined;
  }

  #attempt(id: string, count: number, act: () => void | Promise<void>): Promise<void> | undefined {
    try {
      const pending = act();
      if (pending !== undefined) return pending;
      if (this.#inARow.size > 0) this.#inARow.delete(id);
    } catch (error) {
      this.#failed(id, error, count);
    }
    return undefined;
  }

  async #watch(id: string, pending: Promise<void>, count: number): Promise<void> {
    const timer = setTimeout(() => this.#options.onStuck(id), this.#options.timeoutMs);
    timer.unref();
    try {
      await pending;
      if (this.#inARow.size > 0) this.#inARow.delete(id);
    } catch (error) {
      this.#failed(id, error, count);
    } finally {
      clearTimeout(timer);
    }
  }

  async #guard(id: string, act: () => void | Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#failed(id, error, 1);
    }
  }

  #failed(id: string, error: unknown, count: number): void {
    this.failures.set(id, (this.failures.get(id) ?? 0) + count);
    const inARow = (this.#inARow.get(id) ?? 0) + 1;
    this.#inARow.set(id, inARow);
    // A power of two.
    if ((inARow & (inARow - 1)) !== 0) return;
    this.#options.onError(id, error instanceof Error ? error : new Error(String(error)), inARow);
  }
}

async function within(work: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
