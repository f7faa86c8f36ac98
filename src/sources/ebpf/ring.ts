import type { EventSink } from '../../model/source.ts';
import type { SensorAddon, SensorHandle } from './addon.ts';

const headerSize = 8;
const discardBit = 0x40000000;
const lengthMask = 0x3fffffff;
/** Block type, block length, cpu: what precedes the event header in a block. */
const prefixSize = 10;
/** Bytes that may lie aside while the machine is scanned. */
const mostAside = 256 * 1024 * 1024;

/** Pairs of place and size in a claim; what does not fit waits for the next. */
const mostRuns = 16_384;

/**
 * Reads the rings in place, in the order of time. The data of each are mapped twice in a row, so that a record never
 * wraps. Each record is a capture block behind the ring's own header of 8 bytes (u32 length with two flags, u32 unused),
 * padded to 8 bytes.
 */
export class RingReader {
  readonly #addon: SensorAddon;
  readonly #handle: SensorHandle;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #runs = new Uint32Array(2 * mostRuns);
  /** Records that were copied out of the rings, in order. */
  readonly #aside: Buffer[] = [];
  #asideBytes = 0;

  constructor(addon: SensorAddon, handle: SensorHandle, data: ArrayBuffer) {
    this.#addon = addon;
    this.#handle = handle;
    this.#bytes = Buffer.from(data);
    this.#view = new DataView(data);
  }

  /**
   * Copies what waits in the rings out of them, so that the kernel has room while no one can take events yet. The next
   * drain() hands it over first. Does nothing while the rings are nearly empty, or when too much lies aside already.
   */
  setAside(): void {
    const waiting = this.#addon.waiting(this.#handle);
    if (waiting < this.#bytes.length / 16 || this.#asideBytes + waiting > mostAside) return;
    const count = this.#addon.claim(this.#handle, waiting, this.#runs);
    let total = 0;
    for (let i = 0; i < count; i++) total += this.#runs[2 * i + 1]!;
    // One piece: where processors take turns, a run is a single record, and each would be a batch of its own.
    const copy = Buffer.allocUnsafeSlow(total);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const at = this.#runs[2 * i]!;
      end += this.#bytes.copy(copy, end, at, at + this.#runs[2 * i + 1]!);
    }
    this.#aside.push(copy);
    this.#asideBytes += total;
    this.#addon.release(this.#handle);
  }

  /** Bytes that drain() could hand over now, or soon. */
  waiting(): number {
    return this.#asideBytes + this.#addon.waiting(this.#handle);
  }

  /** Hands over complete records of about `limit` bytes and gives their memory back. @returns the bytes handled. */
  drain(sink: EventSink, limit: number): number {
    const aside = this.#aside.shift();
    if (aside !== undefined) {
      this.#asideBytes -= aside.length;
      handOver(sink, aside, new DataView(aside.buffer, aside.byteOffset, aside.length), 0, aside.length);
      return aside.length;
    }
    const count = this.#addon.claim(this.#handle, limit, this.#runs);
    let handled = 0;
    try {
      for (let i = 0; i < count; i++) {
        const at = this.#runs[2 * i]!;
        const size = this.#runs[2 * i + 1]!;
        handOver(sink, this.#bytes, this.#view, at, at + size);
        handled += size;
      }
    } finally {
      if (count > 0) this.#addon.release(this.#handle);
    }
    return handled;
  }
}

function handOver(sink: EventSink, bytes: Buffer, view: DataView, start: number, end: number): void {
  let at = start;
  while (at < end) {
    const length = view.getUint32(at, true);
    if ((length & discardBit) === 0) {
      const header = at + headerSize + prefixSize;
      sink.event(bytes, view, header, view.getUint16(header - 2, true));
    }
    at += (headerSize + (length & lengthMask) + 7) & ~7;
  }
}
