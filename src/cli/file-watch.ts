import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { Logger } from '../base/log.ts';

/** Milliseconds without a change before files are looked at: editors and package managers write in several steps. */
const quietMs = 100;
/** Where changes never cease, files are looked at all the same. */
const longestMs = 1000;
/** Milliseconds between two looks at files where the kernel can't tell of changes. */
const lookMs = 5000;

/**
 * Calls `onChange` when the content of files changes, also when they are replaced, or when files come and go. Folders
 * are watched, not files: links that are swapped, as Kubernetes does with mounted configuration, count too.
 * @param find the files at this moment; asked again at each change.
 * @param folders those whose content decides what `find` finds.
 * @param onProblem hears why the kernel does not tell of changes: other programs may have taken all that it can watch. Files
 * are looked at now and then instead.
 * @param known what {@link fingerprint} said before the files were read that are in force; absent: that is what they are now.
 * @returns ends the watch.
 */
export function watchFiles(
  find: () => readonly string[],
  folders: readonly string[],
  onChange: () => void,
  onProblem: (reason: string) => void,
  known?: string,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let changedAt: number | undefined;
  let last = known ?? fingerprint(find());
  const look = (): void => {
    changedAt = undefined;
    const now = fingerprint(find());
    if (now === last) return;
    last = now;
    onChange();
  };
  const lookSoon = (): void => {
    clearTimeout(timer);
    changedAt ??= performance.now();
    timer = setTimeout(look, Math.min(quietMs, Math.max(0, changedAt + longestMs - performance.now())));
  };
  const watchers: FSWatcher[] = [];
  let looking: NodeJS.Timeout | undefined;
  for (const folder of new Set([...find().map((file) => path.dirname(file)), ...folders.filter(isFolder)])) {
    try {
      const watcher = watch(folder, { persistent: false }, lookSoon);
      // A folder that is removed is no longer watched; the others are.
      watcher.on('error', () => watcher.close());
      watchers.push(watcher);
    } catch (error) {
      if (looking === undefined) onProblem((error as Error).message);
      looking ??= setInterval(look, lookMs).unref();
    }
  }
  if (known !== undefined) lookSoon();
  return () => {
    clearTimeout(timer);
    clearInterval(looking);
    for (const watcher of watchers) watcher.close();
  };
}

/** What becomes of files that the kernel does not tell of. */
export function noteUnwatched(logger: Logger, reason: string): void {
  const help = 'raise fs.inotify.max_user_instances or max_user_watches (sysctl)';
  logger.log('warning', `files are looked at every ${lookMs / 1000} seconds, since they can't be watched`, {
    reason,
    help,
  });
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Tells contents of files apart. */
export function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\0`);
    try {
      hash.update(readFileSync(file));
    } catch {
      hash.update('missing');
    }
  }
  return hash.digest('hex');
}
