/** Data that contradicts the capture format: what is wrong, and where in the buffer at hand. */
export class Damage extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads the fields of a block one after the other and never leaves it. @throws Damage where a field crosses the end. */
export class ByteReader {
  readonly bytes: Buffer;
  readonly view: DataView;
  at: number;
  end: number;

  constructor(bytes: Buffer, view: DataView, at: number, end: number) {
    this.bytes = bytes;
    this.view = view;
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  /** Moves on and returns where the field starts. */
  skip(size: number, what: string): number {
    const start = this.at;
    if (size > this.end - start) throw new Damage(`${what} needs ${size} bytes, ${this.end - start} are left`, start);
    this.at = start + size;
    return start;
  }

  u8(what: string): number {
    return this.view.getUint8(this.skip(1, what));
  }

  u16(what: string): number {
    return this.view.getUint16(this.skip(2, what), true);
  }

  u32(what: string): number {
    return this.view.getUint32(this.skip(4, what), true);
  }

  /** Signed, as a double: exact to 2^53. */
  i64(what: string): number {
    const at = this.skip(8, what);
    return this.view.getInt32(at + 4, true) * 4294967296 + this.view.getUint32(at, true);
  }

  big64(what: string): bigint {
    return this.view.getBigUint64(this.skip(8, what), true);
  }

  /** Unsigned: a number up to 2^53, a bigint beyond. */
  u64(what: string): number | bigint {
    const at = this.skip(8, what);
    const value = this.view.getUint32(at + 4, true) * 4294967296 + this.view.getUint32(at, true);
    return value <= Number.MAX_SAFE_INTEGER ? value : this.view.getBigUint64(at, true);
  }

  raw(size: number, what: string): string {
    const at = this.skip(size, what);
    return this.bytes.latin1Slice(at, at + size);
  }

  /** u16 length and that many bytes. */
  text(max: number, what: string): string {
    const start = this.at;
    const size = this.u16(what);
    if (size > max) throw new Damage(`${what} is ${size} bytes long, at most ${max} are allowed`, start);
    return this.raw(size, what);
  }
}

/**
 * Bounds the memory that the header blocks of one section may take, however small the file that makes them: counted in
 * units of about 64 bytes.
 */
export class Budget {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  /** @throws Damage when nothing is left */
  take(units: number, at: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new Damage('the state at the head of this section is larger than any machine has', at);
  }
}
