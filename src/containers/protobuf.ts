/**
 * The little of protobuf's wire format that the interfaces of container engines need. What a message holds is said by a
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

/** Fields of a message to send: texts, numbers, or messages made by this function. Values of 0 and '' are left out, as the format has it. */
export function encodeMessage(fields: Readonly<Record<number, string | number | Buffer>>): Buffer {
  const parts: Buffer[] = [];
  for (const [number, value] of Object.entries(fields)) {
    if (typeof value === 'number') {
      if (value !== 0) parts.push(varint(Number(number) * 8 + wire.varint), varint(value));
      continue;
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (typeof value === 'string' && bytes.length === 0) continue;
    parts.push(varint(Number(number) * 8 + wire.bytes), varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
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
