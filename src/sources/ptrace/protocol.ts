import { syscallSlots, tracepoints } from '../linux/interest.ts';

// What Saker and its tracer say to each other; native/tracer/protocol.h names the same things.

/** Block type of events, as in a capture file. */
const eventType = 0x216;
/** Messages of the tracer. */
const fromTracer = { ready: 1, ended: 2, failed: 3 } as const;
/** Messages to the tracer. */
const toTracer = { settings: 1, go: 2, interest: 3, signal: 4, end: 5 } as const;
/** Block type, block length, cpu: what precedes the event header in a block. */
const prefixSize = 10;
const headSize = 8;
const interestSize = syscallSlots + 4;
/** Blocks hold one event, of less than 64 KB; a message has the ids of all processes. */
const longestFrame = 64 * 1024 * 1024;

/** Where the tracer failed; their order is that of `enum step`. */
export const failedSteps = ['find', 'execute', 'launch', 'trace'] as const;
export type FailedStep = (typeof failedSteps)[number];

/** What a tracer tells beside events. */
export interface TracerMessages {
  /** An event block that begins at `at`. */
  event(bytes: Buffer, view: DataView, header: number, cpu: number): void;
  /** The tree stands still; these are its processes. */
  ready(pids: readonly number[]): void;
  /** All is over; `status` is that of the command, as wait(2) has it. */
  ended(status: number | undefined): void;
  failed(step: FailedStep, errno: number): void;
}

/** Takes what comes from the tracer apart, in whatever pieces it comes. */
export class FrameReader {
  readonly #messages: TracerMessages;
  #rest: Buffer = Buffer.alloc(0);

  constructor(messages: TracerMessages) {
    this.#messages = messages;
  }

  /** @throws RangeError on what no tracer says. */
  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (bytes.length - at >= headSize) {
      const length = view.getUint32(at + 4, true);
      if (length < headSize || length > longestFrame) throw new RangeError(`a message of ${length} bytes`);
      if (bytes.length - at < length) break;
      this.#frame(bytes, view, at, length);
      at += length;
    }
    this.#rest = bytes.subarray(at);
  }

  #frame(bytes: Buffer, view: DataView, at: number, length: number): void {
    const type = view.getUint32(at, true);
    const number = (index: number): number => view.getUint32(at + headSize + 4 * index, true);
    const count = (length - headSize) >> 2;
    switch (type) {
      case eventType:
        this.#messages.event(bytes, view, at + prefixSize, view.getUint16(at + headSize, true));
        break;
      case fromTracer.ready:
        this.#messages.ready(Array.from({ length: count }, (_, index) => number(index)));
        break;
      case fromTracer.ended:
        this.#messages.ended(count > 0 ? number(0) : undefined);
        break;
      case fromTracer.failed:
        this.#messages.failed(failedSteps[number(0)] ?? 'trace', number(1));
        break;
      default:
        throw new RangeError(`a message of type ${type}`);
    }
  }
}

function frame(type: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(headSize);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(headSize + content.length, 4);
  return Buffer.concat([head, content]);
}

/** Which calls (by number) and whether ends of processes are wanted. */
export interface TracerInterest {
  readonly bySyscall: Uint8Array;
  readonly exits: boolean;
  /** Bits of what is no system call; of these, a tracer sees signals. */
  readonly tracepoints: number;
}

function interestBytes({ bySyscall, exits, tracepoints: bits }: TracerInterest): Buffer {
  const bytes = Buffer.alloc(interestSize);
  bytes.set(bySyscall);
  bytes.writeUInt8(exits ? 1 : 0, syscallSlots);
  bytes.writeUInt8((bits & (tracepoints['signaldeliver'] ?? 0)) === 0 ? 0 : 1, syscallSlots + 1);
  return bytes;
}

export interface TracerSettings {
  /** Bytes of data that events of sent and received messages keep. */
  readonly snapLength: number;
  /** Milliseconds that events gather. */
  readonly coalesceMs: number;
  readonly enterEvents: boolean;
  /** Have the kernel stop a launched command only at the calls that are wanted. */
  readonly useFilter: boolean;
  readonly interest: TracerInterest;
  readonly genericCodes: Uint16Array;
  readonly fillers: readonly (readonly [number, string])[];
}

/** The first thing a tracer is told. */
export function settingsFrame(settings: TracerSettings): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(settings.snapLength, 0);
  head.writeUInt32LE(settings.coalesceMs, 4);
  head.writeUInt32LE(settings.enterEvents ? 1 : 0, 8);
  head.writeUInt32LE(settings.useFilter ? 1 : 0, 12);
  const codes = Buffer.alloc(2 * syscallSlots);
  settings.genericCodes.forEach((code, index) => codes.writeUInt16LE(code, 2 * index));
  const names = settings.fillers.map(([number, name]) => `${number} ${name}\n`).join('');
  return frame(
    toTracer.settings,
    Buffer.concat([head, interestBytes(settings.interest), codes, Buffer.from(names, 'latin1')]),
  );
}

/** Lets the tree go on. */
export function goFrame(): Buffer {
  return frame(toTracer.go, Buffer.alloc(0));
}

export function interestFrame(interest: TracerInterest): Buffer {
  return frame(toTracer.interest, interestBytes(interest));
}

/** A signal for the command, or for all that is left of it. */
export function signalFrame(signal: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt32LE(signal, 0);
  return frame(toTracer.signal, content);
}

/** Lets go of what was attached to. */
export function endFrame(): Buffer {
  return frame(toTracer.end, Buffer.alloc(0));
}
