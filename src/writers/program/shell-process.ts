import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptors, Pipe } from '../descriptors.ts';

/** Milliseconds until a full pipe is tried again. */
const retryDelay = 5;
/** Milliseconds that a process may take to end after SIGTERM. */
const killDelay = 300;
/** Node's timers don't know more milliseconds: 24 days. */
const longestTimer = 2 ** 31 - 1;
/** What a pipe holds in Linux unless somebody asks for more. */
const pipeBytes = 65536;

/** How a process ended. */
export interface End {
  /** Status 0. */
  readonly isGood: boolean;
  /** For people: `ended with status 1`. */
  readonly text: string;
}

// What the shell says by its status (POSIX, "Exit Status for Commands").
const shellStatus = new Map([
  [126, ' (the shell could not run the command)'],
  [127, ' (the shell did not find the command)'],
]);

function endOf(status: number | null, signal: NodeJS.Signals | null): End {
  if (signal !== null) return { isGood: false, text: `was killed by ${signal}` };
  return { isGood: status === 0, text: `ended with status ${status}${shellStatus.get(status ?? 0) ?? ''}` };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function openReading(pipe: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${pipe}`, 'r');
  } catch {
    return undefined;
  }
}

/**
 * A shell command with a pipe to its standard input, as popen(3) makes it; standard output and error are ours. It has
 * a session of its own, so that Ctrl-C ends Saker, which then tells it the last alerts.
 */
export class ShellProcess {
  /** Resolves when the shell has ended and is no zombie. */
  readonly ended: Promise<End>;
  /** As `ended`, once it is known. */
  end: End | undefined;
  readonly #descriptors: Descriptors;
  readonly #child: ChildProcess;
  /** The writing end of the pipe while it is open, then a reading one. */
  #input: number | undefined;
  #rest: number | undefined;
  /** The last lines it was given, as many as can still lie in the pipe, and the one that is being written. */
  readonly #given: Buffer[] = [];
  #givenBytes = 0;
  /** Length of the first line ever given. */
  #first = 0;
  /** All bytes ever written, and those of the line that is not complete. */
  #written = 0;
  #partial = 0;

  /** @throws the system's error when there is no pipe or no process. */
  constructor(command: string, descriptors: Descriptors) {
    this.#descriptors = descriptors;
    const pipe: Pipe = descriptors.pipe();
    try {
      this.#child = spawn('/bin/sh', ['-c', command], { stdio: [pipe.read, 'inherit', 'inherit'], detached: true });
    } catch (error) {
      closeSync(pipe.write);
      throw error;
    } finally {
      closeSync(pipe.read);
    }
    this.#input = pipe.write;
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (status, signal) => resolve(endOf(status, signal)));
      this.#child.once('error', (error) => resolve({ isGood: false, text: `can't be started: ${error.message}` }));
    });
    this.ended = this.ended.then((end) => (this.end = end));
  }

  /**
   * Writes a line, as fast as the command reads. Rejects with EPIPE when nobody reads any more, and with ETIMEDOUT when
   * it was not taken until the deadline (performance.now(); infinite: none).
   */
  async write(line: Buffer, deadline: number): Promise<void> {
    this.#given.push(line);
    this.#givenBytes += line.length;
    if (this.#first === 0) this.#first = line.length;
    this.#partial = 0;
    while (this.#partial < line.length) {
      if (this.#input === undefined || this.end !== undefined) {
        throw Object.assign(new Error('it has ended'), { code: 'EPIPE' });
      }
      try {
        const count = writeSync(this.#input, line, this.#partial);
        this.#partial += count;
        this.#written += count;
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') throw error;
        if (performance.now() >= deadline) {
          throw Object.assign(new Error('it did not read in time'), { code: 'ETIMEDOUT', cause: error });
        }
        await sleep(retryDelay);
      }
    }
    while (this.#givenBytes - this.#given[0]!.length >= pipeBytes) this.#givenBytes -= this.#given.shift()!.length;
  }

  /** It sees the end of its input when it has read what is there. */
  closeInput(): void {
    if (this.#input === undefined) return;
    const input = this.#input;
    this.#input = undefined;
    // A reading end, to see later what was left in the pipe: a writing one would keep the input from ending.
    this.#rest = openReading(input);
    closeSync(input);
  }

  /** For when it has ended, once. @returns the lines that it has not read to their end, and whether it has read any. */
  leftOver(): { readonly unread: readonly Buffer[]; readonly hasRead: boolean } {
    this.closeInput();
    const inPipe = this.#rest === undefined ? 0 : this.#descriptors.unread(this.#rest);
    if (this.#rest !== undefined) closeSync(this.#rest);
    this.#rest = undefined;
    const last = this.#given.at(-1)?.length ?? 0;
    let left = inPipe + (last - this.#partial);
    let from = this.#given.length;
    while (from > 0 && left > 0) left -= this.#given[--from]!.length;
    return { unread: this.#given.slice(from), hasRead: this.#first > 0 && this.#written - inPipe >= this.#first };
  }

  /** Waits for its end, at most `milliseconds`, which may be infinite. @returns whether it has ended. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    const waiting = new AbortController();
    const time = Math.min(Math.max(0, milliseconds), longestTimer);
    const timer = sleep(time, false, { signal: waiting.signal }).catch(() => false);
    const hasEnded = await Promise.race([this.ended.then(() => true), timer]);
    waiting.abort();
    return hasEnded;
  }

  /** Ends it with all that it has started: by SIGTERM, or by SIGKILL where that does not help. */
  async kill(): Promise<void> {
    this.#signal('SIGTERM');
    if (await this.endsWithin(killDelay)) return;
    this.#signal('SIGKILL');
    await this.endsWithin(killDelay);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.end !== undefined || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      // EPERM: it runs as somebody else. The caller sees that it does not end.
      if (!['ESRCH', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    }
  }
}
