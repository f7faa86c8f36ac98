import { type Priority } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';
import type { Traffic } from '../model/output.ts';

/** Bytes of a datagram that passes through every network. */
const mostBytes = 1400;

/** How many alerts of each priority there are; in the order in which they come first. */
export function countByPriority(batch: readonly Notice[]): ReadonlyMap<Priority, number> {
  const counts = new Map<Priority, number>();
  for (const { priority } of batch) counts.set(priority, (counts.get(priority) ?? 0) + 1);
  return counts;
}

/** Lines joined to datagrams, none longer than networks pass on. */
export function datagrams(lines: readonly string[]): string[] {
  const made: string[] = [];
  for (const line of lines) {
    const last = made.at(-1);
    if (last !== undefined && Buffer.byteLength(last) + Buffer.byteLength(line) < mostBytes) {
      made[made.length - 1] = `${last}\n${line}`;
    } else made.push(line);
  }
  return made;
}

/** How much more there is of something: requests by what became of them, and outputs by name and status. */
export interface TrafficStep {
  readonly accepted: number;
  readonly rejected: number;
  readonly outputs: readonly { readonly output: string; readonly status: 'ok' | 'error'; readonly count: number }[];
}

/** Milliseconds between two reports of the delivery's own traffic, where no alert comes. */
const reportMs = 10_000;

/** Counters of a delivery as those want them who sum up: what has come since the last time. */
export class TrafficSteps {
  readonly #traffic: (() => Traffic) | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #last: Traffic;

  /** @param onTime asks for a report. */
  constructor(traffic: (() => Traffic) | undefined, onTime: () => void) {
    this.#traffic = traffic;
    this.#last = { accepted: 0, rejected: 0, outputs: new Map() };
    if (traffic === undefined) return;
    // What was counted before has been told by the one before.
    this.#last = traffic();
    this.#timer = setInterval(onTime, reportMs);
    this.#timer.unref();
  }

  /** Without what has not changed. */
  next(): TrafficStep {
    const last = this.#last;
    const now = this.#traffic?.() ?? last;
    this.#last = now;
    const outputs = [...now.outputs].flatMap(([output, counts]) =>
      (['ok', 'error'] as const).map((status) => {
        // An output that was configured anew counts from 0.
        const before = last.outputs.get(output)?.[status] ?? 0;
        return { output, status, count: counts[status] >= before ? counts[status] - before : counts[status] };
      }),
    );
    return {
      accepted: now.accepted - last.accepted,
      rejected: now.rejected - last.rejected,
      outputs: outputs.filter(({ count }) => count > 0),
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
