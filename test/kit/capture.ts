import { CaptureParser, type CaptureStats } from '../../src/capture/parser.ts';
import type { Snapshot } from '../../src/model/machine.ts';
import type { EventSink } from '../../src/model/source.ts';

/** Puts bytes together field by field, little endian, to build blocks by hand. */
export class Bytes {
  readonly #parts: Buffer[] = [];

  #add(size: number, write: (bytes: Buffer) => void): this {
    const bytes = Buffer.alloc(size);
    write(bytes);
    this.#parts.push(bytes);
    return this;
  }

  u8(...values: number[]): this {
    for (const value of values) this.#add(1, (b) => b.writeUInt8(value));
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.#add(2, (b) => b.writeUInt16LE(value));
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#add(4, (b) => b.writeUInt32LE(value));
    return this;
  }

  u64(...values: (number | bigint)[]): this {
    for (const value of values) this.#add(8, (b) => b.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value))));
    return this;
  }

  raw(...values: (string | Buffer)[]): this {
    for (const value of values) this.#parts.push(typeof value === 'string' ? Buffer.from(value, 'latin1') : value);
    return this;
  }

  /** u16 length and the text, as lists hold it. */
  str(...values: string[]): this {
    for (const value of values) this.u16(value.length).raw(value);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export function bytes(): Bytes {
  return new Bytes();
}

/** A block with its frame and padding. */
export function block(type: number, body: Buffer | Bytes): Buffer {
  const content = Buffer.isBuffer(body) ? body : body.done();
  const total = (content.length + 12 + 3) & ~3;
  const padding = Buffer.alloc(total - 12 - content.length);
  return bytes().u32(type, total).raw(content, padding).u32(total).done();
}

export function sectionHeader(magic = 0x1a2b3c4d, major = 1): Buffer {
  return block(0x0a0d0d0a, bytes().u32(magic).u16(major, 2).u64(-1));
}

export interface Collected extends EventSink {
  readonly snapshots: Snapshot[];
  /** Of each event a copy of its header, lengths and values. */
  readonly collected: Buffer[];
  readonly cpus: number[];
  readonly losses: [number, string][];
}

/** A sink that keeps everything. */
export function collector(): Collected {
  const snapshots: Snapshot[] = [];
  const collected: Buffer[] = [];
  const cpus: number[] = [];
  const losses: [number, string][] = [];
  return {
    snapshots,
    collected,
    cpus,
    losses,
    snapshot: (snapshot) => void snapshots.push(snapshot),
    event(memory, view, header, cpu) {
      collected.push(Buffer.from(memory.subarray(header, header + view.getUint32(header + 16, true))));
      cpus.push(cpu);
    },
    lost: (count, reason) => void losses.push([count, reason]),
  };
}

export interface Parsed {
  readonly sink: Collected;
  readonly stats: CaptureStats;
  /** What the parser threw, if it did. */
  readonly error: unknown;
}

/** Parses a capture in pieces of a size (by default in one). */
export function parseCapture(capture: Buffer, pieceSize = Math.max(capture.length, 1)): Parsed {
  const sink = collector();
  const parser = new CaptureParser(sink, (offset) => `test.scap@${offset}`);
  let error: unknown;
  try {
    for (let at = 0; at < capture.length; at += pieceSize) parser.push(capture.subarray(at, at + pieceSize));
    parser.finish();
  } catch (thrown) {
    error = thrown;
  }
  return { sink, stats: parser.stats, error };
}
