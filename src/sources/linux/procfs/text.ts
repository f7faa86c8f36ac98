import { readFileSync, readlinkSync, readdirSync } from 'node:fs';

/** Files of /proc as byte strings. Processes vanish while they are read: what can't be read is undefined. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Numeric entries of a folder: processes, threads, descriptors. */
export function listNumbers(path: string): number[] {
  // Names first: with a NaN among them, the array would make all its numbers doubles, and with them what is made of them.
  return listFolder(path)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
