import { setImmediate as nextTurn } from 'node:timers/promises';
import { QueueError, type QueueProblem } from '../errors.ts';
import type { Entry } from './entry.ts';

/** Turns of the event loop that a write waits for more, at the most. */
const mostTurns = 16;

interface Waiting {
  readonly entries: readonly Entry[];
  readonly resolve: () => void;
  readonly reject: (error: QueueError) => void;
}

/** What became of a write. */
export interface Written {
  readonly written: readonly Entry[];
  /** undefined: all were written. */
  readonly error: unknown;
}

/** Lets many senders share one write: what comes while a write is under way goes with the next. */
export class Commits {
  readonly #write: (entries: readonly Entry[]) => Promise<Written>;
  #waiting: Waiting[] = [];
  #isRunning = false;
  #idle: (() => void)[] = [];
  /** Bytes that are not written yet. */
  bytes = 0;

  constructor(write: (entries: readonly Entry[]) => Promise<Written>) {
    this.#write = write;
  }

  /** Resolves when the entries are written. @throws QueueError */
  add(entries: readonly Entry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      for (const entry of entries) this.bytes += entry.bytes;
      if (this.#isRunning) return;
      this.#isRunning = true;
      void this.#run();
    });
  }

  /**
   * Waits while each turn of the event loop brings more: senders that were answered together come again together, and a write
   * costs the same for one alert as for all of theirs.
   */
  async #gather(): Promise<void> {
    for (let turns = 0; turns < mostTurns; turns++) {
      const { length } = this.#waiting;
      await nextTurn();
      if (this.#waiting.length === length) return;
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      const calls = this.#waiting;
      this.#waiting = [];
      const entries = calls.length === 1 ? calls[0]!.entries : calls.flatMap((call) => call.entries);
      const result = await this.#attempt(entries);
      for (const entry of entries) this.bytes -= entry.bytes;
      settle(calls, result);
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #attempt(entries: readonly Entry[]): Promise<Written> {
    try {
      return await this.#write(entries);
    } catch (error) {
      return { written: [], error };
    }
  }

  get isIdle(): boolean {
    return !this.#isRunning;
  }

  /** Resolves when nothing is waiting. */
  idle(): Promise<void> {
    return this.#isRunning ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }
}

function settle(calls: readonly Waiting[], { written, error }: Written): void {
  if (error === undefined) {
    for (const { resolve } of calls) resolve();
    return;
  }
  const done = new Set(written);
  const problem = queueProblem(error);
  const reason = new QueueError(problem, `the queue can't be written: ${errorText(error)}`, { cause: error });
  for (const { entries, resolve, reject } of calls) {
    if (entries.every((entry) => done.has(entry))) resolve();
    else reject(reason);
  }
}

function queueProblem(error: unknown): QueueProblem {
  if (error instanceof QueueError) return error.problem;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'failed';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
