import type { Subscription } from './subscription.ts';

/** The place of an output that is not attached now. */
interface Absent {
  readonly low: number;
  /** Milliseconds since the epoch. */
  readonly seen: number;
  readonly remove: () => void;
}

/** Whom notices are kept for: outputs, and for a time those that are no longer there. */
export class Holders {
  readonly attached = new Map<string, Subscription>();
  readonly absent = new Map<string, Absent>();

  /** The lowest number that somebody still needs; undefined: nobody needs anything. */
  low(): number | undefined {
    let low: number | undefined;
    for (const holder of this.attached.values()) low = Math.min(low ?? holder.low, holder.low);
    for (const holder of this.absent.values()) low = Math.min(low ?? holder.low, holder.low);
    return low;
  }

  wake(): void {
    for (const subscription of this.attached.values()) subscription.onData();
  }

  /**
   * Counts what is about to go for each output that has not read it.
   * @param count how many of it lie at or above a number.
   * @returns the most that one of them loses.
   */
  lose(reason: 'evicted' | 'expired', count: (from: number) => number): number {
    let most = 0;
    for (const subscription of this.attached.values()) {
      const own = count(subscription.position);
      subscription.lost[reason] += own;
      most = Math.max(most, own);
    }
    for (const { low } of this.absent.values()) most = Math.max(most, count(low));
    return most;
  }

  /** Lets go of outputs that were last there before a time. */
  forget(before: number): void {
    for (const [name, { seen, remove }] of this.absent) {
      if (seen >= before) continue;
      this.absent.delete(name);
      remove();
    }
  }
}
