import {
  type EventInfo,
  eventByCode,
  eventCategories,
  eventFlags,
  events,
  type ParamInfo,
} from '../model/event-table.ts';
import { blockType, eventHeaderSize, headerOffset } from './block-types.ts';
import { enterOf, isHandedOver, type Recipe, recipeFor, successorOf } from './convert-table.ts';
import { lengthShifts } from './event-plan.ts';
import { paramSizes, signedTypes } from './param-size.ts';

/** What {@link EventConverter.convert} returns when there is no event to hand over. */
export const converterResult = { dropped: -1, stored: -2 } as const;

const maxStoredThreads = 1 << 15;
const maxStoredBytes = 1 << 25;
const firstSize = 1 << 16;

const containerV1 = eventByCode('CONTAINER_E').id;

/** One event laid out for reading its parameters. */
class EventView {
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  info: EventInfo = events[0]!;
  count = 0;
  readonly starts: number[] = [0];

  set(bytes: Buffer, view: DataView, header: number): void {
    this.bytes = bytes;
    this.view = view;
    const code = view.getUint16(header + 20, true);
    this.info = events[code]!;
    this.count = view.getUint32(header + 22, true);
    const shift = lengthShifts[code]!;
    let lengths = header + eventHeaderSize;
    let at = lengths + (this.count << shift);
    this.starts[0] = at;
    for (let i = 1; i <= this.count; i++) {
      at += shift === 2 ? view.getUint32(lengths, true) : view.getUint16(lengths, true);
      lengths += 1 << shift;
      this.starts[i] = at;
    }
  }

  size(i: number): number {
    return i >= 0 && i < this.count ? this.starts[i + 1]! - this.starts[i]! : 0;
  }

  get valueBytes(): number {
    return this.count === 0 ? 0 : this.starts[this.count]! - this.starts[0]!;
  }

  text(i: number): string {
    return this.size(i) === 0 ? '' : this.bytes.latin1Slice(this.starts[i]!, this.starts[i + 1]! - 1);
  }

  number(i: number): number {
    return this.size(i) >= 4 ? this.view.getUint32(this.starts[i]!, true) : 0;
  }
}

/**
 * Brings events of old captures to the current table. Where an exit lacks what its enter event said, that is kept per
 * thread until the exit comes. A value that neither has stays empty, which means unknown.
 */
export class EventConverter {
  /** The converted event, as a whole block, until the next call. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Enter events given up because too many were waiting. */
  evicted = 0;
  readonly #event = new EventView();
  readonly #enter = new EventView();
  readonly #recipes = new Map<number, Recipe>();
  /** Enter event (from its header on) by tid; the oldest first. */
  readonly #stored = new Map<number, Buffer>();
  #storedBytes = 0;

  /** Forgets all enter events: another section begins. */
  reset(): void {
    this.#stored.clear();
    this.#storedBytes = 0;
  }

  /** Keeps an enter event (whose lengths have been checked) until the exit of the same thread comes. */
  store(bytes: Buffer, view: DataView, header: number): void {
    const tid = view.getUint32(header + 8, true);
    this.#forget(tid);
    // A copy: the memory is the source's again when this returns.
    const copy = Buffer.from(bytes.subarray(header, header + view.getUint32(header + 16, true)));
    while (this.#stored.size >= maxStoredThreads || this.#storedBytes + copy.length > maxStoredBytes) {
      const [oldest] = this.#stored.keys();
      if (oldest === undefined) return;
      this.#forget(oldest);
      this.evicted++;
    }
    this.#stored.set(tid, copy);
    this.#storedBytes += copy.length;
  }

