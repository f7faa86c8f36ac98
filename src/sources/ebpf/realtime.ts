import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';

/** Milliseconds after the start until the addon's thread has surely asked for its priority. */
const settleMs = 1000;
/** SCHED_FIFO, the 41st field of /proc/PID/task/TID/stat: the 39th after the name in brackets. */
const policyField = 38;
const fifo = '1';

/** Whether one of this process's threads comes before all without realtime priority. */
function hasRealtimeThread(): boolean {
  return readdirSync('/proc/self/task').some((tid) => {
    try {
      const text = readFileSync(`/proc/self/task/${tid}/stat`, 'latin1');
      return text.slice(text.lastIndexOf(') ') + 2).split(' ')[policyField] === fifo;
    } catch {
      // It has ended.
      return false;
    }
  });
}

/**
 * Tells once if the thread that takes critical events out of their ring was to have realtime priority (native/addon/priority.c) and
 * has none: then whoever keeps all processors busy may have events lost.
 * @returns a function that ends the watch.
 */
export function watchRealtime(note: (message: string, fields: Record<string, string>) => void): () => void {
  if (getPriority() >= 0) return () => undefined;
  const timer = setTimeout(() => {
    if (hasRealtimeThread()) return;
    note('no realtime priority: a machine that is kept busy may have events lost', {
      help: 'SYS_NICE or SYS_RESOURCE; --nice 0 if it is meant so',
    });
  }, settleMs);
  timer.unref();
  return () => clearTimeout(timer);
}
