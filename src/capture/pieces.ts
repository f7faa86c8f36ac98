import type { Readable, Transform } from 'node:stream';

/** Pieces held between the producing stream and the consumer: so reading, inflating and parsing overlap. */
const mostWaiting = 4;

/**
 * The pieces of a stream. Unlike the stream's own iterator it hands over everything that came before an error, and the
 * error after that.
 */
export class PieceQueue {
  readonly #stream: Readable;
  readonly #waiting: Buffer[] = [];
  #error: Error | undefined;
  #isEnded = false;
  #wake: (() => void) | null = null;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('data', (piece: Buffer) => {
      this.#waiting.push(piece);
      if (this.#waiting.length >= mostWaiting) stream.pause();
      this.#notify();
    });
    stream.on('error', (error) => {
      this.#error ??= error;
      this.#notify();
    });
    for (const event of ['end', 'close']) {
      stream.on(event, () => {
        this.#isEnded = true;
        this.#notify();
      });
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** The next piece; undefined at the end. @throws the stream's error, once all pieces before it are taken. */
  async next(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#error) throw this.#error;
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#waiting.shift();
    if (this.#waiting.length < mostWaiting / 2 && this.#stream.isPaused()) this.#stream.resume();
    return piece;
  }

  /** All pieces from here on. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) yield piece;
  }

  /** Puts a piece back that next() has given. */
  unread(piece: Buffer): void {
    this.#waiting.unshift(piece);
  }
}

/** Resolves when the stream takes more, or won't ever again. */
async function writable(stream: Transform): Promise<void> {
  if (stream.destroyed || !stream.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    function done(): void {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    }
    stream.on('drain', done);
    stream.on('close', done);
  });
}

/** Writes all pieces into a stream and ends it. @throws the error of the pieces */
export async function feed(pieces: AsyncIterable<Buffer>, stream: Transform): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (stream.destroyed) return;
      stream.write(piece);
      await writable(stream);
    }
  } finally {
    if (!stream.destroyed) stream.end();
  }
}
