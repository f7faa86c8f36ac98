import { type Priority } from '../model/alert.ts';
import type { Notice } from '../model/notice.ts';

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
