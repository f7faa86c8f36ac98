import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { Capability } from './capabilities.ts';

/** Who asks; a test gives another. */
export interface Asker {
  readonly uid: number;
  readonly groups: readonly number[];
}

function self(): Asker {
  return { uid: process.geteuid?.() ?? -1, groups: process.getgroups?.() ?? [] };
}

/**
 * What has to be kept so that files can be written: root needs a capability for what belongs to others, such as the folder of
 * the user who called sudo.
 * @param files that will be written, made where they are not there; undefined ones are passed over.
 */
export function neededToWrite(files: readonly (string | undefined)[], asker: Asker = self()): Capability[] {
  const isRefused = files.some((file) => file !== undefined && file !== '' && file !== '-' && !mayWrite(file, asker));
  return isRefused ? ['DAC_OVERRIDE'] : [];
}

function mayWrite(file: string, asker: Asker): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) return hasBits(stats, 2, asker);
  const folder = stats ?? statSync(path.dirname(file), { throwIfNoEntry: false });
  // What is not there is told when it is opened.
  return folder === undefined || hasBits(folder, 3, asker);
}

function hasBits({ mode, uid, gid }: Stats, bits: number, asker: Asker): boolean {
  if (uid === asker.uid) return ((mode >> 6) & bits) === bits;
  if (asker.groups.includes(gid)) return ((mode >> 3) & bits) === bits;
  return (mode & bits) === bits;
}
