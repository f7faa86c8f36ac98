import type { Snapshot } from '../model/machine.ts';
import { type EventSink, SourceError } from '../model/source.ts';
import {
  type BlockKind,
  blockKinds,
  blockType,
  eventHeaderSize,
  headerOffset,
  headerOffsetFlags,
  maxEventBlock,
  maxEventParams,
  maxLargeEventBlock,
  maxMetadataBlock,
  maxSectionBlock,
  sectionMagic,
  sectionMajor,
  swappedMagic,
} from './block-types.ts';
import { Budget, ByteReader, Damage } from './byte-reader.ts';
import { converterResult, EventConverter } from './convert.ts';
import { eventPlan, eventPlans, lengthShifts, paramCounts } from './event-plan.ts';
import { V1Rewriter } from './event-v1.ts';
import { readFdList } from './fd-list.ts';
import { readInterfaceList, readMachineInfo, readUserList } from './machine-blocks.ts';
import { readProcessList, readStartTimes } from './process-list.ts';

/** About 1 GiB, for some 100,000 threads with all that belongs to them. */
const snapshotUnits = 1 << 24;
const bytesPerUnit = 64;
const frameSize = 12;
/** Flag of an event block: who wrote the capture kept the event for the state alone (scap's dump flags). */
const stateOnlyFlag = 1;
const firstCarry = 1 << 16;

/** What was in a capture. */
export interface CaptureStats {
  /** Section headers and later snapshots: more than one in concatenated captures. */
  sections: number;
  /** Events handed over. */
  events: number;
  /** Events of codes that a newer program wrote; skipped. */
  unknownEvents: number;
  /** Events of codes that the format gave up. */
  droppedEvents: number;
  /** Enter events of old captures, whose values go into the exit event. */
  storedEvents: number;
  /** Blocks of kinds that a newer program wrote; skipped. */
  unknownBlocks: number;
}

/**
 * Reads the uncompressed bytes of a capture as they come, in pieces of any size, and drives a sink. Needs no more memory
 * than the largest block, which is bounded. Both methods throw SourceError at damage, when all before it is handed over;
 * after that the parser must not be used again.
 */
export class CaptureParser {
  readonly stats: CaptureStats = {
    sections: 0,
    events: 0,
    unknownEvents: 0,
    droppedEvents: 0,
    storedEvents: 0,
    unknownBlocks: 0,
  };
  readonly #sink: EventSink;
  readonly #place: (offset: number) => string;
  /** Offset in the stream of byte 0 of the buffer being parsed. */
  #base = 0;
  /** The beginning of a block that goes on in the next piece. */
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  /** Header blocks since the last event; null while events come. */
  #snapshot: Snapshot | null = null;
  readonly #units: number;
  #budget: Budget;
  readonly #converter = new EventConverter();
  #rewriter: V1Rewriter | null = null;
  /** Of the event block that is being read. */
  #isForState = false;

  /**
   * `place` makes the beginning of an error message from an offset: the file, and whether it is compressed. `units` bounds
   * the memory of one snapshot.
   */
  constructor(sink: EventSink, place: (offset: number) => string, units = snapshotUnits) {
    this.#sink = sink;
    this.#place = place;
    this.#units = units;
    this.#budget = new Budget(units);
  }

  push(piece: Buffer): void {
    try {
      this.#push(piece);
    } catch (error) {
      throw this.#located(error);
    }
  }

  /** To be called at the end of the input. @throws SourceError for a torn last block or a capture without events. */
  finish(): void {
    const offset = this.#base;
    if (this.#carried > 0) {
      const isStart = offset === 0 && this.stats.sections === 0;
      if (isStart && this.#carried < frameSize)
        throw new SourceError(`${this.#place(0)}: is not a capture (.scap) file`);
      throw new SourceError(`${this.#place(offset)}: the file ends within a block: it is truncated`);
    }
    if (offset === 0) throw new SourceError(`${this.#place(0)}: the file is empty, not a capture (.scap)`);
    const { events, unknownEvents, droppedEvents, storedEvents } = this.stats;
    if (events + unknownEvents + droppedEvents + storedEvents > 0) return;
    throw new SourceError(`${this.#place(offset)}: there are no events in this capture`);
  }

  /** Offset in the uncompressed data up to which blocks have been handled. */
  get offset(): number {
    return this.#base;
  }

  /** Bytes of uncompressed data taken so far, the beginning of a torn block included. */
  get received(): number {
    return this.#base + this.#carried;
  }

  /** Enter events of old captures that were evicted before their exit came. */
  get evictedEnters(): number {
    return this.#converter.evicted;
  }

  #located(error: unknown): unknown {
    if (!(error instanceof Damage)) return error;
    return new SourceError(`${this.#place(this.#base + error.at)}: ${error.message}`);
  }

