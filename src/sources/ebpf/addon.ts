import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Culprit, type ProgramRuns, SourceError } from '../../model/source.ts';

/** CPUs that have a counter of their own for drops. */
export const cpuSlots = 1024;

declare const sensorBrand: unique symbol;
/** A loaded sensor, known only to the addon. */
export interface SensorHandle {
  readonly [sensorBrand]: true;
}

export interface SensorOptions {
  /** The kernel programs, as clang made them. */
  readonly object: Buffer;
  /**
   * Size of all rings for common events together; a power of two of at least a page, at most half a gigabyte. The ring for
   * critical events is as large as each of them, and none smaller than a quarter of this.
   */
  readonly ringBytes: number;
  /** Bytes of data that I/O events keep. */
  readonly snapLength: number;
  /** Time between the first event and the fetching of what has gathered, in ms. */
  readonly coalesceMs: number;
  /** Also tell the start of calls that open or connect. */
  readonly enterEvents: boolean;
  /** Which program makes the events of a system call, by its number; the names of programs that don't exist are passed over. */
  readonly fillers: readonly (readonly [number, string])[];
  /** Code of each system call for generic events. */
  readonly genericCodes: Uint16Array;
  /** There are events in the ring. Called once; then arm() asks for the next call. */
  readonly onReady: () => void;
}

/** What the addon (native/addon/addon.h) exports. Every function but close() throws when the sensor is closed. */
export interface SensorAddon {
  /**
   * Opens a sensor on a thread of its own: the kernel takes half a second to look through the programs.
   * @throws Error when the options are wrong; the promise has the one whose message is what the kernel and libbpf said
   */
  open(options: SensorOptions): Promise<{ handle: SensorHandle; data: ArrayBuffer }>;
  /** From now on events come in, and none to the sensor `before`, whose last ones can still be read. */
  attach(handle: SensorHandle, before?: SensorHandle): void;
  /**
   * By system call number: enum saker_interest of native/include/saker_abi.h. By event code: 1 for events that go into the
   * ring for critical ones.
   */
  setInterest(handle: SensorHandle, bySyscall: Uint8Array, critical: Uint8Array, exits: boolean): void;
  /** What to tell apart from system calls: bits of {@link tracepoints} in src/sources/linux/interest.ts. */
  setTracepoints(handle: SensorHandle, wanted: number): void;
  /** What is there now and only the kernel knows of; read by listing.ts. */
  list(handle: SensorHandle): Buffer;
  /**
   * Complete records behind what was released, about `limit` bytes of them, ordered by their times across all rings.
   * Fills `runs` with pairs of their place in the data and their size. @returns the number of pairs.
   */
  claim(handle: SensorHandle, limit: number, runs: Uint32Array): number;
  /** Gives the memory of what was claimed back to the kernel. */
  release(handle: SensorHandle): void;
  /** Bytes that wait in the rings. */
  waiting(handle: SensorHandle): number;
  arm(handle: SensorHandle): void;
  /**
   * Fills `counts` with the events dropped so far: by event code, then calls of 32-bit processes that went unseen, then
   * by CPU (`cpuSlots`).
   */
  drops(handle: SensorHandle, counts: Float64Array): void;
  /** Whose events were dropped since the last time; process 0 stands for further ones. */
  culprits(handle: SensorHandle): Culprit[];
  /** What the kernel has measured of its programs: nothing but zeros unless kernel.bpf_stats_enabled is on. */
  programs(handle: SensorHandle): ProgramRuns[];
  /** Whether opens are left out that leaveOut() names. @returns whether it is so now; programs for old kernels can't. */
  filter(handle: SensorHandle, isOn: boolean): boolean;
  /** Opens to leave out, each as struct saker_boring of native/include/saker_abi.h; none: all are told again. @returns whether there was room for all. */
  leaveOut(handle: SensorHandle, opens: Buffer): boolean;
  /** Events left out so far. */
  leftOut(handle: SensorHandle): number;
  /**
   * Has events from now on told by the machine's clock as it is now, if that was set by `leastMs` or more.
   * @returns by how many milliseconds; 0: it was not
   */
  followClock(handle: SensorHandle, leastMs: number): number;
  /** Gives memory that native code no longer uses back to the system; takes some milliseconds. */
  trim(): void;
  /** Detaches and frees everything; the ring's array buffer becomes empty. */
  close(handle: SensorHandle): void;
}

const folder = new URL('../../../build/native/', import.meta.url);
const hint = "it is built by 'npm start' or 'node tools/build-native.mjs' (clang, libbpf-dev and gcc needed)";

function built(name: string): string {
  const path = fileURLToPath(new URL(name, folder));
  if (!existsSync(path)) throw new SourceError(`the live sensor is not built: ${path} is missing; ${hint}`);
  return path;
}

/** @throws SourceError when the addon is missing or can't be loaded here. */
export function loadAddon(): SensorAddon {
  const path = built('saker.node');
  try {
    return createRequire(import.meta.url)(path) as SensorAddon;
  } catch (error) {
    throw new SourceError(`the live sensor's addon can't be loaded (is the package libbpf1 installed?); ${hint}`, {
      cause: error,
    });
  }
}

/**
 * The oldest kernels that each set of programs is for, the best set first. From 6.4 on the kernel gives plain pointers a type,
 * so that members are loaded directly. Before 5.17 it lacks the loop that the others use: the set for these kernels cuts arguments
 * and paths of extreme length earlier and leaves nothing out.
 */
const programsSince = [
  [6, 4],
  [5, 17],
  [5, 8],
] as const;

/** The kernel programs for a kernel release such as 6.1.0-13, the best ones first. */
export function readPrograms(release: string = os.release()): Buffer[] {
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  const fitting = programsSince.filter(([least, since]) => major > least || (major === least && minor >= since));
  // Whatever its version says, it may have been given what newer ones have.
  const chosen = fitting.length > 0 ? fitting : programsSince.slice(-1);
  return chosen.map((since) => readFileSync(built(`saker-${since.join('.')}.bpf.o`)));
}

/**
 * Opens with the first programs that the kernel takes.
 * @returns what was opened, and why better programs were not taken.
 * @throws what the first attempt did, if none is taken
 */
export async function openFirst<T>(
  programs: readonly Buffer[],
  open: (object: Buffer) => Promise<T>,
): Promise<{ opened: T; refused?: unknown }> {
  const errors: unknown[] = [];
  for (const object of programs) {
    try {
      const opened = await open(object);
      return errors.length === 0 ? { opened } : { opened, refused: errors[0] };
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
}
