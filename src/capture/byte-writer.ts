/** Appends the fields of a block; grows as needed. */
export class ByteWriter {
  #bytes: Buffer = Buffer.alloc(1 << 12);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  #reserve(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(this.#at, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }

  u8(value: number): void {
    const at = this.#reserve(1);
    this.#bytes.writeUInt8(value & 0xff, at);
  }

  u16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16LE(value & 0xffff, at);
  }

  u32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value >>> 0, at);
  }

  /** Both signed and unsigned values; of numbers that are no integer the whole part. */
  u64(value: number | bigint): void {
    const at = this.#reserve(8);
    this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(Math.trunc(value))), at);
  }

  /** A byte string, cut or filled with NULs to `size`. */
  raw(text: string, size: number): void {
    const at = this.#reserve(size);
    const used = this.#bytes.latin1Write(text, at, size);
    this.#bytes.fill(0, at + used, at + size);
  }

  /** u16 length and the bytes, cut to `max`. */
  text(text: string, max: number): void {
    const size = Math.min(text.length, max);
    this.u16(size);
    this.raw(text, size);
  }

  setU32(value: number, at: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}
