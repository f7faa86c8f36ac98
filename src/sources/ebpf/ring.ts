import type { EventSink } from '../../model/source.ts';
import type { SensorAddon, SensorHandle } from './addon.ts';

const headerSize = 8;
const discardBit = 0x40000000;
const lengthMask = 0x3fffffff;
/** Block type, block length, cpu: what precedes the event header in a block. */
const prefixSize = 10;

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

  constructor(addon: SensorAddon, handle: SensorHandle, data: ArrayBuffer) {
    this.#addon = addon;
    this.#handle = handle;
    this.#bytes = Buffer.from(data);
    this.#view = new DataView(data);
    this.#mask = data.byteLength / 2 - 1;
  }

  /** Hands over complete records of about `limit` bytes and gives their memory back. @returns the bytes handled. */
  drain(sink: EventSink, limit: number): number {
    const size = this.#addon.claim(this.#handle, limit);
    if (size === 0) return 0;
    const view = this.#view;
    const end = this.#at + size;
    let at = this.#at;
    try {
      while (at < end) {
        const length = view.getUint32(at, true);
        if ((length & discardBit) === 0) {
          const header = at + headerSize + prefixSize;
          sink.event(this.#bytes, view, header, view.getUint16(header - 2, true));
        }
        at += (headerSize + (length & lengthMask) + 7) & ~7;
      }
    } finally {
      this.#at = end & this.#mask;
      this.#addon.release(this.#handle, size);
    }
    return size;
  }
}
