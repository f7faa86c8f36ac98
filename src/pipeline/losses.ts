import type { LossDetails } from '../model/source.ts';

/** A process whose events were lost, and how many so far. */
export interface LossCulprit {
  readonly pid: number;
  /** A byte string. */
  readonly name: string;
  drops: number;
}

const mostCulprits = 1024;

/** What is known of all events that were lost so far. */
export class Losses {
  readonly byReason = new Map<string, number>();
  /** By event code. */
  readonly byEvent = new Map<number, number>();
  readonly byCpu = new Map<number, number>();
  /** By process id and name. */
  readonly culprits = new Map<string, LossCulprit>();

  add(count: number, reason: string, details: LossDetails | undefined): void {
    grow(this.byReason, reason, count);
    if (details === undefined) return;
    for (const [code, drops] of details.byEvent) grow(this.byEvent, code, drops);
    for (const [cpu, drops] of details.byCpu) grow(this.byCpu, cpu, drops);
    for (const { pid, name, drops } of details.culprits) {
      const key = `${pid} ${name}`;
      const known = this.culprits.get(key);
      if (known !== undefined) known.drops += drops;
      else if (this.culprits.size < mostCulprits) this.culprits.set(key, { pid, name, drops });
    }
  }
}

function grow<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
