import { accessSync, constants, existsSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Why no recording can be written to a file, found before anything is watched; undefined: it can, as far as rights and
 * folders say. The file is left as it is.
 */
export function recordingProblem(file: string): string | undefined {
  const folder = path.dirname(file);
  try {
    if (!existsSync(file)) accessSync(folder, constants.W_OK | constants.X_OK);
    else if (statSync(file).isDirectory()) return `can't record to ${file}: it is a folder; name a file`;
    else accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    return `can't record to ${file}: ${(error as Error).message}`;
  }
}
