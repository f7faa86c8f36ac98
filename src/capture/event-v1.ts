import { eventByCode, events } from '../model/event-table.ts';
import { blockType, eventHeaderSize, eventHeaderSizeV1, headerOffset, maxEventBlock } from './block-types.ts';
import { Damage } from './byte-reader.ts';

/** Bytes by which the length in the header of these two events is too large in version 1. */
const surplus = 3;
const surplusCodes = [eventByCode('NOTIFICATION_E').id, eventByCode('INFRASTRUCTURE_EVENT_E').id];

/** Finds how many parameters end exactly at `end`; -1 when no number does. */
function deriveCount(view: DataView, lengths: number, end: number, most: number): number {
  for (let count = most; count >= 0; count--) {
    const values = lengths + 2 * count;
    if (values > end) continue;
    let at = values;
    for (let i = 0; i < count; i++) at += view.getUint16(lengths + 2 * i, true);
    if (at === end) return count;
  }
  return -1;
}

/**
 * Writes events of version 1, whose headers lack the parameter count, as blocks of version 2 into a buffer of its own,
 * which it uses again for the next one.
 */
export class V1Rewriter {
  readonly bytes: Buffer = Buffer.alloc(maxEventBlock + 64);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);

  /**
   * Rewrites the event whose header lies at `header`; the block's content ends at `limit`.
   * @returns the offset of the new header in {@link bytes}, or -1 for a code that this version does not know.
   * @throws Damage
   */
  rewrite(bytes: Buffer, view: DataView, header: number, limit: number, cpu: number): number {
    if (limit - header < eventHeaderSizeV1) throw new Damage('an event block is too short for its header', header);
    const code = view.getUint16(header + 20, true);
    const info = events[code];
    const len = view.getUint32(header + 16, true) - (surplusCodes.includes(code) ? surplus : 0);
    if (len < eventHeaderSizeV1 || len > limit - header) {
      throw new Damage(`an event claims ${len} bytes, its block holds ${limit - header}`, header);
    }
    if (info === undefined) return -1;
    const lengths = header + eventHeaderSizeV1;
    const count = deriveCount(view, lengths, header + len, info.params.length);
    if (count < 0)
      throw new Damage(`the parameter lengths of an event (${info.code}) don't add up to its size`, header);
    const total = (headerOffset + len + eventHeaderSize - eventHeaderSizeV1 + 4 + 3) & ~3;
    const out = this.view;
    out.setUint32(0, blockType.event, true);
    out.setUint32(4, total, true);
    out.setUint16(8, cpu, true);
    bytes.copy(this.bytes, headerOffset, header, lengths);
    out.setUint32(headerOffset + 16, len + eventHeaderSize - eventHeaderSizeV1, true);
    out.setUint32(headerOffset + eventHeaderSizeV1, count, true);
    const end =
      headerOffset + eventHeaderSize + bytes.copy(this.bytes, headerOffset + eventHeaderSize, lengths, header + len);
    this.bytes.fill(0, end, total - 4);
    out.setUint32(total - 4, total, true);
    return headerOffset;
  }
}
