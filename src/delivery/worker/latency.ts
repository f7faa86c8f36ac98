import type { Histogram } from '../stats.ts';

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** How long sends take. */
export class Latency {
  readonly #counts = Array.from({ length: bounds.length + 1 }, () => 0);
  #sum = 0;

  add(ms: number): void {
    const seconds = ms / 1000;
    this.#sum += seconds;
    let at = 0;
    while (at < bounds.length && seconds > bounds[at]!) at++;
    this.#counts[at]!++;
  }

  histogram(): Histogram {
    return { bounds, counts: [...this.#counts], sum: this.#sum };
  }
}
