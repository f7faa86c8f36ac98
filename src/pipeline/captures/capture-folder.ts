import { closeSync, constants, openSync, realpathSync, type Stats, statSync } from 'node:fs';
import { lstat, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';

/** How many captures are kept; the oldest go first. 0: no limit. */
export interface CaptureLimits {
  readonly files: number;
  /** Of all together. */
  readonly bytes: number;
  readonly ageSeconds: number;
}

const openFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const writableByOthers = 0o022;
const stickyBit = 0o1000;

/**
 * The folder that captures are written to. Others may be able to write there too (/tmp is usual), so nothing that
 * lies there is followed or overwritten: files are made new, below a descriptor of the folder.
 */
export class CaptureFolder {
  /** Captures that were removed to keep the limits. */
  removed = 0;
  readonly #folder: string;
  readonly #base: string;
  readonly #limits: CaptureLimits;
  #trimmed: Promise<void> = Promise.resolve();

  /** @param prefix path and beginning of the names. @throws Error when there is no such folder. */
  constructor(prefix: string, limits: CaptureLimits) {
    const isFolder = prefix.endsWith('/');
    this.#base = isFolder ? '' : path.basename(prefix);
    this.#folder = realpathSync(isFolder ? prefix : path.dirname(prefix));
    this.#limits = limits;
    // Whether it can be written to shows with the first file; whether it is a folder, now.
    closeSync(openSync(this.#folder, openFolder));
  }

  /** What is dubious about the folder; undefined: nothing. */
  get concern(): string | undefined {
    const { mode, uid } = statSync(this.#folder);
    if (uid !== 0 && uid !== process.geteuid?.()) return `${this.#folder} belongs to another user`;
    if ((mode & writableByOthers) !== 0 && (mode & stickyBit) === 0)
      return `${this.#folder} can be written to by others, who can remove captures`;
    return undefined;
  }

  /** Makes the file of a capture. @param time of its first alert, in ns; `num` its event's number. @throws Error */
  create(time: bigint, num: number): { readonly fd: number; readonly path: string; readonly name: string } {
    const digits = (value: bigint | number): string => String(value).padStart(20, '0');
    const name = `${this.#base}_${digits(time)}_${digits(num)}.scap`;
    const folder = openSync(this.#folder, openFolder);
    try {
      const fd = openSync(`/proc/self/fd/${folder}/${name}`, newFile, 0o600);
      return { fd, name, path: path.join(this.#folder, name) };
    } finally {
      closeSync(folder);
    }
  }

  /** Removes what is beyond the limits. @param open the name of the capture that is being written. */
  trim(open: string | undefined, nowMs: number): Promise<void> {
    // Two at once would want to remove the same files.
    const trimmed = this.#trimmed.then(() => this.#trim(open, nowMs));
    this.#trimmed = trimmed.catch(() => undefined);
    return trimmed;
  }

  async #trim(open: string | undefined, nowMs: number): Promise<void> {
    const { files, bytes, ageSeconds } = this.#limits;
    if (files === 0 && bytes === 0 && ageSeconds === 0) return;
    const folder = openSync(this.#folder, openFolder);
    try {
      const place = `/proc/self/fd/${folder}`;
      let count = 0;
      let total = 0;
      for (const { name, stats } of await this.#captures(place)) {
        count++;
        total += stats.size;
        const isOld = ageSeconds > 0 && nowMs - stats.mtimeMs > ageSeconds * 1000;
        const isOver = (files > 0 && count > files) || (bytes > 0 && total > bytes);
        if (name === open || !(isOld || isOver)) continue;
        await unlink(path.join(place, name));
        this.removed++;
        count--;
        total -= stats.size;
      }
    } finally {
      closeSync(folder);
    }
  }

  /** Those that this user made, the newest first. */
  async #captures(place: string): Promise<{ name: string; stats: Stats }[]> {
    const found: { name: string; stats: Stats }[] = [];
    for (const name of (await readdir(place)).sort().reverse()) {
      if (!name.startsWith(`${this.#base}_`) || !/^_[0-9]{20}_[0-9]{20}\.scap$/.test(name.slice(this.#base.length)))
        continue;
      const stats = await lstat(path.join(place, name)).catch(() => undefined);
      if (stats?.isFile() === true && stats.uid === process.geteuid?.()) found.push({ name, stats });
    }
    return found;
  }
}
