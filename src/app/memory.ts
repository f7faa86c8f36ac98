import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * For a process that lives long: the heap is cleaned when it has grown by half since the last time. The engine's own rule
 * lets it grow to four times what is in use, which is faster by a tenth, but other programs of the machine need the memory.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

/**
 * Loads rules. While much is kept, the engine guesses that all that is made at the same places will be, and lays it where only the
 * large collections look: with 9,300 rules, 60 MB that are of no use any more. So it does not guess here.
 */
export function loadLean<T>(load: () => T): T {
  setFlagsFromString('--no-allocation-site-pretenuring');
  try {
    return load();
  } finally {
    setFlagsFromString('--allocation-site-pretenuring');
  }
}

/** Less in use is not worth a collection: it would take 10 ms of a start. With 930 rules it is some 40 MB. */
const muchInUse = 64 * 1024 * 1024;

/** Collects what loading has left, before a session begins, where that is much: else it would stay until as much again is made. */
export function collectLeftovers(): void {
  if (getHeapStatistics().used_heap_size < muchInUse) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  // This kind gives free pages back to the system; others keep them for seconds, during which more are taken.
  collect({ type: 'major', flavor: 'last-resort' });
}
