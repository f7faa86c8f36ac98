import { gunzipSync } from 'node:zlib';
import { blockKinds } from '../src/capture/block-types.ts';

/** Most bytes that a compressed input is unpacked to before it is changed. */
const maxUnpacked = 1 << 20;
const eventTypes = [...blockKinds].filter(([, { kind }]) => kind === 'event').map(([type]) => type);
const flagTypes = new Set([0x208, 0x217, 0x222]);

export function isEvent(block: Buffer): boolean {
  return block.length >= 40 && eventTypes.includes(block.readUInt32LE(0));
}

/** Where the event header lies in an event block. */
export function headerAt(block: Buffer): number {
  return flagTypes.has(block.readUInt32LE(0)) ? 14 : 10;
}

/** The capture without its compression, as far as it can be unpacked. */
export function unpacked(capture: Buffer): Buffer {
  if (capture[0] !== 0x1f || capture[1] !== 0x8b) return capture;
  try {
    return gunzipSync(capture, { maxOutputLength: maxUnpacked });
  } catch {
    return capture;
  }
}

/** A capture cut at its blocks; from the first length that makes no sense on, the rest is one piece. */
export function splitBlocks(capture: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = 0;
  while (capture.length - at >= 12) {
    const length = capture.readUInt32LE(at + 4);
    if (length < 12 || length > capture.length - at) break;
    blocks.push(Buffer.from(capture.subarray(at, at + length)));
    at += length;
  }
  if (at < capture.length) blocks.push(Buffer.from(capture.subarray(at)));
  return blocks;
}

/** A block with other content: its lengths put right. */
function withBody(block: Buffer, body: Buffer): Buffer {
  const total = (body.length + 12 + 3) & ~3;
  const made = Buffer.alloc(total);
  block.copy(made, 0, 0, 4);
  made.writeUInt32LE(total, 4);
  body.copy(made, 8);
  made.writeUInt32LE(total, total - 4);
  return made;
}

/** Entries of a process list (version 9: each begins with its length) or, of a list of descriptors, the tid in front. */
function listedTid(block: Buffer, at: number): number {
  return block.length >= at + 8 ? block.readUInt32LE(at) : -1;
}

const processList = 0x215;
const fdList = 0x218;

function keptProcesses(block: Buffer, keep: (tid: number) => boolean): Buffer {
  const entries: Buffer[] = [];
  for (let at = 8; at + 4 < block.length - 4; ) {
    const size = block.readUInt32LE(at);
    const end = at + 4 + size;
    if (size < 12 || end > block.length - 4) break;
    if (keep(listedTid(block, at + 4))) entries.push(block.subarray(at, end));
    at = end;
  }
  return withBody(block, Buffer.concat(entries));
}

/**
 * A small capture out of a large one: `count` events from `from` on, and of the state at the head only what belongs to
 * their threads.
 */
export function excerpt(blocks: readonly Buffer[], from: number, count: number): Buffer {
  const events = blocks.filter(isEvent).slice(from, from + count);
  const tids = new Set(events.map((block) => block.readUInt32LE(headerAt(block) + 8)));
  const keep = (tid: number): boolean => tids.has(tid) || tid < 4;
  const head = blocks
    .filter((block) => !isEvent(block))
    .flatMap((block) => {
      const type = block.readUInt32LE(0);
      if (type === processList) return [keptProcesses(block, keep)];
      return type === fdList && !keep(listedTid(block, 8)) ? [] : [block];
    });
  return Buffer.concat([...head, ...events]);
}
