import { setImmediate as othersTurn } from 'node:timers/promises';
import { type SourceContext, SourceError } from '../../model/source.ts';
import { defaultSyscalls, fillerNames, genericCodes, interestOf } from '../linux/interest.ts';
import { ProcReader } from '../linux/procfs/scan.ts';
import { loadAddon, openFirst, readPrograms, type SensorAddon, type SensorHandle } from './addon.ts';
import { criticalTable, DropReporter } from './drops.ts';
import { completeSnapshot, readListing } from './listing.ts';
import { KernelFilter } from './kernel-filter.ts';
import { explainRefusal, thisHost } from './preflight.ts';
import { watchRealtime } from './realtime.ts';
import { RingReader } from './ring.ts';

export interface SensorConfig {
  readonly bufferBytes: number;
  readonly coalesceMs: number;
  readonly snapLength: number;
  readonly syscalls: string;
  readonly hostRoot: string;
  readonly enterEvents: boolean;
}

/** How much is handed over, and its memory held, between two chances to wait, to stop, and to let others run: a few ms. */
const batchBytes = 256 * 1024;
const smallestRing = 64 * 1024;
/** With a ring for critical events of the same size, twice in a row, places still fit 32 bits. */
const largestRing = 512 * 1024 * 1024;
const dropCheckMs = 1000;
/** Milliseconds by which the machine's clock has to be set for events to follow it. It is kept right by less all the time. */
const clockStepMs = 100;
/** The compiler has done most of its work by then. */
const firstTrimMs = 5000;
const trimEveryMs = 60_000;

function ringSize(bytes: number): number {
  let size = smallestRing;
  while (size < bytes && size < largestRing) size *= 2;
  return size;
}

/** Set by the waiting thread, and by the end of the session; the loop waits on it. */
class Wakeup {
  #resolve: (() => void) | undefined;

