import { Latency } from './latency.ts';

/** What an output has done. */
export class Counters {
  sent = 0;
  sends = 0;
  failures = 0;
  retried = 0;
  dead = 0;
  lastError: string | undefined;
  lastErrorAt: number | undefined;
  readonly latency = new Latency();

  error(reason: string, now: number): void {
    this.lastError = reason;
    this.lastErrorAt = now;
  }
}