  #push(piece: Buffer): void {
    let at = 0;
    while (this.#carried > 0) {
      const needed = this.#neededByCarry();
      const size = Math.min(needed - this.#carried, piece.length - at);
      this.#append(piece, at, at + size);
      at += size;
      if (this.#carried < needed) return;
      if (this.#neededByCarry() > needed) continue;
      const view = new DataView(this.#carry.buffer, this.#carry.byteOffset, this.#carried);
      this.#scan(this.#carry, view, 0, this.#carried);
      this.#base += this.#carried;
      this.#carried = 0;
    }
    this.#base -= at;
    const end = piece.length;
    const done = this.#scan(piece, new DataView(piece.buffer, piece.byteOffset, end), at, end);
    this.#base += done;
    if (done < end) this.#append(piece, done, end);
  }

  /** Bytes that the block in the carry buffer needs to go on: first its frame, then all of it. */
  #neededByCarry(): number {
    if (this.#carried < frameSize) return frameSize;
    const view = new DataView(this.#carry.buffer, this.#carry.byteOffset, frameSize);
    return this.#blockLength(view, 0);
  }

  /** Grows with the bytes that have really come, never by what a block claims. */
  #append(piece: Buffer, from: number, to: number): void {
    const needed = this.#carried + to - from;
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#carry.length, firstCarry));
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    piece.copy(this.#carry, this.#carried, from, to);
    this.#carried = needed;
  }

  /** Parses all whole blocks between `at` and `end`. @returns where the first torn one begins. */
  #scan(bytes: Buffer, view: DataView, at: number, end: number): number {
    while (end - at >= frameSize) {
      const type = view.getUint32(at, true);
      // The common case first: an event of today.
      if (type === blockType.event && this.#snapshot === null && this.stats.sections > 0) {
        const length = view.getUint32(at + 4, true);
        if (length < headerOffset + eventHeaderSize + 4 || length > maxEventBlock || (length & 3) !== 0)
          this.#blockLength(view, at);
        if (length > end - at) return at;
        this.#event(bytes, view, at + headerOffset, at + length - 4, view.getUint16(at + 8, true));
        at += length;
        continue;
      }
      const length = this.#blockLength(view, at);
      if (length > end - at) return at;
      this.#block(bytes, view, at, length, type);
      at += length;
    }
    return at;
  }

  /** Length of the block at `at`, of which at least the first 12 bytes are there. @throws Damage */
  #blockLength(view: DataView, at: number): number {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (type === blockType.section) {
      const magic = view.getUint32(at + 8, true);
      if (magic === swappedMagic) {
        throw new Damage(
          'this capture is from a machine of the other byte order (big-endian), which is not supported',
          at,
        );
      }
      if (magic !== sectionMagic) throw new Damage('a section header lacks its magic number', at);
    } else if (this.stats.sections === 0) {
      throw new Damage('this is not a capture (.scap) file: it does not begin with a section header', at);
    }
    const kind = blockKinds.get(type);
    const [least, most] = limitsOf(type, kind);
    if (length < least || length > most || length % 4 !== 0) {
      throw new Damage(`a block (type 0x${type.toString(16)}) claims a length of ${length} bytes`, at + 4);
    }
    return length;
  }

  #block(bytes: Buffer, view: DataView, at: number, length: number, type: number): void {
    const kind = blockKinds.get(type);
    if (kind === undefined) {
      this.stats.unknownBlocks++;
      return;
    }
    if (kind.kind === 'event') {
      this.#startEvents();
      const isFlagged =
        type === blockType.eventFlags || type === blockType.eventLargeFlags || type === blockType.eventV1Flags;
      const header = at + (isFlagged ? headerOffsetFlags : headerOffset);
      const cpu = view.getUint16(at + 8, true);
      this.#isForState = isFlagged && (view.getUint32(at + 10, true) & stateOnlyFlag) !== 0;
      if (kind.version === 1) this.#oldEvent(bytes, view, header, at + length - 4, cpu);
      else this.#event(bytes, view, header, at + length - 4, cpu);
      this.#isForState = false;
      return;
    }
    if (view.getUint32(at + length - 4, true) !== length) {
      throw new Damage(`a block (type 0x${type.toString(16)}) does not end with its own length`, at + length - 4);
    }
    const reader = new ByteReader(bytes, view, at + 8, at + length - 4);
    if (kind.kind === 'section') this.#section(reader);
    else this.#metadata(reader, kind);
  }

