import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '../base/log.ts';
import { CaptureWriter } from '../capture/writer.ts';

/**
 * Why no recording can be written to a file, found before anything is watched; undefined: it can, as far as rights and
 * folders say. The file is left as it is.
 * @param input the capture that is read, if one is: recording to it would empty it.
 */
export function recordingProblem(file: string, input?: string): string | undefined {
  const folder = path.dirname(file);
  try {
    if (input !== undefined && isSameFile(file, input)) {
      return `can't record to ${file}: it is the capture that is read; name another file`;
    }
    if (!existsSync(file)) accessSync(folder, constants.W_OK | constants.X_OK);
    else if (statSync(file).isDirectory()) return `can't record to ${file}: it is a folder; name a file`;
    else accessSync(file, constants.W_OK);
    return undefined;
  } catch (error) {
    return `can't record to ${file}: ${(error as Error).message}`;
  }
}

/** Where the events of a session are written to. That it fails is logged at once: a session may go on for days. */
export function openRecording(options: {
  readonly record?: string | undefined;
  readonly logger: Logger;
}): CaptureWriter | undefined {
  if (options.record === undefined) return undefined;
  return new CaptureWriter(options.record, {
    onFailure: ({ message }) => options.logger.log('error', 'nothing more is recorded', { error: message }),
  });
}

/** Also by another name: a link, a hard link. */
function isSameFile(one: string, other: string): boolean {
  if (!existsSync(one) || !existsSync(other)) return false;
  if (realpathSync(one) === realpathSync(other)) return true;
  const [a, b] = [statSync(one), statSync(other)];
  return a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
