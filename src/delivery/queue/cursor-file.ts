import { closeSync, constants, fdatasync, fsyncSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { crc32 } from 'node:zlib';

/** How far an output is. */
export interface Place {
  /** Everything below is done. */
  readonly low: number;
  /** First and last number of ranges above `low` that are done too, rising: sends that overtook a slower one. */
  readonly done: readonly (readonly [number, number])[];
}

interface Stored extends Place {
  readonly name: string;
  /** The newer of the two copies counts. */
  readonly generation: number;
  /** When the output was last configured; milliseconds since the epoch. */
  readonly seen: number;
}

const copyBytes = 16 * 1024;

/** The file's name shows nothing that a name could break out with. */
function fileName(name: string): string {
  return `cursor-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function readCopy(fd: number, position: number): Stored | undefined {
  const bytes = Buffer.alloc(copyBytes);
  const text = bytes.toString('utf8', 0, readSync(fd, bytes, 0, copyBytes, position));
  const [sum, json] = text.slice(0, Math.max(text.indexOf('\n'), 0)).split(' ', 2);
  if (sum === undefined || json === undefined || crc32(json).toString(16) !== sum) return undefined;
  return JSON.parse(json) as Stored;
}

/**
 * The place of an output, kept through a crash of the process at once, through a power cut as of the last `sync`. Two
 * copies are written in turn, so that one is always whole; the file has its full size from the start, so that a full
 * disk does not stop it.
 */
export class CursorFile {
  readonly name: string;
  readonly #fd: number;
  readonly #file: string;
  #stored: Stored;
  #isDirty = false;
  #isSyncing = false;
  #isClosed = false;

  private constructor(fd: number, file: string, stored: Stored) {
    this.name = stored.name;
    this.#fd = fd;
    this.#file = file;
    this.#stored = stored;
  }

  /** @param fallback the place of an output that is new, or whose file can't be read. @throws Error of the disk. */
  static open(folder: string, name: string, now: number, fallback: (isNew: boolean) => number): CursorFile {
    const file = path.join(folder, fileName(name));
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    const { stored, isNew } = CursorFile.#read(fd);
    if (stored !== undefined) {
      const cursor = new CursorFile(fd, file, { ...stored, seen: now });
      cursor.save(stored);
      return cursor;
    }
    writeSync(fd, Buffer.alloc(2 * copyBytes), 0, 2 * copyBytes, 0);
    const cursor = new CursorFile(fd, file, { name, low: fallback(isNew), done: [], generation: 0, seen: now });
    cursor.save({ low: cursor.#stored.low, done: [] });
    fsyncSync(fd);
    return cursor;
  }

  /** A file of the folder, as it is; undefined: it can't be read. */
  static load(
    folder: string,
    fileBase: string,
  ): { name: string; seen: number; place: Place; remove(): void } | undefined {
    const file = path.join(folder, fileBase);
    const fd = openSync(file, 'r');
    try {
      const { stored } = CursorFile.#read(fd);
      if (stored === undefined) return undefined;
      return { name: stored.name, seen: stored.seen, place: stored, remove: () => unlinkSync(file) };
    } finally {
      closeSync(fd);
    }
  }

  static isCursor(fileBase: string): boolean {
    return /^cursor-[0-9a-f]{32}$/.test(fileBase);
  }

  static #read(fd: number): { stored: Stored | undefined; isNew: boolean } {
    const copies = [readCopy(fd, 0), readCopy(fd, copyBytes)].filter((copy) => copy !== undefined);
    const stored = copies.sort((a, b) => b.generation - a.generation)[0];
    return { stored, isNew: stored === undefined && readSync(fd, Buffer.alloc(1), 0, 1, 0) === 0 };
  }

  get place(): Place {
    return this.#stored;
  }

  /** @throws Error of the disk; the place counts in memory all the same. */
  save(place: Place): void {
    let { done } = place;
    const { name, seen, generation } = this.#stored;
    this.#stored = { name, low: place.low, done, generation: generation + 1, seen };
    let json = JSON.stringify(this.#stored);
    // Too many ranges: those left out are sent again after a crash.
    while (json.length > copyBytes - 16 && done.length > 0) {
      done = done.slice(0, done.length >> 1);
      json = JSON.stringify({ ...this.#stored, done });
    }
    const position = (generation & 1) * copyBytes;
    writeSync(this.#fd, `${crc32(json).toString(16)} ${json}\n`, position);
    this.#isDirty = true;
  }

  /** Brings it to the disk without waiting; at most one at a time. */
  sync(): void {
    if (!this.#isDirty || this.#isSyncing || this.#isClosed) return;
    this.#isDirty = false;
    this.#isSyncing = true;
    fdatasync(this.#fd, (error) => {
      this.#isSyncing = false;
      if (error !== null) this.#isDirty = true;
      if (this.#isClosed) closeSync(this.#fd);
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A sync under way closes it when it ends.
    if (this.#isSyncing) return;
    try {
      if (this.#isDirty) fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  /** For an output that is forgotten. */
  remove(): void {
    this.close();
    unlinkSync(this.#file);
  }
}
