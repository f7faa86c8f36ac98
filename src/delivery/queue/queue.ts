import path from 'node:path';
import type { Logger } from '../../base/log.ts';
import { type Priority, priorities } from '../../model/alert.ts';
import type { Notice } from '../../model/notice.ts';
import type { Clock } from '../clock.ts';
import { QueueError } from '../errors.ts';
import type { QueueSettings } from '../settings.ts';
import type { QueueStats } from '../stats.ts';
import { Commits, errorText, type Written } from './commits.ts';
import { CursorFile, type Place } from './cursor-file.ts';
import { DiskLog } from './disk-log.ts';
import { DiskReader } from './disk-reader.ts';
import type { Entry } from './entry.ts';
import { type QueueFiles, realFiles } from './files.ts';
import { Holders } from './holders.ts';
import { lockFile } from './lock.ts';
import { MemoryOrder } from './memory-order.ts';
import { countFrom, lastSequence, type Segment } from './segment.ts';
import { type Source, Subscription } from './subscription.ts';
import { Tail } from './tail.ts';

const priorityIndex = new Map<Priority, number>(priorities.map((name, i) => [name, i]));
/** How often places are brought to the disk: after a power cut, what was sent since is sent again. */
const syncMs = 1000;
const ageingMs = 60_000;

export interface QueueContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: the disk. */
  readonly files?: QueueFiles;
}

function counters(): Record<Priority, number> {
  return Object.fromEntries(priorities.map((name) => [name, 0])) as Record<Priority, number>;
}

/** Notices on their way, in order, on disk or in memory only; each output reads them at its own pace. */
export class NoticeQueue implements Source {
  #settings: QueueSettings;
  readonly #context: QueueContext;
  readonly #disk: DiskLog | undefined;
  readonly #unlock: () => void;
  readonly #tail: Tail;
  readonly #order = new MemoryOrder();
  readonly #holders = new Holders();
  readonly #commits: Commits;
  /** Of outputs, where the queue is in memory. */
  readonly #places = new Map<string, Place>();
  #next: number;
  #isClosed = false;
  #cleaning: Promise<void> | undefined;
  #lastAgeing: number;
  /** Files that began before are closed. */
  #sealBefore = Number.NEGATIVE_INFINITY;
  #stopTicking: () => void = () => undefined;
  readonly #evicted = counters();
  readonly #expired = counters();
  #failed = 0;
  #problem: string | undefined;

  private constructor(settings: QueueSettings, context: QueueContext, disk: DiskLog | undefined, unlock: () => void) {
    this.#settings = settings;
    this.#context = context;
    this.#disk = disk;
    this.#unlock = unlock;
    this.#next = disk?.next ?? 0;
    this.#tail = new Tail(this.#next);
    this.#commits = new Commits((entries) => this.#write(entries));
    this.#lastAgeing = context.clock.now();
    this.#tick();
  }

  /** @throws Error where the folder can't be read or another process has it. */
  static async open(settings: QueueSettings, context: QueueContext): Promise<NoticeQueue> {
    const { folder } = settings;
    if (folder === undefined) return new NoticeQueue(settings, context, undefined, () => undefined);
    const files = context.files ?? realFiles;
    await files.makeFolder(folder);
    const unlock = lockFile(path.join(folder, 'lock'));
    try {
      const disk = await DiskLog.open(folder, files, Math.min(settings.segmentBytes, Math.ceil(settings.bytes / 16)));
      const queue = new NoticeQueue(settings, context, disk, unlock);
      await queue.#recall(folder);
      return queue;
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Finds the places of outputs of earlier runs, and reports damage. */
  async #recall(folder: string): Promise<void> {
    for (const name of await (this.#context.files ?? realFiles).list(folder)) {
      if (!CursorFile.isCursor(name)) continue;
      const cursor = CursorFile.load(folder, name);
      if (cursor === undefined) continue;
      this.#holders.absent.set(cursor.name, {
        low: cursor.place.low,
        seen: cursor.seen,
        remove: () => cursor.remove(),
      });
      this.#next = Math.max(this.#next, cursor.place.low, ...cursor.place.done.map(([, last]) => last + 1));
    }
    this.#tail.skipTo(this.#next);
    const { places, bytes } = this.#disk!.damage;
    if (places > 0) this.#context.logger.log('error', 'Alerts in the queue can not be read back', { places, bytes });
  }