  #forget(tid: number): void {
    const old = this.#stored.get(tid);
    if (old === undefined) return;
    this.#stored.delete(tid);
    this.#storedBytes -= old.length;
  }

  /**
   * Converts the event (whose lengths have been checked) at `header`, or keeps it for its exit.
   * @returns the offset of its header in {@link bytes}, or one of {@link converterResult}.
   */
  convert(bytes: Buffer, view: DataView, header: number, cpu: number): number {
    const code = view.getUint16(header + 20, true);
    const info = events[code]!;
    const count = view.getUint32(header + 22, true);
    if (isOldEnter(info) && !isHandedOver(info)) {
      this.store(bytes, view, header);
      return converterResult.stored;
    }
    const recipe = this.#recipe(code, Math.min(count, info.params.length));
    if (recipe === undefined) return converterResult.dropped;
    const tid = view.getUint32(header + 8, true);
    this.#event.set(bytes, view, header);
    this.#takeEnter(tid, info);
    const end = this.#writeParams(recipe, code);
    bytes.copy(this.bytes, headerOffset, header, header + eventHeaderSize);
    this.#frame(recipe.target, end, cpu);
    if (isOldEnter(info)) this.store(this.bytes, this.view, headerOffset);
    return headerOffset;
  }

  #recipe(code: number, count: number): Recipe | undefined {
    const key = code * 256 + count;
    let recipe = this.#recipes.get(key);
    if (recipe !== undefined) return recipe;
    const target = successorOf(events[code]!);
    if (target === undefined) return undefined;
    recipe = recipeFor(events[code]!, count, target);
    this.#recipes.set(key, recipe);
    return recipe;
  }

  /** Points at the enter event of this exit; at nothing when the thread's last enter event was of another call. */
  #takeEnter(tid: number, info: EventInfo): void {
    const enter = this.#enter;
    enter.count = 0;
    if (info.isEnter) return;
    const stored = this.#stored.get(tid);
    if (stored === undefined) return;
    this.#forget(tid);
    if (stored.readUInt16LE(20) !== enterOf(info).id) return;
    enter.set(stored, new DataView(stored.buffer, stored.byteOffset, stored.length), 0);
  }

  /** @returns where the values end */
  #writeParams({ target, fromEvent, fromEnter, hasDefault }: Recipe, code: number): number {
    const shift = lengthShifts[target.id]!;
    const lengths = headerOffset + eventHeaderSize;
    const values = lengths + (target.params.length << shift);
    const event = this.#event;
    if (code === containerV1) return this.#writeContainer(lengths, values);
    this.#reserve(values + event.valueBytes + this.#enter.valueBytes + 8 * target.params.length);
    let at = values;
    for (let i = 0; i < target.params.length; i++) {
      const start = at;
      const param = target.params[i]!;
      const from = fromEvent[i]!;
      const entered = fromEnter[i]!;
      if (from >= 0) at = this.#copy(event, from, param, at);
      else if (entered >= 0 && entered < this.#enter.count) at = this.#copy(this.#enter, entered, param, at);
      else if (hasDefault[i] === 1) at = this.#fill(param, at);
      if (shift === 2) this.view.setUint32(lengths + 4 * i, at - start, true);
      else this.view.setUint16(lengths + 2 * i, at - start, true);
    }
    return at;
  }

  /** The first container event had its values as parameters; since then they are JSON. */
  #writeContainer(lengths: number, values: number): number {
    const event = this.#event;
    const container = { id: event.text(0), type: event.number(1), name: event.text(2), image: event.text(3) };
    const json = `${JSON.stringify({ container })}\0`;
    this.#reserve(values + json.length);
    this.view.setUint32(lengths, json.length, true);
    return values + this.bytes.latin1Write(json, values, json.length);
  }

  /** Copies a value; integers whose size has changed are widened or cut. @returns where the copy ends */
  #copy(source: EventView, i: number, target: ParamInfo, at: number): number {
    const size = source.size(i);
    if (size === 0) return at;
    const from = source.starts[i]!;
    const type = source.info.params[i]!.type;
    // A value with its kind in the first byte, where now only one kind is left.
    const skip = type === 'DYN' && target.type !== 'DYN' ? 1 : 0;
    const fixed = paramSizes[target.type];
    if (fixed === 0 || fixed === size - skip) return at + source.bytes.copy(this.bytes, at, from + skip, from + size);
    if (paramSizes[type] === 0 && skip === 0) return at;
    const used = Math.min(size - skip, fixed);
    source.bytes.copy(this.bytes, at, from + skip, from + skip + used);
    const isNegative = used > 0 && signedTypes.has(type) && this.bytes[at + used - 1]! >= 0x80;
    this.bytes.fill(isNegative ? 0xff : 0, at + used, at + fixed);
    return at + fixed;
  }

  /** Writes the default of a type. @returns where it ends */
  #fill({ type }: ParamInfo, at: number): number {
    const end = at + paramSizes[type];
    this.bytes.fill(type === 'UID' || type === 'GID' ? 0xff : 0, at, end);
    return end;
  }

  #frame(target: EventInfo, end: number, cpu: number): void {
    const view = this.view;
    const total = (end + 4 + 3) & ~3;
    view.setUint32(0, target.isLarge ? blockType.eventLarge : blockType.event, true);
    view.setUint32(4, total, true);
    view.setUint16(8, cpu, true);
    view.setUint32(headerOffset + 16, end - headerOffset, true);
    view.setUint16(headerOffset + 20, target.id, true);
    view.setUint32(headerOffset + 22, target.params.length, true);
    this.bytes.fill(0, end, total - 4);
    view.setUint32(total - 4, total, true);
  }

  #reserve(size: number): void {
    if (size + 8 <= this.bytes.length) return;
    this.bytes = Buffer.alloc(Math.max(size + 8, firstSize));
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
  }
}

/** Enter events that have become a part of their exit; the other old ones with an even code stand for themselves. */
function isOldEnter(info: EventInfo): boolean {
  const isSyscall = (info.category & eventCategories.SYSCALL) !== 0;
  return isSyscall && info.isEnter && (info.flags & eventFlags.OLD_VERSION) !== 0;
}
