import type { RetrySettings } from '../settings.ts';

/** Milliseconds before the attempt after the `attempts`th: random below a bound that doubles, so that many senders don't meet. */
export function backoffMs({ leastMs, mostMs }: RetrySettings, attempts: number, random: () => number): number {
  const bound = Math.min(mostMs, leastMs * 2 ** Math.min(attempts, 40));
  return Math.floor(random() * bound);
}
