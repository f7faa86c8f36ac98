import { blockStart } from '../../capture/writer.ts';
import type { Snapshot } from '../../model/machine.ts';

/** State of the machine at one moment, as the head of a capture needs it. */
export interface Checkpoint {
  /** Makes the snapshot of that moment. */
  readonly snapshot: () => Snapshot;
  /** Event blocks that complete it: containers, users and groups, for which snapshots have no place. */
  readonly preface: readonly Buffer[];
}

/** Events from a checkpoint on, as whole blocks in their order. */
export interface Past extends Checkpoint {
  readonly pieces: readonly Buffer[];
}

export interface RecentOptions {
  /** Seconds of events that are kept at least, as long as the bytes allow. */
  readonly seconds: number;
  /** Bytes of events that are kept at most. */
  readonly bytes: number;
  readonly checkpoint: () => Checkpoint;
  /** Milliseconds of a clock, when live: checkpoints may then take only a small part of the time. */
  readonly clock?: (() => number) | undefined;
}

const largestPiece = 1 << 18;
/** Time between two checkpoints, in multiples of the time that one took. */
const restFactor = 50;

interface Segment extends Checkpoint {
  /** Time of its first event, nanoseconds since the epoch as a double. */
  readonly start: number;
  readonly pieces: Buffer[];
  bytes: number;
}

/**
 * The last events before now, in bounded memory, with the state of the machine before the first of them. The state can't be
 * taken back in time, so it is kept at checkpoints: events are kept in two segments, each with the state at its
 * start. When the newer one is old or large enough a third begins and the oldest goes.
 */
export class RecentEvents {
  /** How often there was no room for events before the next checkpoint was due: what came before is forgotten. */
  gaps = 0;
  readonly #options: RecentOptions;
  readonly #pieceSize: number;
  #older: Segment | undefined;
  #newer: Segment | undefined;
  /** Where the newest piece is written to. */
  #piece: Buffer = Buffer.alloc(0);
  #used = 0;
  #nextCheckpoint = 0;

  constructor(options: RecentOptions) {
    this.#options = options;
    this.#pieceSize = Math.min(largestPiece, Math.max(4096, options.bytes >> 3));
  }

  /** Forgets everything: the state of the machine is another. */
  clear(): void {
    this.#older = undefined;
    this.#newer = undefined;
    this.#piece = Buffer.alloc(0);
    this.#used = 0;
  }

  /** Keeps one event, as an EventSink gets it. To be called before the state takes note of it. @param time of the event. */
  add(bytes: Buffer, view: DataView, header: number, time: number): void {
    const start = blockStart(view, header);
    if (start < 0) return;
    const size = view.getUint32(start + 4, true);
    if (start + size > bytes.length) return;
    const segment = this.#segmentFor(size, time);
    if (segment === undefined) return;
    if (size > this.#piece.length - this.#used) this.#begin(segment, size);
    bytes.copy(this.#piece, this.#used, start, start + size);
    this.#used += size;
    segment.bytes += size;
  }

  /** What is kept; undefined: nothing. It stays as it is when more is added. */
  get past(): Past | undefined {
    const newer = this.#newer;
    if (newer === undefined) return undefined;
    const first = this.#older ?? newer;
    const pieces = first === newer ? [] : [...first.pieces];
    pieces.push(...newer.pieces.slice(0, -1), this.#piece.subarray(0, this.#used));
    return { snapshot: first.snapshot, preface: first.preface, pieces };
  }

  #segmentFor(size: number, time: number): Segment | undefined {
    const { bytes, seconds } = this.#options;
    const newer = this.#newer;
    if (newer === undefined) return this.#rotate(time);
    const isFull = newer.bytes + size > bytes / 2;
    if (!isFull && time - newer.start < seconds * 1e9) return newer;
    const next = this.#rotate(time);
    if (next !== undefined) return next;
    if (!isFull) return newer;
    // Its share is used up, but the next checkpoint would come too soon: the older segment's share is there too.
    this.#older = undefined;
    if (newer.bytes + size <= bytes) return newer;
    this.gaps++;
    this.clear();
    return undefined;
  }

  #rotate(time: number): Segment | undefined {
    const { clock, checkpoint } = this.#options;
    const now = clock?.() ?? 0;
    if (now < this.#nextCheckpoint) return undefined;
    // What is written to is cut to its length when its segment becomes the older one.
    const pieces = this.#newer?.pieces;
    if (pieces !== undefined && pieces.length > 0) pieces[pieces.length - 1] = this.#piece.subarray(0, this.#used);
    this.#older = this.#newer;
    this.#newer = { ...checkpoint(), start: time, pieces: [], bytes: 0 };
    this.#piece = Buffer.alloc(0);
    this.#used = 0;
    if (clock !== undefined) this.#nextCheckpoint = now + restFactor * (clock() - now);
    return this.#newer;
  }

  #begin(segment: Segment, size: number): void {
    const { pieces } = segment;
    if (pieces.length > 0) pieces[pieces.length - 1] = this.#piece.subarray(0, this.#used);
    this.#piece = Buffer.allocUnsafeSlow(Math.max(this.#pieceSize, size));
    this.#used = 0;
    pieces.push(this.#piece);
  }
}
