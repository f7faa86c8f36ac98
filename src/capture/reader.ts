import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { type EventSink, SourceError } from '../model/source.ts';
import { CaptureParser, type CaptureStats } from './parser.ts';
import { feed, PieceQueue } from './pieces.ts';

/** Pieces of this size keep the cost per piece far below that of its events, and memory small. */
const pieceSize = 1 << 18;

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
      if (first !== undefined && first[0] === 0x1f && (first.length === 1 || first[1] === 0x8b)) {
        await this.#inflate(first, queue);
      } else {
        await this.#parse(queue, first);
      }
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #inflate(first: Buffer, queue: PieceQueue): Promise<void> {
    this.#gunzip = createGunzip({ chunkSize: pieceSize });
    const inflated = new PieceQueue(this.#gunzip);
    let feedError: unknown;
    const feeding = feed(first, queue, this.#gunzip).catch((error: unknown) => {
      feedError = error;
    });
    try {
      await this.#parse(inflated, await inflated.next());
    } catch (error) {
      throw feedError ?? error;
    } finally {
      this.#gunzip.destroy();
      this.#raw.destroy();
      await feeding;
    }
  }

  async #parse(queue: PieceQueue, first: Buffer | undefined): Promise<void> {
    const { signal, batchEnd } = this.#options;
    for (let piece = first; piece !== undefined; piece = await queue.next()) {
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

function openInput({ path, input }: ReadOptions): Readable {
  if (path === '-') return input ?? process.stdin;
  return createReadStream(path, { highWaterMark: pieceSize });
}
