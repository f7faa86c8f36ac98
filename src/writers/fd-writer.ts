import { fstatSync, write, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const writeAsync = promisify(write) as unknown as (
  fd: number,
  bytes: Buffer,
  offset: number,
  length: number,
) => Promise<number | { bytesWritten: number }>;

/** Milliseconds until a full pipe in non-blocking mode is tried again. */
const retryDelay = 5;

/** An output that could not be written; the message names it, `code` is the system's (ENOSPC, EPIPE, ...). */
export class OutputError extends Error {
  readonly code: string | undefined;

  constructor(name: string, cause: unknown) {
    const system = cause as NodeJS.ErrnoException;
    super(`can't write to ${name}: ${system.message}`, { cause });
    this.code = system.code;
  }
}

/**
 * Writes lines to a descriptor. Files are written at once; pipes, sockets and terminals, which may keep a writer waiting
 * for a slow reader, without blocking the program: the promise resolves when the line is out.
 */
export class FdWriter {
  readonly #fd: number;
  readonly #name: string;
  readonly #isFile: boolean;
  /** The last line was cut off in the middle (disk full): the next one begins a line of its own. */
  #isTorn = false;

  constructor(fd: number, name: string) {
    this.#fd = fd;
    this.#name = name;
    this.#isFile = fstatSync(fd).isFile();
  }

  /** @throws OutputError, or rejects with one. */
  line(text: string): void | Promise<void> {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}\n` : `${text}\n`);
    if (!this.#isFile) return this.#writeSlowly(bytes);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#fd, bytes, done, bytes.length - done);
    } catch (error) {
      throw this.#failure(done, error);
    }
    this.#isTorn = false;
  }

  async #writeSlowly(bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      try {
        const written = await writeAsync(this.#fd, bytes, done, bytes.length - done);
        done += typeof written === 'number' ? written : written.bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw this.#failure(done, error);
        await sleep(retryDelay);
      }
    }
    this.#isTorn = false;
  }

  #failure(done: number, error: unknown): OutputError {
    if (done > 0) this.#isTorn = true;
    return new OutputError(this.#name, error);
  }
}
