import { eventByCode, type EventInfo, type ParamInfo } from '../model/event-table.ts';
import { blockType, eventHeaderSize, headerOffset, headerOffsetFlags, maxEventParams } from './block-types.ts';
import { encodeValue, type ParamValue } from './encode-value.ts';

export type { ParamValue } from './encode-value.ts';

export interface EventContent {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly tid: number;
  readonly cpu?: number;
  /** Makes a block with flags. */
  readonly flags?: number;
  /** By parameter name; what is missing is empty, which means unknown. */
  readonly values?: Readonly<Record<string, ParamValue>>;
  /** Writes only the first parameters of the table, as older versions did. */
  readonly count?: number;
}

/**
 * One event as a whole block of a capture, its header at {@link encodedHeader}: for tests and for events that Saker makes itself.
 * @throws RangeError for a name that the event doesn't have or a value that doesn't fit its type, naming both
 */
export function encodeEvent(event: EventInfo | string, content: EventContent): Buffer {
  const info = typeof event === 'string' ? eventByCode(event) : event;
  const values = content.values ?? {};
  const params = info.params.slice(0, content.count ?? maxEventParams);
  for (const name of Object.keys(values)) {
    if (params.some((param) => param.name === name)) continue;
    throw new RangeError(`${info.code} has no parameter ${name}; it has ${params.map((p) => p.name).join(', ')}`);
  }
  const encoded = params.map((param) => encodeParam(info, param, values[param.name]));
  const isFlagged = content.flags !== undefined;
  const start = isFlagged ? headerOffsetFlags : headerOffset;
  const lengthSize = info.isLarge ? 4 : 2;
  const len = eventHeaderSize + encoded.reduce((sum, value) => sum + lengthSize + value.length, 0);
  const total = (start + len + 4 + 3) & ~3;
  const block = Buffer.alloc(total);
  block.writeUInt32LE(typeOf(info, isFlagged), 0);
  block.writeUInt32LE(total, 4);
  block.writeUInt16LE(content.cpu ?? 0, 8);
  if (content.flags !== undefined) block.writeUInt32LE(content.flags, 10);
  block.writeBigUInt64LE(content.time, start);
  block.writeBigUInt64LE(BigInt.asUintN(64, BigInt(content.tid)), start + 8);
  block.writeUInt32LE(len, start + 16);
  block.writeUInt16LE(info.id, start + 20);
  block.writeUInt32LE(params.length, start + 22);
  let at = start + eventHeaderSize;
  for (const value of encoded) {
    if (info.isLarge) block.writeUInt32LE(value.length, at);
    else block.writeUInt16LE(value.length, at);
    at += lengthSize;
  }
  for (const value of encoded) at += value.copy(block, at);
  block.writeUInt32LE(total, total - 4);
  return block;
}

/** Offset of the event header in a block that {@link encodeEvent} made. */
export function encodedHeader(block: Buffer): number {
  const type = block.readUInt32LE(0);
  return type === blockType.eventFlags || type === blockType.eventLargeFlags ? headerOffsetFlags : headerOffset;
}

function typeOf(info: EventInfo, isFlagged: boolean): number {
  if (info.isLarge) return isFlagged ? blockType.eventLargeFlags : blockType.eventLarge;
  return isFlagged ? blockType.eventFlags : blockType.event;
}

function encodeParam(info: EventInfo, param: ParamInfo, value: ParamValue): Buffer {
  try {
    const bytes = encodeValue(param, value);
    if (bytes.length > 0xffff && !info.isLarge) throw new RangeError(`${bytes.length} bytes are more than 65535`);
    return bytes;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(`${info.code} ${param.name} (${param.type}): ${error.message}`, { cause: error });
  }
}
