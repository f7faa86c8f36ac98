import { statSync } from 'node:fs';

/** Whether a Unix socket is there, and within reach. */
export function isSocket(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
  } catch {
    // E.g. a folder on the way that may not be read, or a loop of links.
    return false;
  }
}