  readonly ready = (): void => this.#resolve?.();

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

async function openSensor(addon: SensorAddon, config: SensorConfig, onReady: () => void, note: SourceContext['note']) {
  try {
    const { opened, refused } = await openFirst(readPrograms(), (object) =>
      addon.open({
        object,
        ringBytes: ringSize(config.bufferBytes),
        snapLength: Math.min(config.snapLength, 4095),
        coalesceMs: config.coalesceMs,
        enterEvents: config.enterEvents,
        fillers: fillerNames(process.arch),
        genericCodes: genericCodes(process.arch),
        onReady,
      }),
    );
    if (refused !== undefined) {
      note?.('the kernel refuses the programs for its version; those for older kernels are used', {
        reason: (refused as Error).message,
      });
    }
    return opened;
  } catch (error) {
    throw refusal(error);
  }
}

function attach(addon: SensorAddon, handle: SensorHandle, before: SensorHandle | undefined): void {
  try {
    addon.attach(handle, before);
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SourceError(`live events can't be had: ${explainRefusal(message, thisHost())}`, { cause: error });
}

/** Has the kernel send what is wanted now. @returns by event code: 1 for those of the ring for critical events. */
function applyInterest(
  { addon, handle }: OpenSensor,
  config: SensorConfig,
  context: SourceContext,
  isFiltering: boolean,
): Uint8Array {
  const chosen = config.syscalls.split(/\s+/).filter((name) => name !== '');
  const names = chosen.length > 0 ? chosen : (context.interest?.names() ?? defaultSyscalls());
  const interest = interestOf(names, process.arch, isFiltering ? context.interest?.judged?.() : undefined);
  const critical = criticalTable(context.interest?.critical?.());
  addon.setInterest(handle, interest.bySyscall, critical, interest.exits);
  addon.setTracepoints(handle, interest.tracepoints);
  return critical;
}

/** What is open in the kernel, and how far it was read: it can go from one session to the next. */
class OpenSensor {
  readonly addon: SensorAddon;
  readonly handle: SensorHandle;
  readonly reader: RingReader;
  readonly drops: DropReporter;
  readonly wakeup: Wakeup;
  readonly #config: string;

  private constructor(
    config: SensorConfig,
    addon: SensorAddon,
    wakeup: Wakeup,
    { handle, data }: Awaited<ReturnType<SensorAddon['open']>>,
  ) {
    this.addon = addon;
    this.handle = handle;
    this.wakeup = wakeup;
    this.reader = new RingReader(addon, handle, data);
    this.drops = new DropReporter(addon, handle);
    this.#config = settled(config);
  }

  static async open(config: SensorConfig, note: SourceContext['note']): Promise<OpenSensor> {
    const addon = loadAddon();
    const wakeup = new Wakeup();
    return new OpenSensor(config, addon, wakeup, await openSensor(addon, config, wakeup.ready, note));
  }

  /** Whether it can serve a session with this configuration. */
  fits(config: SensorConfig): boolean {
    return this.#config === settled(config);
  }

  close(): void {
    this.addon.close(this.handle);
  }
}

/** What can't be changed once the sensor is open. */
function settled({ bufferBytes, coalesceMs, snapLength, enterEvents }: SensorConfig): string {
  return JSON.stringify([bufferBytes, coalesceMs, snapLength, enterEvents]);
}

/** The sensor of the session before, if there is one. */
function heldSensor(context: SourceContext): OpenSensor | undefined {
  const held = context.hold?.take();
  return held instanceof OpenSensor ? held : undefined;
}

/** Hands over what a sensor has told that does not go on, and ends it. */
async function finish(sensor: OpenSensor, context: SourceContext): Promise<void> {
  while (sensor.reader.drain(context.sink, batchBytes) > 0) await context.batchEnd();
  sensor.drops.report(context.sink, criticalTable());
  sensor.close();
}

/** What the loop that moves events works with. */
interface Pump {
  readonly sensor: OpenSensor;
  readonly context: SourceContext;
  /** By event code; replaced when other rules are in force. */
  critical: Uint8Array;
  readonly filter: KernelFilter | undefined;
}

/** While the kernel looks through the programs, the session has something else to do. */
function openAnew(config: SensorConfig, context: SourceContext): Promise<OpenSensor> {
  const opening = OpenSensor.open(config, context.note);
  context.meanwhile?.();
  return opening;
}

/** With events at the start of calls, paths can't be told by the exit alone. */
function openFilter({ addon, handle }: OpenSensor, config: SensorConfig, context: SourceContext) {
  // What other rules had left out is told again.
  addon.leaveOut(handle, Buffer.alloc(0));
  const isWanted = context.filter !== undefined && !config.enterEvents;
  if (!addon.filter(handle, isWanted) || !isWanted) return undefined;
  return new KernelFilter(addon, handle, context.filter);
}

async function pump(state: Pump) {
  const { context } = state;
  const { addon, handle, reader, wakeup, drops } = state.sensor;
  let nextCheck = 0;
  let nextTrim = performance.now() + firstTrimMs;
  const check = (): void => {
    const now = performance.now();
    if (now < nextCheck) return;
    nextCheck = now + dropCheckMs;
    drops.report(context.sink, state.critical);
    state.filter?.count();
    const step = addon.followClock(handle, clockStepMs);
    if (step !== 0) {
      context.sink.clockSet?.(step);
      context.note?.("the machine's clock was set: events are told by it from now on", { seconds: step / 1000 });
    }
    if (now < nextTrim) return;
    nextTrim = now + trimEveryMs;
    addon.trim();
  };
  context.signal.addEventListener('abort', wakeup.ready);
  const tick = setInterval(check, dropCheckMs);
  try {
    while (!context.signal.aborted) {
      const handled = reader.drain(context.sink, batchBytes);
      state.filter?.update();
      check();
      if (handled > 0) await context.batchEnd();
      if (handled < batchBytes / 2) {
        const ready = wakeup.wait();
        addon.arm(handle);
        if (!context.signal.aborted) await ready;
      } else {
        // More is waiting; others get their turn first.
        await othersTurn();
      }
    }
    // What waits now is handed over, but not what goes on coming in meanwhile.
    let left = reader.waiting();
    while (left > 0) {
      const handled = reader.drain(context.sink, Math.min(left, batchBytes));
      if (handled === 0) break;
      left -= handled;
      await context.batchEnd();
    }
    drops.report(context.sink, state.critical);
    state.filter?.count();
  } finally {
    clearInterval(tick);
    context.signal.removeEventListener('abort', wakeup.ready);
  }
}

/**
 * Loads the sensor, or goes on with the one of the session before; hands over the state of the machine and then its events
 * until the signal stops it.
 */
export async function runSensor(config: SensorConfig, context: SourceContext): Promise<void> {
  const held = heldSensor(context);
  if (held?.fits(config) === true) return runOpened(held, config, context);
  try {
    const sensor = await openAnew(config, context);
    await runOpened(sensor, config, context, () => {
      // Up to here the one before has gone on: nothing falls between.
      attach(sensor.addon, sensor.handle, held?.handle);
      return held;
    });
  } finally {
    held?.close();
  }
}

/** @param begin has a new sensor begin. @returns one that tells no more. */
async function runOpened(
  sensor: OpenSensor,
  config: SensorConfig,
  context: SourceContext,
  begin?: () => OpenSensor | undefined,
): Promise<void> {
  const { addon, handle, reader } = sensor;
  let unwatch: (() => void) | undefined;
  let endLook: (() => void) | undefined;
  let isKept = false;
  try {
    const filter = openFilter(sensor, config, context);
    const apply = (): Uint8Array => applyInterest(sensor, config, context, filter !== undefined);
    const state: Pump = { sensor, context, critical: apply(), filter };
    unwatch = context.interest?.onChange(() => {
      state.critical = apply();
    });
    // First the events, then the scan: what happens meanwhile waits in the ring, so that nothing falls between.
    const before = begin?.();
    context.hasPrograms?.(() => addon.programs(handle));
    const listing = readListing(addon.list(handle));
    const scan = new ProcReader(config.hostRoot).scan(() => reader.setAside());
    context.sink.snapshot(completeSnapshot(scan, listing));
    if (before !== undefined) await finish(before, context);
    endLook = watchRealtime((...said) => context.note?.(...said));
    await pump(state);
    if (context.hold?.isFollowed === true) {
      context.hold.keep(sensor, () => sensor.close());
      isKept = true;
    }
  } finally {
    endLook?.();
    unwatch?.();
    if (!isKept) sensor.close();
  }
}
