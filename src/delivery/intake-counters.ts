import { type Priority, priorities } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';
import { QueueError } from './errors.ts';
import type { Body } from './notices/body.ts';
import type { DeliveryStats } from './stats.ts';

/** What came in, and what became of it. */
export class IntakeCounters {
  #accepted = 0;
  readonly #rejected: Record<string, number> = {};
  readonly #byPriority = Object.fromEntries(priorities.map((name) => [name, 0])) as Record<Priority, number>;
  /** Of makers that were replaced. */
  cut = 0;

  accepted(notices: readonly Notice[]): void {
    this.#accepted += notices.length;
    for (const { priority } of notices) this.#byPriority[priority]++;
  }

  refused({ refused }: Body): void {
    for (const { code, count } of refused) this.#add(code, count);
  }

  failed(error: unknown, count: number): void {
    this.#add(error instanceof QueueError ? `queue-${error.problem}` : 'queue-failed', count);
  }

  #add(reason: string, count: number): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + count;
  }

  stats(cut: number): DeliveryStats['intake'] {
    return {
      accepted: this.#accepted,
      rejected: { ...this.#rejected },
      cut: this.cut + cut,
      byPriority: { ...this.#byPriority },
    };
  }
}
