import { appendFileSync } from 'node:fs';
import { type Json, toJson } from '../../base/json.ts';
import type { Logger } from '../../base/log.ts';
import type { InternalFields } from '../../pipeline/alerts.ts';

export interface RecorderOptions {
  readonly intervalMs: number;
  /** Gets one line of JSON for each snapshot. */
  readonly file: string | undefined;
  /** Gets each snapshot, e.g. to make an alert of it. */
  readonly tell: ((fields: InternalFields) => void) | undefined;
  /** undefined: there is nothing to measure yet. */
  readonly take: () => InternalFields | undefined;
  readonly logger: Logger;
}

/** The longest time that a timer can be set to is about 24 days. */
const longestWaitMs = 86_400_000;

/** Takes snapshots of the metrics, one each interval. */
export class MetricsRecorder {
  readonly #options: RecorderOptions;
  #samples = 0;
  #due: number;
  #timer: NodeJS.Timeout;

  /** @throws Error when the file can't be written to. */
  constructor(options: RecorderOptions) {
    this.#options = options;
    if (options.file !== undefined) appendFileSync(options.file, '');
    this.#due = performance.now() + options.intervalMs;
    this.#timer = this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Takes one now. */
  sample(): void {
    const { file, tell, take, logger } = this.#options;
    const fields = take();
    if (fields === undefined) return;
    this.#samples++;
    tell?.(fields);
    if (file === undefined) return;
    try {
      appendFileSync(file, `${toJson({ output_fields: fields as Json, sample: this.#samples })}\n`);
    } catch (error) {
      logger.log('error', 'metrics could not be written', { file, error: (error as Error).message });
    }
  }

  #wait(): NodeJS.Timeout {
    const left = Math.max(0, this.#due - performance.now());
    return setTimeout(() => this.#tick(), Math.min(left, longestWaitMs)).unref();
  }

  #tick(): void {
    const now = performance.now();
    if (now >= this.#due) {
      this.sample();
      // What was missed is not made up for.
      this.#due = Math.max(this.#due + this.#options.intervalMs, now);
    }
    this.#timer = this.#wait();
  }
}
