import { priorities } from '../../model/alert.ts';
import { StoredNotice } from '../notices/stored-notice.ts';
import type { DiskLog } from './disk-log.ts';
import type { Entry } from './entry.ts';
import type { QueueFile } from './files.ts';
import { fileHeader, readRecord } from './record.ts';
import { lastSequence, type Segment } from './segment.ts';

const chunkBytes = 128 * 1024;
/** Bytes of a file that are read from disk at least, with what is needed for one record. */
const leastRead = 64;

/** Reads one chain from a number on, file by file. */
class ChainReader {
  readonly #log: DiskLog;
  readonly #priority: number;
  #segment: Segment | undefined;
  #file: QueueFile | undefined;
  #offset = 0;
  /** Entries read ahead. */
  #ahead: Entry[] = [];
  #next = 0;

  constructor(log: DiskLog, priority: number) {
    this.#log = log;
    this.#priority = priority;
  }

  peek(): Entry | undefined {
    while (this.#next < this.#ahead.length) {
      if (this.#segment?.gone !== true) return this.#ahead[this.#next];
      // What was deleted is counted as such, and not sent.
      this.#next++;
    }
    return undefined;
  }

  take(): void {
    this.#next++;
  }

  /** Lets go of what was read ahead and has been read from memory since. */
  skipTo(from: number): void {
    for (let entry = this.peek(); entry !== undefined && entry.sequence < from; entry = this.peek()) this.take();
  }

  /** Reads ahead when nothing is: afterwards `peek` knows the first entry from `from` on, below `below`. */
  async fill(from: number, below: number): Promise<void> {
    while (this.peek() === undefined) {
      const segment = this.#log.chains[this.#priority]!.segments.find((each) => lastSequence(each) >= from);
      if (segment === undefined || (segment.sequences[0] ?? below) >= below) return;
      if (segment !== this.#segment) await this.#enter(segment);
      if (this.#offset >= segment.size || !(await this.#read(segment, from))) {
        // Read to its end, though its last record was not met: it can't be read back.
        if (this.peek() !== undefined) return;
        from = lastSequence(segment) + 1;
      }
    }
  }

  async #enter(segment: Segment): Promise<void> {
    await this.close();
    this.#file = await this.#log.files.openToRead(segment.file);
    this.#segment = segment;
    this.#offset = fileHeader.length;
  }

  /** Reads the next piece; whether it got any further. */
  async #read(segment: Segment, from: number): Promise<boolean> {
    this.#ahead = [];
    this.#next = 0;
    const end = segment.size;
    let want = chunkBytes;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(Math.min(want, end - this.#offset), leastRead));
      const bytes = chunk.subarray(0, Math.min(await this.#file!.read(chunk, this.#offset), end - this.#offset));
      if (bytes.length === 0) return false;
      let at = 0;
      while (at < bytes.length) {
        const scanned = readRecord(bytes, at);
        if (scanned.kind === 'more') {
          if (at > 0 || this.#offset + bytes.length >= end) break;
          want = scanned.need;
          break;
        }
        if (scanned.kind === 'record') this.#keep(scanned.record, from);
        at = scanned.kind === 'record' ? scanned.end : scanned.next;
      }
      this.#offset += at;
      if (at > 0) return true;
      // One record that is larger than the piece; or nothing more than a torn end.
      if (this.#offset + bytes.length >= end || want <= chunk.length) {
        this.#offset = end;
        return false;
      }
    }
  }

  #keep(
    record: { sequence: number; time: number; priority: number; target: string | undefined; json: Buffer },
    from: number,
  ): void {
    if (record.sequence < from) return;
    const { sequence, time, priority, target } = record;
    const notice = new StoredNotice(record.json.toString('utf8'), priorities[priority]!);
    this.#ahead.push({ sequence, time, priority, target, bytes: record.json.length, notice });
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#segment = undefined;
    this.#ahead = [];
    this.#next = 0;
    await file?.close();
  }
}

/** Reads the files for one output that is behind, all chains merged by number. One call at a time. */
export class DiskReader {
  readonly #chains: readonly ChainReader[];

  constructor(log: DiskLog) {
    this.#chains = log.chains.map((_chain, priority) => new ChainReader(log, priority));
  }

  /**
   * Up to `count` entries of at most `bytes` (one at least) with `from` <= number < `below`. Everything below `below` has
   * to be written; none: there is nothing more. @throws Error of the disk.
   */
  async read(from: number, below: number, count: number, bytes: number): Promise<Entry[]> {
    const found: Entry[] = [];
    let room = bytes;
    let next = from;
    for (const chain of this.#chains) chain.skipTo(from);
    while (found.length < count) {
      for (const chain of this.#chains) if (chain.peek() === undefined) await chain.fill(next, below);
      let best: ChainReader | undefined;
      for (const chain of this.#chains) {
        const entry = chain.peek();
        if (entry !== undefined && (best === undefined || entry.sequence < best.peek()!.sequence)) best = chain;
      }
      const entry = best?.peek();
      if (best === undefined || entry === undefined || entry.sequence >= below) break;
      if (found.length > 0 && entry.bytes > room) break;
      best.take();
      next = entry.sequence + 1;
      room -= entry.bytes;
      found.push(entry);
    }
    return found;
  }

  async close(): Promise<void> {
    for (const chain of this.#chains) await chain.close();
  }
}