  #section(reader: ByteReader): void {
    reader.skip(4, 'magic number');
    const at = reader.at;
    const major = reader.u16('major version');
    if (major > sectionMajor) {
      throw new Damage(`this capture has format version ${major}; this program reads up to ${sectionMajor}`, at);
    }
    // A section without events before it has no effect: this one's state replaces it.
    this.#snapshot = null;
    this.#beginSnapshot();
    this.stats.sections++;
  }

  #beginSnapshot(): Snapshot {
    if (this.#snapshot === null) this.#budget = new Budget(this.#units);
    this.#snapshot ??= {};
    return this.#snapshot;
  }

  #metadata(reader: ByteReader, { kind, version }: BlockKind): void {
    const isNew = this.#snapshot === null;
    const snapshot = this.#beginSnapshot();
    if (isNew) this.stats.sections++;
    const budget = this.#budget;
    budget.take(1 + reader.left / bytesPerUnit, reader.at);
    if (kind === 'machine') {
      snapshot.machine = readMachineInfo(reader);
    } else if (kind === 'processes') {
      snapshot.threads ??= [];
      readProcessList(reader, version, snapshot.threads, budget);
    } else if (kind === 'starts') {
      readStartTimes(reader, snapshot.threads ?? []);
    } else if (kind === 'fds') {
      snapshot.fds ??= [];
      snapshot.fds.push(readFdList(reader, version, budget));
    } else if (kind === 'interfaces') {
      snapshot.interfaces = readInterfaceList(reader, version, budget);
    } else if (kind === 'users') {
      Object.assign(snapshot, readUserList(reader, version, budget));
    }
  }

  #startEvents(): void {
    if (this.#snapshot === null) return;
    const snapshot = this.#snapshot;
    this.#snapshot = null;
    this.#converter.reset();
    this.#sink.snapshot(snapshot);
  }

  #oldEvent(bytes: Buffer, view: DataView, header: number, limit: number, cpu: number): void {
    this.#rewriter ??= new V1Rewriter();
    const rewritten = this.#rewriter.rewrite(bytes, view, header, limit, cpu);
    if (rewritten < 0) {
      this.stats.unknownEvents++;
      return;
    }
    const { bytes: buffer, view: bufferView } = this.#rewriter;
    this.#checked(buffer, bufferView, rewritten, cpu);
  }

  /** An event whose block's content ends at `limit`. */
  #event(bytes: Buffer, view: DataView, header: number, limit: number, cpu: number): void {
    const room = limit - header;
    if (room < eventHeaderSize) throw new Damage('an event block is too short for its header', header);
    const len = view.getUint32(header + 16, true);
    if (len < eventHeaderSize || len > room) {
      throw new Damage(`an event claims ${len} bytes, its block holds ${room}`, header + 16);
    }
    const code = view.getUint16(header + 20, true);
    if (code >= eventPlans.length) {
      this.stats.unknownEvents++;
      return;
    }
    const count = view.getUint32(header + 22, true);
    const shift = lengthShifts[code]!;
    if (count > maxEventParams || eventHeaderSize + (count << shift) > len) {
      throw new Damage(`an event of ${len} bytes claims ${count} parameters`, header + 22);
    }
    let at = header + eventHeaderSize;
    const values = at + (count << shift);
    let left = header + len - values;
    if (shift === 1) {
      for (; at < values; at += 2) left -= view.getUint16(at, true);
    } else {
      for (; at < values; at += 4) left -= view.getUint32(at, true);
    }
    if (left < 0) throw new Damage(`the parameters of an event exceed it by ${-left} bytes`, header);
    this.#checked(bytes, view, header, cpu);
  }

  /** An event of a known code whose lengths are sound. */
  #checked(bytes: Buffer, view: DataView, header: number, cpu: number): void {
    const code = view.getUint16(header + 20, true);
    const plan = eventPlans[code]!;
    if (plan === eventPlan.passAndStore) this.#converter.store(bytes, view, header);
    const isComplete = view.getUint32(header + 22, true) === paramCounts[code];
    if (
      plan === eventPlan.pass ||
      (isComplete && (plan === eventPlan.passIfComplete || plan === eventPlan.passAndStore))
    ) {
      this.stats.events++;
      this.#sink.event(bytes, view, header, cpu, this.#isForState);
      return;
    }
    if (plan === eventPlan.drop) {
      this.stats.droppedEvents++;
      return;
    }
    this.#convert(bytes, view, header, cpu);
  }

  #convert(bytes: Buffer, view: DataView, header: number, cpu: number): void {
    const converter = this.#converter;
    const at = converter.convert(bytes, view, header, cpu);
    if (at < 0) {
      if (at === converterResult.dropped) this.stats.droppedEvents++;
      else this.stats.storedEvents++;
      return;
    }
    this.stats.events++;
    this.#sink.event(converter.bytes, converter.view, at, cpu, this.#isForState);
  }
}

const sectionLimits = [28, maxSectionBlock] as const;
const eventLimits = [headerOffset + 22 + 4, maxEventBlock] as const;
const largeLimits = [headerOffset + eventHeaderSize + 4, maxLargeEventBlock] as const;
const metadataLimits = [frameSize, maxMetadataBlock] as const;

function limitsOf(type: number, kind: BlockKind | undefined): readonly [number, number] {
  if (kind?.kind === 'section') return sectionLimits;
  if (kind?.kind !== 'event') return metadataLimits;
  return type === blockType.eventLarge || type === blockType.eventLargeFlags ? largeLimits : eventLimits;
}
