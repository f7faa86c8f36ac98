import path from 'node:path';
import { priorities } from '../../model/alert.ts';
import { Chain } from './chain.ts';
import type { Entry } from './entry.ts';
import type { QueueFiles } from './files.ts';
import { scanFile } from './record.ts';
import { countFrom, lastSequence, type Segment, segmentPriority } from './segment.ts';

/** Damage that was found in files. */
export interface Damage {
  places: number;
  bytes: number;
}

/** The queue's files: one chain for each priority, so that the oldest of the lowest can go by deleting a file. */
export class DiskLog {
  readonly chains: readonly Chain[];
  readonly files: QueueFiles;
  readonly damage: Damage = { places: 0, bytes: 0 };

  private constructor(folder: string, files: QueueFiles, segmentBytes: number) {
    this.files = files;
    this.chains = priorities.map((_name, priority) => new Chain(folder, priority, files, segmentBytes));
  }

  /** Reads through what is there: everything that is whole is taken, wherever damage lies. @throws Error of the disk. */
  static async open(folder: string, files: QueueFiles, segmentBytes: number): Promise<DiskLog> {
    const log = new DiskLog(folder, files, segmentBytes);
    for (const name of (await files.list(folder)).sort()) {
      const priority = segmentPriority(name);
      if (priority !== undefined) await log.#recover(path.join(folder, name), priority);
    }
    return log;
  }

  async #recover(file: string, priority: number): Promise<void> {
    const scan = scanFile(await this.files.readAll(file));
    this.damage.places += scan.damaged;
    this.damage.bytes += scan.damagedBytes;
    // Damage may show a record out of order; it would break the search by number.
    const records = scan.records.filter(({ sequence }, i) => i === 0 || sequence > scan.records[i - 1]!.sequence);
    const [first] = records;
    if (first === undefined) {
      await this.files.remove(file).catch(() => undefined);
      return;
    }
    const times = records.map(({ time }) => time);
    this.chains[priority]!.segments.push({
      file,
      priority,
      sequences: records.map(({ sequence }) => sequence),
      size: scan.size,
      oldest: times.reduce((a, b) => Math.min(a, b)),
      newest: times.reduce((a, b) => Math.max(a, b)),
      writing: undefined,
      gone: false,
    });
  }

  get bytes(): number {
    let bytes = 0;
    for (const chain of this.chains) for (const segment of chain.segments) bytes += segment.size;
    return bytes;
  }

  get segments(): readonly Segment[] {
    return this.chains.flatMap((chain) => chain.segments);
  }

  /** The number that comes after all that are here. */
  get next(): number {
    let next = 0;
    for (const segment of this.segments) next = Math.max(next, lastSequence(segment) + 1);
    return next;
  }

  /** The number of the oldest; undefined: nothing is here. */
  get first(): number | undefined {
    let first: number | undefined;
    for (const { segments } of this.chains) {
      const own = segments[0]?.sequences[0];
      if (own !== undefined && (first === undefined || own < first)) first = own;
    }
    return first;
  }

  /** Notices from a number on: how many, and when the oldest file of them began. */
  from(sequence: number): { count: number; oldest: number | undefined } {
    let count = 0;
    let oldest: number | undefined;
    for (const segment of this.segments) {
      const own = countFrom(segment, sequence);
      count += own;
      if (own > 0 && (oldest === undefined || segment.oldest < oldest)) oldest = segment.oldest;
    }
    return { count, oldest };
  }

  /** Writes what belongs to each chain, all at a time. Which entries are on disk, and why others are not. */
  async write(entries: readonly Entry[]): Promise<{ written: Entry[]; error: unknown }> {
    const groups = Map.groupBy(entries, (entry) => entry.priority);
    const results = await Promise.allSettled(
      [...groups].map(([priority, group]) => this.chains[priority]!.write(group)),
    );
    let error: unknown;
    const failed = new Set<number>();
    const keys = [...groups.keys()];
    for (const [i, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      failed.add(keys[i]!);
      error ??= result.reason;
    }
    return { written: failed.size === 0 ? [...entries] : entries.filter((e) => !failed.has(e.priority)), error };
  }

  /** The file that goes first when room is needed: the oldest of the lowest priority. */
  victim(): Segment | undefined {
    return this.chains.findLast((chain) => chain.segments.length > 0)?.segments[0];
  }

  async remove(segment: Segment): Promise<void> {
    await this.chains[segment.priority]!.remove(segment);
  }

  /** Deletes files that nobody needs any more: all below a number. */
  async removeBelow(sequence: number): Promise<void> {
    for (const chain of this.chains) {
      for (let segment = chain.segments[0]; segment !== undefined; segment = chain.segments[0]) {
        if (segment.writing !== undefined || lastSequence(segment) >= sequence) break;
        await chain.remove(segment);
      }
    }
  }

  async close(): Promise<void> {
    for (const chain of this.chains) await chain.seal();
  }
}