  /** Resolves when all are safe. @param target the only output they are for. @throws QueueError */
  append(notices: readonly Notice[], target?: string): Promise<void> {
    if (this.#isClosed) return Promise.reject(new QueueError('closed', 'the queue is closed'));
    if (notices.length === 0) return Promise.resolve();
    if (this.#commits.bytes > this.#settings.pendingBytes) {
      this.#failed += notices.length;
      return Promise.reject(new QueueError('busy', 'more alerts are waiting to be written than allowed'));
    }
    const time = this.#context.clock.now();
    return this.#commits.add(
      notices.map((notice) => ({
        sequence: this.#next++,
        time,
        priority: priorityIndex.get(notice.priority) ?? priorities.length - 1,
        target,
        bytes: Buffer.byteLength(notice.json),
        notice,
      })),
    );
  }

  async #write(entries: readonly Entry[]): Promise<Written> {
    let result: Written = { written: entries, error: undefined };
    if (this.#disk !== undefined) {
      let bytes = 0;
      for (const entry of entries) bytes += entry.bytes + 64;
      if (bytes > this.#settings.bytes) throw new QueueError('full', 'larger than the whole queue');
      await this.#sealOld();
      await this.#makeRoom(bytes);
      result = await this.#disk.write(entries);
      this.#note(result, entries.length);
    }
    for (const entry of result.written) {
      this.#tail.push(entry);
      if (this.#disk === undefined) this.#order.push(entry.priority, entry.sequence);
    }
    if (this.#disk === undefined) this.#evictFromMemory();
    else this.#tail.trimBytes(this.#settings.tailBytes);
    this.#trim();
    this.#holders.wake();
    return result;
  }

  #note({ written, error }: Written, count: number): void {
    if (error === undefined) {
      if (this.#problem !== undefined) this.#context.logger.log('notice', 'The queue can be written again');
      this.#problem = undefined;
      return;
    }
    this.#failed += count - written.length;
    if (this.#problem === undefined) {
      this.#context.logger.log('error', 'The queue can not be written', { reason: errorText(error) });
    }
    this.#problem = errorText(error);
  }

  /** Deletes the oldest of the lowest priority until there is room. */
  async #makeRoom(bytes: number): Promise<void> {
    for (;;) {
      if (this.#disk!.bytes + bytes <= this.#settings.bytes) return;
      await this.#clean();
      const victim = this.#disk!.bytes + bytes <= this.#settings.bytes ? undefined : this.#disk!.victim();
      if (victim === undefined) return;
      await this.#lose('evicted', victim);
    }
  }

  async #lose(reason: 'evicted' | 'expired', segment: Segment): Promise<void> {
    const lost = this.#holders.lose(reason, (from) => countFrom(segment, from));
    const priority = priorities[segment.priority]!;
    (reason === 'evicted' ? this.#evicted : this.#expired)[priority] += lost;
    if (lost > 0) {
      this.#context.logger.log('warning', 'Alerts left the queue before every output had them', {
        reason,
        priority,
        count: lost,
      });
    }
    if (lastSequence(segment) >= this.#tail.first) {
      for (const sequence of segment.sequences) this.#tail.remove(sequence);
    }
    await this.#disk!.remove(segment);
  }

