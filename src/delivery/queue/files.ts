import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';

/** A file of the queue. */
export interface QueueFile {
  /** Writes all of it, or rejects. */
  write(bytes: Buffer, position: number): Promise<void>;
  /** Content and size are on disk. */
  sync(): Promise<void>;
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

async function openFile(file: string, flags: number): Promise<QueueFile> {
  const handle = await open(file, flags, 0o600);
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
        done += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    close: () => handle.close(),
  };
}

/** After a power cut a name is there for certain only when its folder was synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
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
    const made = await openFile(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    await syncFolder(path.dirname(file));
    return made;
  },
  openToRead: (file) => openFile(file, constants.O_RDONLY),
  readAll: (file) => readFile(file),
  remove: (file) => unlink(file),
};
