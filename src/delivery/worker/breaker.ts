import type { BreakerSettings } from '../settings.ts';
import type { BreakerState } from '../stats.ts';

/** Doublings of the time that it stays open. */
const mostDoublings = 1;

/** Keeps from sending where it is in vain: after failures in a row only one probe at a time, and that rarely. */
export class Breaker {
  readonly #settings: BreakerSettings;
  #failures = 0;
  /** Times it opened since the last success. */
  #openings = 0;
  #openUntil = 0;
  #isProbing = false;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get state(): BreakerState {
    if (this.#openings === 0) return 'closed';
    return this.#isProbing ? 'probing' : 'open';
  }

  /** Milliseconds until it is worth asking again; 0: a send may start. undefined: when a probe is over. */
  waitMs(now: number): number | undefined {
    if (this.#openings === 0) return 0;
    if (this.#isProbing) return undefined;
    return Math.max(0, this.#openUntil - now);
  }

  /** A send starts, which `waitMs` allowed. */
  started(): void {
    if (this.#openings > 0) this.#isProbing = true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#isProbing = false;
  }

  failed(now: number): void {
    this.#failures++;
    const { failures, openMs } = this.#settings;
    if (failures === 0 || this.#failures < failures) return;
    // Others that started before it opened end one after the other: they open it once.
    if (this.#openings > 0 && !this.#isProbing) return;
    this.#isProbing = false;
    this.#openUntil = now + openMs * 2 ** Math.min(this.#openings, mostDoublings);
    this.#openings++;
  }
}
