/** What the program and its machine use; undefined: the kernel does not tell. Percentages have one decimal. */
export interface Resources {
  /** Since the start of the program, of one CPU. */
  readonly cpuPercent: number;
  readonly rssKb: number | undefined;
  readonly vszKb: number | undefined;
  readonly pssKb: number | undefined;
  readonly containerBytes: number | undefined;
  /** Since the start of the machine, of all CPUs. */
  readonly hostCpuPercent: number | undefined;
  readonly hostMemoryKb: number | undefined;
  readonly hostRunning: number | undefined;
  readonly hostOpenFds: number | undefined;
}

export interface ResourcePlaces {
  /** Where the host's file system lies. */
  readonly hostRoot: string;
  /** Files that tell the memory of the container, the first that there is counts. */
  readonly containerMemory: readonly string[];
}

/** The text of a file; undefined where it can't be read. */
export type ReadText = (path: string) => string | undefined;

export function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}

/** @param cpuSeconds used by the program since its start, `seconds` ago. */
export function readResources(
  read: ReadText,
  places: ResourcePlaces,
  { cpuSeconds, seconds }: { cpuSeconds: number; seconds: number },
): Resources {
  const status = read('/proc/self/status');
  const stat = read(`${places.hostRoot}/proc/stat`);
  let containerBytes: number | undefined;
  for (const file of places.containerMemory) containerBytes ??= wholeNumber(read(file));
  return {
    cpuPercent: seconds > 0 ? oneDecimal((cpuSeconds / seconds) * 100) : 0,
    rssKb: entry(status, 'VmRSS:'),
    vszKb: entry(status, 'VmSize:'),
    pssKb: entry(read('/proc/self/smaps_rollup'), 'Pss:'),
    containerBytes,
    hostCpuPercent: busyPercent(stat),
    hostMemoryKb: usedMemory(read(`${places.hostRoot}/proc/meminfo`)),
    hostRunning: entry(stat, 'procs_running'),
    hostOpenFds: wholeNumber(read(`${places.hostRoot}/proc/sys/fs/file-nr`)),
  };
}

/** When the machine was started, in nanoseconds since the epoch. */
export function bootTime(read: ReadText, hostRoot: string): bigint | undefined {
  const seconds = entry(read(`${hostRoot}/proc/stat`), 'btime');
  return seconds === undefined ? undefined : BigInt(seconds) * 1_000_000_000n;
}

/** The first number of a text. */
function wholeNumber(text: string | undefined): number | undefined {
  const digits = /^\s*([0-9]+)/.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The first number of the line that begins with a name. */
function entry(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((item) => item.startsWith(name));
  return wholeNumber(line?.slice(name.length));
}

/** The first line of /proc/stat: cpu, user, nice, system, idle, iowait, ... */
function busyPercent(stat: string | undefined): number | undefined {
  const [name, ...times] = stat?.split('\n')[0]?.trim().split(/\s+/) ?? [];
  if (name !== 'cpu' || times.length < 5) return undefined;
  // guest and guest_nice are part of user and nice already.
  const ticks = times.slice(0, 8).map(Number);
  const total = ticks.reduce((all, part) => all + part, 0);
  const idle = ticks[3]! + ticks[4]!;
  return total > 0 ? oneDecimal(((total - idle) / total) * 100) : undefined;
}

function usedMemory(text: string | undefined): number | undefined {
  const [total, free, buffers, cached] = ['MemTotal:', 'MemFree:', 'Buffers:', 'Cached:'].map((name) =>
    entry(text, name),
  );
  if (total === undefined || free === undefined || buffers === undefined || cached === undefined) return undefined;
  return Math.max(0, total - free - buffers - cached);
}
