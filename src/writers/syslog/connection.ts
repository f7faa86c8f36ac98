import { closeSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptors, LocalSocket } from '../descriptors.ts';

/** Milliseconds until a daemon that takes no more, or is not there, is tried again. */
const retryDelay = 5;
/** Milliseconds that a daemon which was there may take to come back. */
const restartTime = 1000;
/** What a socket says whose daemon has ended, and a path while the next one starts. */
const gone = new Set<string | undefined>(['ECONNREFUSED', 'ECONNRESET', 'ENOTCONN', 'EPIPE', 'ENOENT']);
const full = new Set<string | undefined>(['EAGAIN', 'ENOBUFS']);

/** The local system log: connects when it has to, again after the daemon was restarted, and waits while it takes nothing. */
export class LogConnection {
  readonly #descriptors: Descriptors;
  readonly #path: string;
  #socket: LocalSocket | undefined;
  /** Bytes of the message that the present connection has: a stream may take a part. */
  #done = 0;
  #isClosed = false;

  constructor(descriptors: Descriptors, path: string) {
    this.#descriptors = descriptors;
    this.#path = path;
  }

  /** Sends one message. Rejects with the system's error; ENOENT and the like mean that no daemon listens. */
  async send(message: Buffer): Promise<void> {
    // Where nobody has listened yet, alerts don't wait for it.
    let giveUp = this.#socket === undefined ? 0 : performance.now() + restartTime;
    this.#done = 0;
    for (;;) {
      if (this.#isClosed) throw new Error('the output is closed');
      try {
        if (this.#advance(message)) return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (full.has(code)) {
          giveUp = performance.now() + restartTime;
        } else {
          // Also after other errors: half a message must not stay on a stream.
          this.disconnect();
          if (!gone.has(code) || performance.now() >= giveUp) throw error;
        }
      }
      await sleep(retryDelay);
    }
  }

  /** The next message connects anew. */
  disconnect(): void {
    if (this.#socket !== undefined) closeSync(this.#socket.fd);
    this.#socket = undefined;
  }

  /** A message that still waits is given up. */
  close(): void {
    this.#isClosed = true;
    this.disconnect();
  }

  /** Writes on, connected first if need be. @returns whether the message is out. */
  #advance(message: Buffer): boolean {
    if (this.#socket === undefined) {
      this.#socket = this.#descriptors.connectLocal(this.#path);
      this.#done = 0;
    }
    const { fd, isStream } = this.#socket;
    const bytes = isStream ? Buffer.concat([message, Buffer.alloc(1)]) : message;
    this.#done += writeSync(fd, bytes, this.#done);
    return this.#done >= bytes.length;
  }
}
