import type { OpenKind, SourceFilter } from '../../model/source.ts';
import { syscallNumbers } from '../linux/interest.ts';
import type { SensorAddon, SensorHandle } from './addon.ts';

/** struct saker_boring of native/include/saker_abi.h. */
const kindSize = 96;
const pathAt = 16;
const programAt = 80;
/** The kernel's table is emptied no more often than this: someone may be filling it on purpose. */
const emptyAfterMs = 60_000;

/** Keeps the kernel side informed of what it may leave out. */
export class KernelFilter {
  readonly #addon: SensorAddon;
  readonly #handle: SensorHandle;
  readonly #filter: SourceFilter;
  readonly #numbers: Readonly<Record<OpenKind['call'], number | undefined>>;
  /** For some there was no room. */
  #isFull = false;
  #emptiedAt = performance.now();

  constructor(addon: SensorAddon, handle: SensorHandle, filter: SourceFilter) {
    this.#addon = addon;
    this.#handle = handle;
    this.#filter = filter;
    const numbers = syscallNumbers(process.arch);
    this.#numbers = { open: numbers.get('open'), openat: numbers.get('openat') };
  }

  /** Hands on what was found since the last time. */
  update(): void {
    const kinds = this.#filter.take();
    if (kinds.length > 0) {
      const hadRoom = this.#addon.leaveOut(this.#handle, Buffer.concat(kinds.map((kind) => this.#encode(kind))));
      if (!hadRoom) this.#isFull = true;
    }
    if (this.#isFull && performance.now() - this.#emptiedAt > emptyAfterMs) this.#empty();
  }

  /** Tells how much was left out. */
  count(): void {
    this.#filter.leftOut = this.#addon.leftOut(this.#handle);
  }

  #empty(): void {
    this.#addon.leaveOut(this.#handle, Buffer.alloc(0));
    this.#filter.restart();
    this.#isFull = false;
    this.#emptiedAt = performance.now();
  }

  #encode({ call, flags, mode, error, path, program }: OpenKind): Buffer {
    const kind = Buffer.alloc(kindSize);
    kind.writeUInt32LE(this.#numbers[call] ?? 0, 0);
    kind.writeUInt32LE(flags, 4);
    kind.writeUInt32LE(mode, 8);
    kind.writeInt32LE(error, 12);
    kind.latin1Write(path.slice(0, programAt - pathAt - 1), pathAt);
    kind.latin1Write(program.slice(0, kindSize - programAt - 1), programAt);
    return kind;
  }
}
