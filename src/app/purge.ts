import type { MachineState, StateOptions } from '../state/machine-state.ts';

/** How often the state is told that it may look, in milliseconds. */
const checkMs = { least: 1000, most: 60_000 } as const;

/**
 * Threads whose exit was lost would stay for ever: when live, those idle for long are looked for.
 * @param isAlive undefined: this is not live.
 * @returns undefined: nothing is looked for.
 */
export function purgeNowAndThen(
  machine: MachineState,
  { purgeEveryNs = Number.POSITIVE_INFINITY }: StateOptions,
  isAlive: ((tid: number) => boolean) | undefined,
): NodeJS.Timeout | undefined {
  if (isAlive === undefined) return undefined;
  const period = Math.max(checkMs.least, Math.min(checkMs.most, purgeEveryNs / 1e6));
  return setInterval(() => machine.purge(Date.now() * 1e6, isAlive), period).unref();
}