  #evictFromMemory(): void {
    while (this.#tail.bytes > this.#settings.bytes) {
      const sequence = this.#order.take();
      if (sequence === undefined) return;
      this.#loseFromMemory('evicted', sequence);
    }
  }

  #loseFromMemory(reason: 'evicted' | 'expired', sequence: number): void {
    const entry = this.#tail.remove(sequence);
    if (entry === undefined) return;
    const lost = this.#holders.lose(reason, (from) => (sequence >= from ? 1 : 0));
    (reason === 'evicted' ? this.#evicted : this.#expired)[priorities[entry.priority]!] += lost;
  }

  /** Lets go of what everybody has had. */
  #trim(): void {
    const low = this.#holders.low() ?? this.#tail.next;
    this.#tail.trimTo(low);
    if (this.#disk === undefined) this.#order.trimTo(low);
  }

  /** Deletes files that nobody needs; whoever asks meanwhile waits for the same. */
  #clean(): Promise<void> {
    this.#cleaning ??= this.#removeDone().finally(() => (this.#cleaning = undefined));
    return this.#cleaning;
  }

  async #removeDone(): Promise<void> {
    await this.#disk?.removeBelow(this.#holders.low() ?? this.#tail.next);
  }

  #tick(): void {
    this.#stopTicking = this.#context.clock.after(syncMs, () => {
      void this.#work().then(() => {
        if (!this.#isClosed) this.#tick();
      });
    });
  }

  async #work(): Promise<void> {
    for (const subscription of this.#holders.attached.values()) subscription.sync();
    await this.#clean();
    const now = this.#context.clock.now();
    if (now - this.#lastAgeing < ageingMs) return;
    this.#lastAgeing = now;
    await this.#age(now);
  }

  /** Lets go of what is too old, and of outputs that are no longer there. */
  async #age(now: number): Promise<void> {
    const before = now - this.#settings.ageMs;
    this.#holders.forget(now - this.#settings.forgetMs);
    for (const segment of this.#disk?.segments ?? []) {
      if (segment.writing === undefined && segment.newest < before) await this.#lose('expired', segment);
    }
    // A file that is filled slowly would never be old as a whole. Sealed by the next write, or now where there is none.
    this.#sealBefore = now - this.#settings.ageMs / 8;
    if (this.#commits.isIdle) await this.#sealOld();
    if (this.#disk !== undefined) return;
    for (let old = this.#tail.oldest(); old !== undefined && old.time < before; old = this.#tail.oldest()) {
      this.#loseFromMemory('expired', old.sequence);
    }
  }

  /** Not while something is written: that would go to a closed file. */
  async #sealOld(): Promise<void> {
    const before = this.#sealBefore;
    this.#sealBefore = Number.NEGATIVE_INFINITY;
    for (const chain of this.#disk?.chains ?? []) {
      const last = chain.segments.at(-1);
      if (last !== undefined && last.oldest < before) await chain.seal();
    }
  }

  /** Gives an output its way through the queue; a new one starts with what comes from now on. @throws Error of the disk. */
  attach(name: string): Subscription {
    const { folder } = this.#settings;
    const known = this.#holders.absent.get(name);
    const low = known?.low ?? this.#tail.next;
    if (this.#disk === undefined || folder === undefined) {
      const place = this.#places.get(name) ?? { low, done: [] };
      return this.#attached(new Subscription(name, place, this), name);
    }
    const first = Math.min(this.#disk.first ?? this.#tail.next, this.#tail.next);
    const cursor = CursorFile.open(folder, name, this.#context.clock.now(), (isNew) =>
      isNew ? this.#tail.next : first,
    );
    return this.#attached(new Subscription(name, cursor.place, this, new DiskReader(this.#disk), cursor), name);
  }

  #attached(subscription: Subscription, name: string): Subscription {
    this.#holders.absent.delete(name);
    this.#holders.attached.set(name, subscription);
    return subscription;
  }

  detach(subscription: Subscription): void {
    const { name, low } = subscription;
    this.#holders.attached.delete(name);
    const { folder } = this.#settings;
    const seen = this.#context.clock.now();
    if (this.#disk === undefined || folder === undefined) {
      this.#places.set(name, { low, done: [] });
      this.#holders.absent.set(name, { low, seen, remove: () => this.#places.delete(name) });
      return;
    }
    const remove = () => CursorFile.open(folder, name, seen, () => low).remove();
    this.#holders.absent.set(name, { low, seen, remove });
  }

  fromMemory(from: number, count: number, bytes: number): Entry[] | undefined {
    if (this.#disk !== undefined && from < this.#tail.first) return undefined;
    return this.#tail.read(from, count, bytes);
  }

  memoryFirst(): number {
    return this.#tail.first;
  }

  next(): number {
    return this.#tail.next;
  }

  count(from: number): { count: number; oldest: number | undefined } {
    return (this.#disk ?? this.#tail).from(from);
  }

  moved(subscription: Subscription): void {
    if (subscription.low >= this.#tail.next && this.#tail.count > 0) this.#trim();
  }

  /** Takes bounds over; the folder stays what it is. */
  configure(settings: QueueSettings): void {
    this.#settings = { ...settings, folder: this.#settings.folder };
  }

  stats(): QueueStats {
    const low = this.#holders.low() ?? this.#tail.next;
    const { count, oldest } = this.count(low);
    const damage = this.#disk?.damage;
    return {
      durable: this.#disk !== undefined,
      count,
      bytes: this.#disk?.bytes ?? this.#tail.bytes,
      oldestMs: oldest === undefined ? 0 : Math.max(0, this.#context.clock.now() - oldest),
      segments: this.#disk?.segments.length ?? 0,
      evicted: { ...this.#evicted },
      expired: { ...this.#expired },
      damaged: damage?.places ?? 0,
      damagedBytes: damage?.bytes ?? 0,
      failed: this.#failed,
      problem: this.#problem,
    };
  }

  /** Takes nothing more and resolves when all is written. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopTicking();
    await this.#commits.idle();
    for (const subscription of this.#holders.attached.values()) await subscription.close(false);
    await this.#clean();
    await this.#disk?.close();
    this.#unlock();
  }
}
