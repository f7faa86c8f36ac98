import { type EventInfo, events } from './event-table.ts';
import type { Fd } from './fd.ts';
import type { Thread } from './thread.ts';

const maxParams = 64;
const unknownEvent: EventInfo = {
  id: -1,
  code: 'UNKNOWN',
  name: 'NA',
  isEnter: false,
  category: 0,
  flags: 0,
  isLarge: false,
  params: [],
};

/**
 * The event under judgement: a cursor over the bytes of one event as the kernel side or a capture wrote them.
 * One object is reused for all events, so nothing is allocated per event; what must outlive the event is copied.
 *
 * Text is a "byte string" everywhere inside Saker: one char per byte (latin1), so that it is compared and cut as
 * bytes, whatever the encoding. It becomes UTF-8 only where it leaves Saker (alerts, logs, pages).
 */
export class Event {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** evt.num: counts from 1, in the order of the source. */
  num = 0;
  cpu = 0;
  /** Code of the event: index into the event table. */
  type = 0;
  info: EventInfo = unknownEvent;
  tid = 0;
  /**
   * Nanoseconds since the epoch, as two halves: a double can't hold them and a BigInt per event is too dear. The first
   * value is no small integer, so that the engine does not compile all that reads events anew when one comes that isn't.
   */
  timeLow = 0xffffffff;
  timeHigh = 0;
  paramCount = 0;
  /** Parameter i lies at bytes [starts[i], starts[i+1]). Length 0 means that the value is not known. */
  readonly starts = new Int32Array(maxParams + 1);

  // What the state adds before rules see the event (src/state).
  /** The thread that made the event; null when it is unknown. */
  thread: Thread | null = null;
  /** The descriptor that the event is about, as it is after the event; for a failed open one made for this event only. */
  fd: Fd | null = null;
  /** fd.num: the number of that descriptor, or the negative result of the call that failed to make one. */
  fdNum = -1;
  hasFdNum = false;
  /** The event changed the name of its descriptor (fd.name_changed). */
  fdNameChanged = false;

  /**
   * Points the cursor at an event header (26 bytes: ts u64, tid u64, len u32, type u16, nparams u32; then lengths and
   * values). The caller has checked that `len` bytes are there.
   * @returns whether the event lies within its own length and its type is known; otherwise it must not be used.
   */
  read(bytes: Buffer, view: DataView, at: number, cpu: number): boolean {
    this.bytes = bytes;
    this.view = view;
    this.cpu = cpu;
    this.timeLow = view.getUint32(at, true);
    this.timeHigh = view.getUint32(at + 4, true);
    // Events of no thread have -1. As a signed number it fits where others do: one that does not would make all ids slower.
    this.tid = view.getInt32(at + 8, true);
    const end = at + view.getUint32(at + 16, true);
    const type = view.getUint16(at + 20, true);
    this.type = type;
    const info = events[type];
    if (info === undefined) return false;
    this.info = info;
    this.thread = null;
    this.fd = null;
    this.hasFdNum = false;
    this.fdNameChanged = false;
    const count = view.getUint32(at + 22, true);
    if (count > maxParams) return false;
    this.paramCount = count;
    const starts = this.starts;
    let lengths = at + 26;
    let start = lengths + (info.isLarge ? 4 * count : 2 * count);
    if (start > end) return false;
    starts[0] = start;
    for (let i = 1; i <= count; i++) {
      if (info.isLarge) {
        start += view.getUint32(lengths, true);
        lengths += 4;
      } else {
        start += view.getUint16(lengths, true);
        lengths += 2;
      }
      starts[i] = start;
    }
    return start <= end;
  }

  /** Nanoseconds since the epoch. */
  get time(): bigint {
    return (BigInt(this.timeHigh) << 32n) | BigInt(this.timeLow);
  }

  /** Nanoseconds since the epoch as a double: exact to about 256 ns, for differences and timeouts. */
  get timeApprox(): number {
    return this.timeHigh * 4294967296 + this.timeLow;
  }

  /** Whether parameter i is there and has a value. */
  has(i: number): boolean {
    return i < this.paramCount && this.starts[i + 1]! > this.starts[i]!;
  }

  size(i: number): number {
    return i < this.paramCount ? this.starts[i + 1]! - this.starts[i]! : 0;
  }

  // The readers below take the value of a parameter that has() said is there, or return 0 where it is shorter.
  u8(i: number): number {
    return this.size(i) >= 1 ? this.view.getUint8(this.starts[i]!) : 0;
  }

  u16(i: number): number {
    return this.size(i) >= 2 ? this.view.getUint16(this.starts[i]!, true) : 0;
  }

  u32(i: number): number {
    return this.size(i) >= 4 ? this.view.getUint32(this.starts[i]!, true) : 0;
  }

  i32(i: number): number {
    return this.size(i) >= 4 ? this.view.getInt32(this.starts[i]!, true) : 0;
  }

  /** A signed 64-bit value as a double: exact to 2^53, enough for results, descriptors and process ids. */
  i64(i: number): number {
    if (this.size(i) < 8) return 0;
    const at = this.starts[i]!;
    const high = this.view.getInt32(at + 4, true);
    const low = this.view.getUint32(at, true);
    // Nearly all values: small integers, which arithmetic on doubles would not give back as such.
    if (high === 0) return low;
    return high === -1 && low > 0x7fffffff ? low | 0 : high * 4294967296 + low;
  }

  /** An unsigned 64-bit value as a double: exact to 2^53. */
  u64(i: number): number {
    if (this.size(i) < 8) return 0;
    const at = this.starts[i]!;
    const high = this.view.getUint32(at + 4, true);
    const low = this.view.getUint32(at, true);
    return high === 0 ? low : high * 4294967296 + low;
  }

  /** An unsigned 64-bit value, exact: a bigint beyond 2^53. */
  exact64(i: number): number | bigint {
    const value = this.u64(i);
    return Number.isSafeInteger(value) ? value : this.big64(i);
  }

  /** The same for a signed one. */
  exactI64(i: number): number | bigint {
    const value = this.i64(i);
    return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, this.big64(i));
  }

  big64(i: number): bigint {
    return this.size(i) < 8 ? 0n : this.view.getBigUint64(this.starts[i]!, true);
  }

  /** All bytes of a parameter as a byte string. */
  raw(i: number): string {
    return i < this.paramCount ? this.bytes.latin1Slice(this.starts[i]!, this.starts[i + 1]!) : '';
  }

  /** A NUL-terminated text as a byte string, without the NUL. */
  text(i: number): string {
    if (!this.has(i)) return '';
    const end = this.starts[i + 1]! - 1;
    const last = this.view.getUint8(end) === 0 ? end : end + 1;
    const text = this.bytes.latin1Slice(this.starts[i]!, last);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }
}
