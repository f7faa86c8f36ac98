import { createHash } from 'node:crypto';
import { appendFile, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Notice } from '../../model/notice.ts';
import { restoreNotice } from '../notices/restore.ts';
import { timeText } from '../notices/time.ts';
import type { DeadLetterSettings } from '../settings.ts';

/** A notice that an output will not have, and why. */
export interface DeadLetter {
  readonly notice: Notice;
  readonly reason: string;
  readonly attempts: number;
}

/** Names of files say which output they are of, and can't lead out of the folder. */
function deadLetterFile(output: string): string {
  if (/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(output)) return `${output}.ndjson`;
  const plain = output
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 40);
  return `${plain}-${createHash('sha256').update(output).digest('hex').slice(0, 12)}.ndjson`;
}

/** A file of JSON lines with what one output will not have: output, time, reason, attempts, notice. */
export class DeadLetters {
  readonly #settings: DeadLetterSettings;
  readonly #output: string;
  /** One thing at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #size: number | undefined;
  /** Lines that went when the file was full. */
  dropped = 0;

  constructor(settings: DeadLetterSettings, output: string) {
    this.#settings = settings;
    this.#output = output;
  }

  get #file(): string | undefined {
    const { folder } = this.#settings;
    return folder === undefined ? undefined : path.join(folder, deadLetterFile(this.#output));
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** @param now milliseconds since the epoch. @throws Error of the disk: nothing may be lost then. */
  add(letters: readonly DeadLetter[], now: number): Promise<void> {
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    const time = timeText(BigInt(now) * 1_000_000n);
    const lines = letters.map(({ notice, reason, attempts }) => {
      const about = JSON.stringify({ output: this.#output, time, reason, attempts });
      return `${about.slice(0, -1)},"notice":${notice.json}}\n`;
    });
    return this.#inTurn(() => this.#append(file, lines.join('')));
  }

  async #append(file: string, text: string): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    this.#size ??= await sizeOf(file);
    const bytes = Buffer.byteLength(text);
    if (this.#size > 0 && this.#size + bytes > this.#settings.bytes) await this.#halve(file);
    await appendFile(file, text, { mode: 0o600, flush: true });
    this.#size += bytes;
  }

  /** The older half of the lines goes. */
  async #halve(file: string): Promise<void> {
    const text = await readFile(file);
    const middle = text.indexOf(10, text.length >> 1) + 1;
    const kept = middle === 0 ? text.subarray(text.length) : text.subarray(middle);
    for (const byte of text.subarray(0, text.length - kept.length)) if (byte === 10) this.dropped++;
    await writeWhole(file, kept);
    this.#size = kept.length;
  }

  /**
   * Takes all letters and hands them over in parts. The file goes when all are taken over; after a rejection or a
   * crash they are all still there.
   */
  async replay(take: (notices: readonly Notice[]) => Promise<void>): Promise<number> {
    const file = this.#file;
    return file === undefined ? 0 : this.#inTurn(() => this.#replay(file, take));
  }

  async #replay(file: string, take: (notices: readonly Notice[]) => Promise<void>): Promise<number> {
    if ((await sizeOf(file)) === 0) return 0;
    let count = 0;
    let part: Notice[] = [];
    const unread: string[] = [];
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line === '') continue;
      const notice = letterNotice(line);
      if (notice === undefined) {
        unread.push(`${line}\n`);
        continue;
      }
      count++;
      if (part.push(notice) < 500) continue;
      await take(part);
      part = [];
    }
    if (part.length > 0) await take(part);
    if (unread.length === 0) await unlink(file);
    else await writeWhole(file, Buffer.from(unread.join('')));
    this.#size = undefined;
    return count;
  }
}

function letterNotice(line: string): Notice | undefined {
  const at = line.indexOf('"notice":');
  return at < 0 ? undefined : restoreNotice(line.slice(at + 9, -1));
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Puts a new file in the place of another: there is always one of the two. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
