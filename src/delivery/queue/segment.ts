import type { QueueFile } from './files.ts';

/** One file of a chain. */
export interface Segment {
  readonly file: string;
  readonly priority: number;
  /** Sequence numbers of what is in it, rising. */
  readonly sequences: number[];
  /** Bytes that are written and synced. */
  size: number;
  /** When its first and last record were accepted. */
  oldest: number;
  newest: number;
  /** Still written to; undefined: no longer. */
  writing: QueueFile | undefined;
  /** Deleted: what is still read from it does not count. */
  gone: boolean;
}

/** Index of the first of rising numbers that is not below `value`. */
function lowerBound(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of a segment's records are not below `from`. */
export function countFrom(segment: Segment, from: number): number {
  return segment.sequences.length - lowerBound(segment.sequences, from);
}

export function lastSequence(segment: Segment): number {
  return segment.sequences.at(-1) ?? -1;
}

const pattern = /^p([0-7])-(\d{16})\.log$/;

export function segmentName(priority: number, first: number): string {
  return `p${priority}-${String(first).padStart(16, '0')}.log`;
}

/** The priority of a segment's file; undefined: another kind of file. */
export function segmentPriority(name: string): number | undefined {
  const digit = pattern.exec(name)?.[1];
  return digit === undefined ? undefined : Number(digit);
}
