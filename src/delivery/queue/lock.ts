import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as sqlite from 'node:sqlite';

const load = createRequire(import.meta.url);

/**
 * Takes a file for this process alone, until it is released or the process ends, however it ends. Node has no file
 * locks of its own; an SQLite transaction holds the kernel's, which works across containers too.
 * @throws Error where another has it.
 */
export function lockFile(file: string): () => void {
  // Loaded here: it is large, and not everybody has a queue on disk.
  const { DatabaseSync } = load('node:sqlite') as typeof sqlite;
  closeSync(openSync(file, 'a', 0o600));
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Error(`${file} is in use by another process: a folder of the queue is for one at a time`, {
      cause: error,
    });
  }
  return () => database.close();
}
