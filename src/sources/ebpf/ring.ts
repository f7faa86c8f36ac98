import type { EventSink } from '../../model/source.ts';
import type { SensorAddon, SensorHandle } from './addon.ts';

const headerSize = 8;
const discardBit = 0x40000000;
const lengthMask = 0x3fffffff;
/** Block type, block length, cpu: what precedes the event header in a block. */
const prefixSize = 10;
/** Bytes that may lie aside while the machine is scanned. */
const mostAside = 256 * 1024 * 1024;

/**
 * Reads the ring in place. Its data are mapped twice in a row, so that a record never wraps. Each record is a capture
 * block behind the ring's own header of 8 bytes (u32 length with two flags, u32 unused), padded to 8 bytes.
 */
export class RingReader {
  readonly #addon: SensorAddon;
  readonly #handle: SensorHandle;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #mask: number;
  /** Offset of the next record in the ring. */
  #at = 0;
  /** Records that were copied out of the ring, in order. */
  readonly #aside: Buffer[] = [];
  #asideBytes = 0;

  constructor(addon: SensorAddon, handle: SensorHandle, data: ArrayBuffer) {
    this.#addon = addon;
    this.#handle = handle;
    this.#bytes = Buffer.from(data);
    this.#view = new DataView(data);
    this.#mask = data.byteLength / 2 - 1;
  }

  /**
   * Copies what waits in the ring out of it, so that the kernel has room while no one can take events yet. The next
   * drain() hands it over first. Does nothing while the ring is nearly empty, or when too much lies aside already.
   */
  setAside(): void {
    const size = this.#addon.claim(this.#handle, this.#mask + 1);
    if (size < this.#mask / 8 || this.#asideBytes + size > mostAside) return;
    this.#aside.push(Buffer.from(this.#bytes.subarray(this.#at, this.#at + size)));
    this.#asideBytes += size;
    this.#release(size);
  }

  /** Bytes that drain() could hand over now. */
  waiting(): number {
    return this.#asideBytes + this.#addon.claim(this.#handle, this.#mask + 1);
  }

  /** Hands over complete records of about `limit` bytes and gives their memory back. @returns the bytes handled. */
  drain(sink: EventSink, limit: number): number {
    const aside = this.#aside.shift();
    if (aside !== undefined) {
      this.#asideBytes -= aside.length;
      handOver(sink, aside, new DataView(aside.buffer, aside.byteOffset, aside.length), 0, aside.length);
      return aside.length;
    }
    const size = this.#addon.claim(this.#handle, limit);
    if (size === 0) return 0;
    try {
      handOver(sink, this.#bytes, this.#view, this.#at, this.#at + size);
    } finally {
      this.#release(size);
    }
    return size;
  }

  #release(size: number): void {
    this.#at = (this.#at + size) & this.#mask;
    this.#addon.release(this.#handle, size);
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
