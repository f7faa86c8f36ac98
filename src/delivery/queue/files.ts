import { close, constants, ftruncate, open, read, writev } from 'node:fs';
import { mkdir, open as openFolder, readdir, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A file of the queue. */
export interface QueueFile {
  /** Resolves when all of it is on disk, the file's size too. */
  write(bytes: Buffer, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Bytes read; less than asked for at the end of the file. */
  read(into: Buffer, position: number): Promise<number>;
  close(): Promise<void>;
}

/** The disk as the queue uses it; tests put faults in. */
export interface QueueFiles {
  makeFolder(folder: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  /** @throws where there is one of that name. */
  create(file: string): Promise<QueueFile>;
  openToRead(file: string): Promise<QueueFile>;
  readAll(file: string): Promise<Buffer>;
  remove(file: string): Promise<void>;
}

const opened = promisify(open);
const closed = promisify(close);
const truncated = promisify(ftruncate);

/**
 * Written behind what is appended: for as long as there are such zeros to write over, a sync has no size and no blocks of the file
 * to bring to the disk, and takes half the time.
 */
const zeros = Buffer.alloc(256 * 1024);

/** Bytes written. */
function writeSome(fd: number, parts: readonly Buffer[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, parts, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

async function openFile(file: string, flags: number): Promise<QueueFile> {
  const fd = await opened(file, flags, 0o600);
  /** What is written ends here, and the zeros behind it there. */
  let end = 0;
  let reserved = 0;
  return {
    async write(bytes, position) {
      end = position + bytes.length;
      let parts = end > reserved ? [bytes, zeros] : [bytes];
      for (let done = 0; done < bytes.length; parts = [bytes.subarray(done)]) {
        done += await writeSome(fd, parts, position + done);
        reserved = Math.max(reserved, position + done);
      }
    },
    async truncate(size) {
      await truncated(fd, size);
      end = reserved = size;
    },
    read: (into, position) =>
      new Promise((resolve, reject) => {
        read(fd, into, 0, into.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async close() {
      try {
        if (reserved > end) await truncated(fd, end);
      } finally {
        await closed(fd);
      }
    },
  };
}

/** After a power cut a name is there for certain only when its folder was synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await openFolder(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const realFiles: QueueFiles = {
  async makeFolder(folder) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  },
  list: (folder) => readdir(folder),
  async create(file) {
    // Synced by each write: one call to the disk for what would be two.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;
    const made = await openFile(file, flags);
    await syncFolder(path.dirname(file));
    return made;
  },
  openToRead: (file) => openFile(file, constants.O_RDONLY),
  readAll: (file) => readFile(file),
  remove: (file) => unlink(file),
};
