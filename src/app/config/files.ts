import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ConfigFiles } from './load.ts';

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The files of this machine. */
export const diskFiles: ConfigFiles = {
  read(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  list(folder) {
    try {
      if (!statSync(folder).isDirectory()) return undefined;
    } catch {
      return undefined;
    }
    return readdirSync(folder)
      .map((name) => path.join(folder, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
      .sort();
  },
};

/**
 * The rules files behind the entries of rules_files or -r: files that end in .yaml or .yml, and those of folders by
 * name. @returns also the entries that do not exist.
 */
export function findRulesFiles(
  entries: readonly string[],
  files: Pick<ConfigFiles, 'list'> = diskFiles,
): { files: string[]; missing: string[] } {
  const found: string[] = [];
  const missing: string[] = [];
  for (const entry of entries) {
    const listed = files.list(entry);
    if (listed !== undefined) found.push(...listed.filter(isRulesFile));
    else if (!exists(entry)) missing.push(entry);
    else if (isRulesFile(entry)) found.push(entry);
  }
  return { files: found, missing };
}

function isRulesFile(file: string): boolean {
  return file.endsWith('.yaml') || file.endsWith('.yml');
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
