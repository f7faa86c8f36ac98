import { createHash } from 'node:crypto';
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Milliseconds without a change before files are looked at: editors and package managers write in several steps. */
const quietMs = 100;
/** Where changes never cease, files are looked at all the same. */
const longestMs = 1000;

/**
 * Calls `onChange` when the content of files changes, also when they are replaced, or when files come and go. Folders
 * are watched, not files: links that are swapped, as Kubernetes does with mounted configuration, count too.
 * @param find the files at this moment; asked again at each change.
 * @param folders those whose content decides what `find` finds.
 * @returns ends the watch.
 */
export function watchFiles(
  find: () => readonly string[],
  folders: readonly string[],
  onChange: () => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let changedAt: number | undefined;
  let known = fingerprint(find());
  const look = (): void => {
    changedAt = undefined;
    const now = fingerprint(find());
    if (now === known) return;
    known = now;
    onChange();
  };
  const watchers: FSWatcher[] = [];
  for (const folder of new Set([...find().map((file) => path.dirname(file)), ...folders.filter(isFolder)])) {
    const watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(timer);
      changedAt ??= performance.now();
      timer = setTimeout(look, Math.min(quietMs, Math.max(0, changedAt + longestMs - performance.now())));
    });
    // A folder that is removed is no longer watched; the others are.
    watcher.on('error', () => watcher.close());
    watchers.push(watcher);
  }
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

function fingerprint(files: readonly string[]): string {
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
