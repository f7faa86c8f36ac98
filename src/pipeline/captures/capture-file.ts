import { setImmediate as nextTurn } from 'node:timers/promises';
import { CaptureWriter, type CaptureWriteError } from '../../capture/writer.ts';
import { eachSnapshotBlock } from '../../capture/write-snapshot.ts';
import type { Snapshot } from '../../model/machine.ts';
import type { Past } from './recent-events.ts';

/** Milliseconds of work on the head of a file before others get their turn: events wait in the kernel meanwhile. */
const sliceMs = 4;
/** Bytes of events that may wait for the head. */
const mostHeld = 1 << 26;

/** One capture while it is written: state and events of the past first, then what follows. */
export class CaptureFile {
  readonly path: string;
  readonly name: string;
  readonly #writer: CaptureWriter;
  /** Events that came before the head was written; undefined: it is. */
  #held: Buffer[] | undefined = [];
  #heldBytes = 0;
  #heldLost = 0;
  readonly #head: Promise<void>;

  /**
   * @param isPatient the head is written at once: the source waits.
   * @param file made for it; `fd` is closed with the capture.
   */
  constructor(file: { fd: number; path: string; name: string }, past: Past, isPatient: boolean) {
    this.path = file.path;
    this.name = file.name;
    this.#writer = new CaptureWriter(file.path, { fd: file.fd });
    this.#head = this.#begin(past, isPatient);
  }

  /** Bytes that reached the file. */
  get written(): number {
    return this.#writer.written;
  }

  get error(): CaptureWriteError | null {
    return this.#writer.error;
  }

  /** Events that did not get into it. */
  get lost(): number {
    return this.#writer.lost + this.#heldLost;
  }

  /** Copies one event, as an EventSink gets it. */
  event(bytes: Buffer, view: DataView, header: number, start: number, end: number): void {
    if (this.#held === undefined) {
      this.#writer.event(bytes, view, header);
      return;
    }
    if (this.#heldBytes + end - start > mostHeld) {
      this.#heldLost++;
      return;
    }
    this.#held.push(Buffer.from(bytes.subarray(start, end)));
    this.#heldBytes += end - start;
  }

  /** Another section begins: the source has described the machine anew. */
  section(snapshot: Snapshot): void {
    const blocks = [...eachSnapshotBlock(snapshot)];
    if (this.#held === undefined) for (const block of blocks) this.#writer.blocks(block);
    else this.#held.push(...blocks);
  }

  /** Resolves when the disk has caught up. */
  async drain(): Promise<void> {
    await this.#head;
    // What went wrong is told when the capture ends.
    await this.#writer.drain().catch(() => undefined);
  }

  /** @throws CaptureWriteError when not everything reached the file. */
  async close(): Promise<void> {
    await this.#head;
    await this.#writer.close();
  }

  async #begin({ snapshot, preface, pieces }: Past, isPatient: boolean): Promise<void> {
    const writer = this.#writer;
    let start = performance.now();
    for (const part of [eachSnapshotBlock(snapshot()), preface, pieces]) {
      for (const block of part) {
        writer.blocks(block);
        if (isPatient || performance.now() - start < sliceMs) continue;
        await nextTurn();
        start = performance.now();
      }
    }
    for (const block of this.#held ?? []) writer.blocks(block);
    this.#held = undefined;
  }
}
