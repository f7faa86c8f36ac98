import { readFileSync } from 'node:fs';

/** Ticks of a second in /proc: the same on all architectures of today. */
const ticks = 100;
const mostProcesses = 8192;

/** Seconds of CPU time of a process since its start; undefined: it is gone. */
function cpuSeconds(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name may hold anything, so that fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** Measures how much CPU time processes take, from call to call. */
export class ProcessCpu {
  #before = new Map<number, number>();

  /** Per cent of one CPU since the last call; those that were not there then are left out. */
  measure(pids: Iterable<number>, seconds: number): Map<number, number> {
    const now = new Map<number, number>();
    const used = new Map<number, number>();
    for (const pid of pids) {
      if (now.size >= mostProcesses) break;
      const total = cpuSeconds(pid);
      if (total === undefined) continue;
      now.set(pid, total);
      const before = this.#before.get(pid);
      if (before !== undefined && seconds > 0) used.set(pid, Math.round(((total - before) / seconds) * 1000) / 10);
    }
    this.#before = now;
    return used;
  }
}
