import path from 'node:path';
import type { Entry } from './entry.ts';
import type { QueueFile, QueueFiles } from './files.ts';
import { fileHeader, recordBound, writeRecord } from './record.ts';
import { type Segment, segmentName } from './segment.ts';

/** The files of one priority, oldest first; the last one may still be written to. */
export class Chain {
  readonly segments: Segment[] = [];
  readonly #folder: string;
  readonly #priority: number;
  readonly #files: QueueFiles;
  readonly #segmentBytes: number;
  #scratch = Buffer.allocUnsafe(0);

  constructor(folder: string, priority: number, files: QueueFiles, segmentBytes: number) {
    this.#folder = folder;
    this.#priority = priority;
    this.#files = files;
    this.#segmentBytes = segmentBytes;
  }

  /**
   * Writes entries, in order, and resolves when they are on disk. One call at a time.
   * After a rejection nothing of them counts as written, and the next ones go to a new file.
   */
  async write(entries: readonly Entry[]): Promise<void> {
    const segment = await this.#open(entries[0]!);
    const file = segment.writing!;
    const bytes = this.#encode(entries);
    try {
      await file.write(bytes, segment.size);
    } catch (error) {
      await this.#giveUp(segment, file);
      throw error;
    }
    segment.size += bytes.length;
    for (const entry of entries) {
      segment.sequences.push(entry.sequence);
      segment.oldest = Math.min(segment.oldest, entry.time);
      segment.newest = Math.max(segment.newest, entry.time);
    }
    if (segment.size >= this.#segmentBytes) await this.seal();
  }

  #encode(entries: readonly Entry[]): Buffer {
    let bound = 0;
    for (const { notice, target } of entries) bound += recordBound(notice.json, target);
    // Kept for the next time, unless it was an exception.
    if (this.#scratch.length < bound) this.#scratch = Buffer.allocUnsafe(bound);
    const buffer = this.#scratch;
    if (bound > 2 ** 20) this.#scratch = Buffer.allocUnsafe(0);
    let at = 0;
    for (const entry of entries) at = writeRecord(buffer, at, entry, entry.notice.json);
    return buffer.subarray(0, at);
  }

  async #open(first: Entry): Promise<Segment> {
    const last = this.segments.at(-1);
    if (last?.writing !== undefined) return last;
    const file = path.join(this.#folder, segmentName(this.#priority, first.sequence));
    const writing = await this.#files.create(file);
    try {
      await writing.write(fileHeader, 0);
    } catch (error) {
      await writing.close();
      await this.#files.remove(file);
      throw error;
    }
    const segment: Segment = {
      file,
      priority: this.#priority,
      sequences: [],
      size: fileHeader.length,
      oldest: first.time,
      newest: first.time,
      writing,
      gone: false,
    };
    this.segments.push(segment);
    return segment;
  }

  /** After a failed write nobody knows what is in the file beyond what was there: cut it, and leave it. */
  async #giveUp(segment: Segment, file: QueueFile): Promise<void> {
    segment.writing = undefined;
    try {
      await file.truncate(segment.size);
    } catch {
      // What is left there reads as damage or as notices that are delivered though their sender was refused.
    }
    try {
      await file.close();
    } catch {
      // Nothing is lost by it.
    }
    if (segment.sequences.length === 0) await this.remove(segment);
  }

  /** The next notices go to a new file. */
  async seal(): Promise<void> {
    const segment = this.segments.at(-1);
    const file = segment?.writing;
    if (segment === undefined || file === undefined) return;
    segment.writing = undefined;
    await file.close();
  }

  /** Deletes a file, even where the disk refuses: then it is found again at the next start. */
  async remove(segment: Segment): Promise<void> {
    const at = this.segments.indexOf(segment);
    if (at < 0) return;
    this.segments.splice(at, 1);
    segment.gone = true;
    const file = segment.writing;
    segment.writing = undefined;
    try {
      await file?.close();
      await this.#files.remove(segment.file);
    } catch {
      // Nothing to be done here; `bytes` counts what is known only.
    }
  }
}
