import { createWriteStream, type WriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Snapshot } from '../model/machine.ts';
import { blockType, eventHeaderSize, headerOffset, headerOffsetFlags } from './block-types.ts';
import { snapshotBlocks } from './write-snapshot.ts';

/** Events are gathered into pieces of this size; larger events make pieces of their own. */
const pieceSize = 1 << 18;
const spareBuffers = 4;

/** How a capture is written. */
export interface WriterOptions {
  /** Compress with gzip. Default: yes. */
  readonly compress?: boolean;
  /** Bytes that may wait for the disk before {@link CaptureWriter.event} refuses events. Default: 64 MiB. */
  readonly maxBuffered?: number;
  /** A descriptor of the file, already open for writing; it is closed with the capture. Default: the path is opened. */
  readonly fd?: number;
  /** Told at once, and once, that nothing more will be written. */
  readonly onFailure?: (error: CaptureWriteError) => void;
}

/** A capture that could not be written. The message names the file. */
export class CaptureWriteError extends Error {}

/**
 * Writes a capture file: first a snapshot, then events as they come from a source; another snapshot begins another
 * section. Nothing throws while writing; an error shows in {@link error}, and in drain and close, which reject with it.
 * The file is readable by its owner only, since captures hold whatever processes said.
 */
export class CaptureWriter {
  readonly path: string;
  /** Events refused because the disk could not keep up, or after an error. */
  lost = 0;
  /** Events taken. */
  events = 0;
  error: CaptureWriteError | null = null;
  readonly #maxBuffered: number;
  /** Below so many waiting bytes the disk counts as caught up. */
  readonly #lowMark: number;
  readonly #stream: Writable;
  readonly #file: WriteStream;
  readonly #done: Promise<void>;
  readonly #onFailure: WriterOptions['onFailure'];
  readonly #spares: Buffer[] = [];
  #piece: Buffer = Buffer.allocUnsafeSlow(pieceSize);
  #used = 0;
  /** Bytes given to the stream and not yet taken by it. */
  #waiting = 0;
  #wakers: (() => void)[] = [];
  #isClosed = false;

  constructor(path: string, options: WriterOptions = {}) {
    this.path = path;
    this.#onFailure = options.onFailure;
    this.#maxBuffered = options.maxBuffered ?? 1 << 26;
    this.#lowMark = Math.min(2 * pieceSize, this.#maxBuffered / 2);
    const file = createWriteStream(path, { mode: 0o600, ...(options.fd === undefined ? {} : { fd: options.fd }) });
    this.#file = file;
    const isCompressed = options.compress ?? true;
    this.#stream = isCompressed ? createGzip({ level: 1 }) : file;
    const done = isCompressed ? pipeline(this.#stream as ReturnType<typeof createGzip>, file) : finished(file);
    this.#done = done.catch((error: unknown) => this.#fail(error));
  }

  /** Bytes of the file so far, compressed where it is; what is on its way does not count. */
  get written(): number {
    return this.#file.bytesWritten;
  }

  /** Begins a section with the state of the machine. */
  snapshot(snapshot: Snapshot): void {
    for (const block of snapshotBlocks(snapshot)) this.blocks(block);
  }

  /** Copies whole blocks, which are sound. */
  blocks(bytes: Buffer): void {
    this.#copy(bytes, 0, bytes.length);
  }

  /**
   * Copies one event, given as an EventSink gets it: its block around it.
   * @returns whether it was taken; otherwise it is counted in {@link lost}.
   */
  event(bytes: Buffer, view: DataView, header: number): boolean {
    const start = blockStart(view, header);
    const end = start < 0 ? -1 : start + view.getUint32(start + 4, true);
    const isSound = start >= 0 && end <= bytes.length && header + view.getUint32(header + 16, true) + 4 <= end;
    if (!isSound || this.error !== null || this.#isClosed || this.#waiting + end - start > this.#maxBuffered) {
      this.lost++;
      return false;
    }
    this.#copy(bytes, start, end);
    this.events++;
    return true;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    if (size > this.#piece.length - this.#used) this.#send();
    if (size > this.#piece.length) {
      this.#write(Buffer.from(bytes.subarray(start, end)));
      return;
    }
    bytes.copy(this.#piece, this.#used, start, end);
    this.#used += size;
  }

  #send(): void {
    if (this.#used === 0) return;
    const piece = this.#piece;
    const part = piece.subarray(0, this.#used);
    this.#used = 0;
    this.#piece = this.#spares.pop() ?? Buffer.allocUnsafeSlow(pieceSize);
    this.#write(part, piece);
  }

  #write(part: Buffer, reusable?: Buffer): void {
    if (this.error !== null || this.#stream.destroyed) return;
    this.#waiting += part.length;
    this.#stream.write(part, () => {
      this.#waiting -= part.length;
      if (reusable !== undefined && this.#spares.length < spareBuffers) this.#spares.push(reusable);
      this.#wake();
    });
  }

  /** Resolves at once, or when the disk has caught up: to be awaited between batches. @throws CaptureWriteError */
  async drain(): Promise<void> {
    while (this.#waiting > this.#lowMark && this.error === null) {
      await new Promise<void>((resolve) => {
        this.#wakers.push(resolve);
      });
    }
    if (this.error !== null) throw this.error;
  }

  /** Writes what is left and closes the file. @throws CaptureWriteError when not everything reached it */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#send();
      if (this.error === null) this.#stream.end();
    }
    await this.#done;
    if (this.error !== null) throw this.error;
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (this.error === null) {
      this.error = new CaptureWriteError(`${this.path}: the capture can't be written: ${reason}`, { cause: error });
      this.#onFailure?.(this.error);
    }
    this.#stream.destroy();
    this.#wake();
  }

  #wake(): void {
    const wakers = this.#wakers;
    if (wakers.length === 0) return;
    this.#wakers = [];
    for (const wake of wakers) wake();
  }
}

/**
 * Where the block of the event begins whose header lies at `header`; -1 when there is no event block around it. Block lengths
 * are multiples of 4 and no number of an event block is one, so the two layouts can't be mistaken for each other.
 */
export function blockStart(view: DataView, header: number): number {
  if (header < headerOffset || header + eventHeaderSize > view.byteLength) return -1;
  const plain = view.getUint32(header - headerOffset, true);
  if (plain === blockType.event || plain === blockType.eventLarge) return header - headerOffset;
  if (header < headerOffsetFlags) return -1;
  const flagged = view.getUint32(header - headerOffsetFlags, true);
  if (flagged === blockType.eventFlags || flagged === blockType.eventLargeFlags) return header - headerOffsetFlags;
  return -1;
}
