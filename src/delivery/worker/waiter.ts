import type { Clock } from '../clock.ts';

/** Lets many wait until a time or until something changes, whichever is first. */
export class Waiter {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ms undefined: until something changes. */
  wait(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      let cancel = () => undefined as void;
      const done = () => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      if (ms !== undefined) cancel = this.#clock.after(ms, done);
    });
  }

  /** Something has changed. */
  wake(): void {
    for (const done of this.#waiting) done();
  }
}
