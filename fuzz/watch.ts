import path from 'node:path';
import { Worker } from 'node:worker_threads';

const roomForInput = 1 << 22;
const offsets = { name: 16, input: 80 } as const;

export interface WatchData {
  /** Four numbers (runs begun and ended, size of the input, size of the target's name), the name, the input. */
  readonly shared: SharedArrayBuffer;
  /** Where the input goes when a run is ended. */
  readonly file: string;
  readonly maxSeconds: number;
  readonly maxBytes: number;
  readonly offsets: typeof offsets;
}

/** Has a worker look at how long runs take, and how much memory. */
export class Watch {
  readonly #shared = new SharedArrayBuffer(offsets.input + roomForInput);
  readonly #numbers = new Int32Array(this.#shared, 0, 4);
  readonly #worker: Worker;

  constructor(limits: Pick<WatchData, 'file' | 'maxSeconds' | 'maxBytes'>) {
    const workerData: WatchData = { ...limits, shared: this.#shared, offsets };
    this.#worker = new Worker(path.join(import.meta.dirname, 'watchdog.ts'), { workerData });
  }

  /** A run begins. */
  begin(target: string, input: Buffer): void {
    const size = Math.min(input.length, roomForInput);
    new Uint8Array(this.#shared, offsets.input, size).set(input.subarray(0, size));
    const name = Buffer.from(target).subarray(0, offsets.input - offsets.name);
    new Uint8Array(this.#shared, offsets.name, name.length).set(name);
    Atomics.store(this.#numbers, 1, size);
    Atomics.store(this.#numbers, 2, name.length);
    Atomics.add(this.#numbers, 0, 1);
  }

  /** The run that began is over. */
  end(): void {
    Atomics.add(this.#numbers, 0, 1);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
