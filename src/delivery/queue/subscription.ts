import { type CursorFile, type Place } from './cursor-file.ts';
import type { DiskReader } from './disk-reader.ts';
import type { Entry } from './entry.ts';

/** What a subscription needs of its queue. */
export interface Source {
  /** Entries at hand in memory from a number on; undefined: those are on disk only. */
  fromMemory(from: number, count: number, bytes: number): Entry[] | undefined;
  /** Below this number, everything is on disk. */
  memoryFirst(): number;
  /** The number that the next notice gets. */
  next(): number;
  count(from: number): { count: number; oldest: number | undefined };
  /** An output has got further. */
  moved(subscription: Subscription): void;
  detach(subscription: Subscription): void;
}

/** One output's way through the queue. */
export class Subscription {
  readonly name: string;
  readonly #source: Source;
  readonly #disk: DiskReader | undefined;
  readonly #cursor: CursorFile | undefined;
  /** Done already when the process started, though something before was not. */
  #done: readonly (readonly [number, number])[];
  /** What is read next. */
  position: number;
  /** Everything below is done. */
  low: number;
  /** Called when there is something new. */
  onData: () => void = () => undefined;
  /** What was lost to it: by reason. */
  readonly lost = { evicted: 0, expired: 0 };

  constructor(name: string, place: Place, source: Source, disk?: DiskReader, cursor?: CursorFile) {
    this.name = name;
    this.position = place.low;
    this.low = place.low;
    this.#done = place.done;
    this.#source = source;
    this.#disk = disk;
    this.#cursor = cursor;
  }

  /**
   * The next entries, without waiting for new ones: none, when there is nothing more. One call at a time.
   * @throws Error of the disk.
   */
  read(count: number, bytes: number): Entry[] | Promise<Entry[]> {
    const found = this.#source.fromMemory(this.position, count, bytes);
    if (found === undefined) return this.#readDisk(count, bytes);
    return found.length === 0 ? this.#atEnd() : this.#advance(found);
  }

  #atEnd(): Entry[] {
    this.position = Math.max(this.position, this.#source.next());
    return [];
  }

  async #readDisk(count: number, bytes: number): Promise<Entry[]> {
    const below = this.#source.memoryFirst();
    const found = await this.#disk!.read(this.position, below, count, bytes);
    const fresh = found.length > 0 ? this.#advance(found) : undefined;
    // Nothing is left below; what may have come meanwhile is in memory, or will be found the next time.
    if (fresh === undefined) this.position = Math.max(this.position, below);
    // A file that is open takes room on the disk even when it is deleted.
    if (this.position >= this.#source.memoryFirst()) await this.#disk!.close();
    return fresh ?? this.read(count, bytes);
  }

  #advance(found: Entry[]): Entry[] {
    this.position = found.at(-1)!.sequence + 1;
    if (this.#done.length === 0) return found;
    const fresh = found.filter(({ sequence }) => !this.#done.some(([a, b]) => a <= sequence && sequence <= b));
    this.#done = this.#done.filter(([, last]) => last >= this.position);
    return fresh;
  }

  /** Whether something may be there to read. */
  get isBehind(): boolean {
    return this.position < this.#source.next();
  }

  /** Entries that are not done, and when the oldest was accepted. */
  waiting(): { count: number; oldest: number | undefined } {
    return this.#source.count(this.low);
  }

  /** Notes what is done; survives a crash of the process from now on. @throws Error of the disk. */
  save(place: Place): void {
    this.low = place.low;
    // Of the last run, where this one is not there yet.
    const done = this.#done.length === 0 ? place.done : [...place.done, ...this.#done];
    try {
      this.#cursor?.save({ low: place.low, done });
    } finally {
      this.#source.moved(this);
    }
  }

  sync(): void {
    this.#cursor?.sync();
  }

  /** @param forget also drops its place. */
  async close(forget: boolean): Promise<void> {
    this.#source.detach(this);
    if (forget) this.#cursor?.remove();
    else this.#cursor?.close();
    await this.#disk?.close();
  }
}
