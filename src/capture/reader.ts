import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { type EventSink, SourceError } from '../model/source.ts';
import { CaptureParser, type CaptureStats } from './parser.ts';
import { feed, PieceQueue } from './pieces.ts';

/** Pieces of this size hardly cost anything besides their events: with smaller ones threads wait for each other more often. */
const pieceSize = 1 << 19;

/** What to read, and whom to hand it to. */
export interface ReadOptions {
  /** A file, or '-' for standard input. */
  readonly path: string;
  readonly sink: EventSink;
  /** Stops reading at the next piece; that is not an error. */
  readonly signal?: AbortSignal;
  /** Called after every piece; while it is pending, nothing is parsed, and soon nothing is read. */
  readonly batchEnd?: () => void | Promise<void>;
  /** Read instead of standard input when the path is '-'. */
  readonly input?: Readable;
}

/**
 * Reads a capture file, plain or compressed with gzip (told by its first bytes), and drives the sink: `snapshot` before
 * the first event of each section, `event` for each event, `lost` at the end for what could not be handed over.
 * @throws SourceError for a file that can't be read, isn't a capture or is damaged; all events before were handed over.
 */
export async function readCapture(options: ReadOptions): Promise<CaptureStats> {
  const reading = new Reading(options);
  try {
    await reading.run();
  } finally {
    reading.close();
  }
  return reading.parser.stats;
}

class Reading {
  readonly parser: CaptureParser;
  readonly #options: ReadOptions;
  readonly #name: string;
  readonly #raw: Readable;
  #gunzip: Gunzip | null = null;

  constructor(options: ReadOptions) {
    this.#options = options;
    this.#name = options.path === '-' ? 'standard input' : options.path;
    this.#raw = openInput(options);
    this.parser = new CaptureParser(options.sink, (offset) => this.#place(offset));
  }

  #place(offset: number): string {
    if (offset === 0) return this.#name;
    return `${this.#name}: at byte ${offset}${this.#gunzip ? ' of the uncompressed data' : ''}`;
  }

  async run(): Promise<void> {
    const queue = new PieceQueue(this.#raw);
    try {
      const first = await queue.next();
      if (first === undefined) this.parser.finish();
      else queue.unread(first);
      const isGzip = first?.[0] === 0x1f && (first.length === 1 || first[1] === 0x8b);
      if (isGzip) await this.#inflate(queue);
      else await this.#parse(queue);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #inflate(queue: PieceQueue): Promise<void> {
    const gunzip = createGunzip({ chunkSize: pieceSize });
    this.#gunzip = gunzip;
    const inflated = new PieceQueue(gunzip);
    let feedError: unknown;
    const feeding = feed(queue, gunzip).catch((error: unknown) => {
      feedError = error;
    });
    try {
      await this.#parse(inflated);
    } catch (error) {
      if (isDamage(error) && this.#options.path !== '-') await this.#salvage(gunzip.bytesWritten);
      throw feedError ?? error;
    } finally {
      gunzip.destroy();
      this.#raw.destroy();
      await feeding;
    }
  }

  /**
   * zlib keeps to itself what it inflated in the call that found damage: up to a whole piece. A second pass over the file
   * gives it single bytes from where that call began, so that only what the bad byte itself made is missing.
   */
  async #salvage(sound: number): Promise<void> {
    let known = this.parser.received;
    const gunzip = createGunzip({ chunkSize: pieceSize });
    const feeding = feed(inBytesFrom(sound, openInput(this.#options)), gunzip).catch(() => {});
    try {
      for await (const piece of new PieceQueue(gunzip)) {
        const skipped = Math.min(known, piece.length);
        known -= skipped;
        if (skipped < piece.length) this.parser.push(piece.subarray(skipped));
        await this.#options.batchEnd?.();
      }
    } catch (error) {
      // The same damage again is reported by the caller.
      if (!isDamage(error)) throw error;
    } finally {
      gunzip.destroy();
      await feeding;
    }
  }

  async #parse(queue: PieceQueue): Promise<void> {
    const { signal, batchEnd } = this.#options;
    for await (const piece of queue) {
      if (signal?.aborted) return;
      this.parser.push(piece);
      await batchEnd?.();
    }
    this.parser.finish();
  }

  /** Errors of the file system and of zlib in words; all others as they are. */
  #explained(error: unknown): unknown {
    if (error instanceof SourceError || !(error instanceof Error) || !('code' in error)) return error;
    const code = String(error.code);
    const reason = reasons[code];
    if (code.startsWith('Z_')) {
      const place = this.#place(this.parser.offset);
      return new SourceError(`${place}: ${reason ?? `the compressed data is damaged (${error.message})`}`, {
        cause: error,
      });
    }
    return new SourceError(`${this.#name}: ${reason ?? `can't be read: ${error.message}`}`, { cause: error });
  }

  /** Releases the input and tells the sink what it has missed. */
  close(): void {
    this.#gunzip?.destroy();
    this.#raw.destroy();
    const { unknownEvents } = this.parser.stats;
    if (unknownEvents > 0) this.#options.sink.lost(unknownEvents, 'event codes of a newer version');
    if (this.parser.evictedEnters > 0)
      this.#options.sink.lost(this.parser.evictedEnters, 'too many pending enter events');
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory, not a capture file',
  EACCES: 'may not be read by this user (permission denied)',
  EPERM: 'may not be read by this user (permission denied)',
  Z_BUF_ERROR: 'the compressed data ends early: the file is truncated',
};

/** The pieces of a file as they are up to a position, byte by byte from there. */
async function* inBytesFrom(position: number, file: Readable): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const piece of file as AsyncIterable<Buffer>) {
    const whole = Math.min(Math.max(position - at, 0), piece.length);
    if (whole > 0) yield piece.subarray(0, whole);
    for (let i = whole; i < piece.length; i++) yield piece.subarray(i, i + 1);
    at += piece.length;
  }
}

function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Z_DATA_ERROR';
}

function openInput({ path, input }: ReadOptions): Readable {
  if (path === '-') return input ?? process.stdin;
  return createReadStream(path, { highWaterMark: pieceSize });
}
