import type { EndSignal } from '../model/source.ts';

/** What a user or a service manager tells a program that watches. */
export type WatchSignal = EndSignal | 'SIGUSR1';

// Without a listener, Node would open its debugger on SIGUSR1.
const all: readonly WatchSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'];

/**
 * Signals for one session after the other. One that comes while none listens waits for the next session: left to the system,
 * it would end the program.
 */
export class Signals {
  readonly #waiting = new Set<WatchSignal>();
  #listener: ((signal: WatchSignal) => void) | undefined;
  readonly #take = (signal: NodeJS.Signals): void => this.raise(signal as WatchSignal);

  constructor() {
    for (const signal of all) process.on(signal, this.#take);
  }

  /** Acts as if the signal had come. */
  raise(signal: WatchSignal): void {
    if (this.#listener !== undefined) return this.#listener(signal);
    const isImpatient = this.#waiting.has(signal) && (signal === 'SIGINT' || signal === 'SIGTERM');
    if (isImpatient) process.exit(exitCodeOf(signal));
    this.#waiting.add(signal);
  }

  /** Hands signals over, those that wait at once. @returns ends it. */
  listen(listener: (signal: WatchSignal) => void): () => void {
    this.#listener = listener;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const signal of waiting) listener(signal);
    return () => {
      this.#listener = undefined;
    };
  }

  /** Leaves signals to the system. */
  close(): void {
    for (const signal of all) process.off(signal, this.#take);
  }
}

/** What a shell says of a program that a signal has ended. */
export function exitCodeOf(signal: 'SIGINT' | 'SIGTERM'): number {
  return signal === 'SIGINT' ? 130 : 143;
}
