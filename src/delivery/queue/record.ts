import { crc32 } from 'node:zlib';

// A record, little endian: magic u32, length of what follows the CRC u32, CRC-32 of that u32, sequence u48, time u48,
// priority u8, length of the target u8, target, JSON. The magic is where reading goes on after damage; its first byte is
// in no UTF-8 text, so no alert can hold one.
const magic = Buffer.from('\xffSKR', 'latin1');
const prefixSize = 12;
const headSize = 14;
/** Before the first record: the format and its version. */
export const fileHeader = Buffer.from('SAKERQ1\n', 'latin1');
/** Longer ones are damage. */
const longest = 64 * 2 ** 20;

/** A record as it lies in a file. */
interface RawRecord {
  readonly sequence: number;
  readonly time: number;
  readonly priority: number;
  readonly target: string | undefined;
  /** A view of the buffer it was read from. */
  readonly json: Buffer;
}

/** Bytes that a record takes at most. */
export function recordBound(json: string, target: string | undefined): number {
  return prefixSize + headSize + 255 + json.length * 3 + (target === undefined ? 0 : 1);
}

/** Writes a record; there has to be room for `recordBound` bytes. The offset behind it. */
export function writeRecord(
  into: Buffer,
  at: number,
  entry: { sequence: number; time: number; priority: number; target: string | undefined },
  json: string,
): number {
  const body = at + prefixSize;
  into.writeUIntLE(entry.sequence, body, 6);
  into.writeUIntLE(entry.time, body + 6, 6);
  into[body + 12] = entry.priority;
  const targetLength = entry.target === undefined ? 0 : into.write(entry.target, body + headSize, 255);
  into[body + 13] = targetLength;
  const start = body + headSize + targetLength;
  const end = start + into.write(json, start);
  into.set(magic, at);
  into.writeUInt32LE(end - body, at + 4);
  into.writeUInt32LE(crc32(into.subarray(body, end)), at + 8);
  return end;
}

/** What is at a place of a file. */
export type Scanned =
  | { readonly kind: 'record'; readonly record: RawRecord; readonly end: number }
  /** The record goes on beyond the buffer: `need` bytes from its start. */
  | { readonly kind: 'more'; readonly need: number }
  /** No record: the next one may start at `next`. */
  | { readonly kind: 'damage'; readonly next: number };

export function readRecord(from: Buffer, at: number): Scanned {
  if (from.length - at < prefixSize + headSize) return { kind: 'more', need: prefixSize + headSize };
  if (from.compare(magic, 0, 4, at, at + 4) !== 0) return damage(from, at);
  const length = from.readUInt32LE(at + 4);
  if (length < headSize || length > longest) return damage(from, at);
  const body = at + prefixSize;
  const end = body + length;
  if (end > from.length) return { kind: 'more', need: prefixSize + length };
  if (crc32(from.subarray(body, end)) !== from.readUInt32LE(at + 8)) return damage(from, at);
  const targetLength = from[body + 13]!;
  const start = body + headSize + targetLength;
  if (start > end) return damage(from, at);
  const record: RawRecord = {
    sequence: from.readUIntLE(body, 6),
    time: from.readUIntLE(body + 6, 6),
    priority: Math.min(from[body + 12]!, 7),
    target: targetLength === 0 ? undefined : from.toString('utf8', body + headSize, start),
    json: from.subarray(start, end),
  };
  return { kind: 'record', record, end };
}

function damage(from: Buffer, at: number): Scanned {
  const next = from.indexOf(magic, at + 1);
  // The magic's own beginning may be at the very end.
  return { kind: 'damage', next: next < 0 ? Math.max(at + 1, from.length - magic.length + 1) : next };
}

/** What a whole file holds. */
export interface Scan {
  readonly records: readonly { readonly sequence: number; readonly time: number }[];
  /** Where what was written ends: there may be zeros behind it, which are to be written over. */
  readonly size: number;
  readonly damaged: number;
  readonly damagedBytes: number;
}

/** Whether nothing was written from here on. */
function isBlank(bytes: Buffer, at: number): boolean {
  for (let i = at; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Looks through a file's bytes: everything that is whole is found, whatever lies between. */
export function scanFile(bytes: Buffer): Scan {
  const records: { sequence: number; time: number }[] = [];
  let damaged = 0;
  let damagedBytes = 0;
  let inDamage = false;
  let at = bytes.subarray(0, fileHeader.length).equals(fileHeader) ? fileHeader.length : 0;
  while (at < bytes.length) {
    const scanned = readRecord(bytes, at);
    if (scanned.kind === 'record') {
      records.push({ sequence: scanned.record.sequence, time: scanned.record.time });
      at = scanned.end;
      inDamage = false;
      continue;
    }
    if (isBlank(bytes, at)) break;
    // Also a length that leads beyond the end: a torn record, or a damaged length with good records behind it.
    const found = bytes.indexOf(magic, at + 1);
    const next = found < 0 ? bytes.length : found;
    if (!inDamage) damaged++;
    inDamage = true;
    damagedBytes += next - at;
    at = next;
  }
  return { records, size: at, damaged, damagedBytes };
}
