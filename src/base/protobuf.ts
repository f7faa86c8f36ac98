/**
 * The little of protobuf's wire format that the interfaces of container engines and receivers of alerts need. What a message holds is said by a
 * table: decoding goes no deeper than that, so that no answer can make it recurse without end.
 */

/** Kinds of fields; `map` is map<string, string>. Enumerations are integers. */
type FieldKind = 'text' | 'integer' | 'map' | MessageShape | readonly [MessageShape];

/** Fields of a message by their numbers. */
export interface MessageShape {
  readonly [number: number]: readonly [name: string, kind: FieldKind];
}

/** A decoded message: fields that are absent or of another wire type than the table says are left out. */
export type Message = Record<string, unknown>;

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const maxItems = 16_384;
const pair: MessageShape = { 1: ['key', 'text'], 2: ['value', 'text'] };

/** Bytes that are no protobuf message. */
class ProtobufError extends Error {}

class Cursor {
  at: number;
  readonly end: number;
  readonly bytes: Buffer;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Integers beyond 2^53 lose their last digits. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) throw new ProtobufError('a message ends within a number');
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new ProtobufError('a number is longer than 10 bytes');
  }

  /** Start of the next `size` bytes, which are stepped over. */
  take(size: number): number {
    const start = this.at;
    if (size > this.end - start) throw new ProtobufError('a message ends within a field');
    this.at = start + size;
    return start;
  }

  skip(type: number): void {
    if (type === wire.varint) this.varint();
    else if (type === wire.fixed64) this.take(8);
    else if (type === wire.fixed32) this.take(4);
    else if (type === wire.bytes) this.take(this.varint());
    else throw new ProtobufError(`unknown wire type ${type}`);
  }
}

/** @throws ProtobufError */
export function decodeMessage(bytes: Buffer, shape: MessageShape): Message {
  return decode(new Cursor(bytes, 0, bytes.length), shape);
}

function decode(cursor: Cursor, shape: MessageShape): Message {
  const message: Message = {};
  while (cursor.at < cursor.end) {
    const key = cursor.varint();
    const type = key % 8;
    const field = shape[Math.floor(key / 8)];
    if (field === undefined || (type === wire.varint) !== (field[1] === 'integer') || isFixed(type)) {
      cursor.skip(type);
    } else if (field[1] === 'integer') {
      message[field[0]] = cursor.varint();
    } else {
      const start = cursor.take(cursor.varint());
      addBytes(message, field[0], field[1], new Cursor(cursor.bytes, start, cursor.at));
    }
  }
  return message;
}

function isFixed(type: number): boolean {
  return type !== wire.varint && type !== wire.bytes;
}

function addBytes(message: Message, name: string, kind: Exclude<FieldKind, 'integer'>, inner: Cursor): void {
  if (kind === 'text') {
    message[name] = inner.bytes.toString('utf8', inner.at, inner.end);
  } else if (kind === 'map') {
    const { key, value } = decode(inner, pair);
    const map = (message[name] ??= new Map<string, string>()) as Map<string, string>;
    if (map.size < maxItems) map.set(textOr(key), textOr(value));
  } else if (isList(kind)) {
    const list = (message[name] ??= []) as Message[];
    if (list.length < maxItems) list.push(decode(inner, kind[0]));
  } else {
    message[name] = decode(inner, kind);
  }
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isList(kind: MessageShape | readonly [MessageShape]): kind is readonly [MessageShape] {
  return Array.isArray(kind);
}

/** An unsigned integer of 64 bits in 8 bytes (fixed64), or a double. */
export class Fixed64 {
  readonly bytes: Buffer;

  constructor(value: bigint | number) {
    this.bytes = Buffer.alloc(8);
    if (typeof value === 'bigint') this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    else this.bytes.writeDoubleLE(value);
  }
}

type Encodable = string | number | bigint | Buffer | Fixed64;

/**
 * Fields of a message to send: texts, integers (negative ones as int64 has them), or messages made by this function; lists for
 * fields that are repeated. Values of 0 and '' are left out, as the format has it.
 */
export function encodeMessage(fields: Readonly<Record<number, Encodable | readonly Encodable[]>>): Buffer {
  const parts: Buffer[] = [];
  for (const [number, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? (value as readonly Encodable[]) : [value as Encodable]) {
      encodeField(parts, Number(number), item);
    }
  }
  return Buffer.concat(parts);
}

function encodeField(parts: Buffer[], number: number, value: Encodable): void {
  if (value instanceof Fixed64) {
    parts.push(varint(number * 8 + wire.fixed64), value.bytes);
  } else if (typeof value === 'bigint' || (typeof value === 'number' && value < 0)) {
    parts.push(varint(number * 8 + wire.varint), longVarint(BigInt.asUintN(64, BigInt(value))));
  } else if (typeof value === 'number') {
    if (value !== 0) parts.push(varint(number * 8 + wire.varint), varint(value));
  } else {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (typeof value === 'string' && bytes.length === 0) return;
    parts.push(varint(number * 8 + wire.bytes), varint(bytes.length), bytes);
  }
}

function longVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) + 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
