import type { Logger } from '../../base/log.ts';
import { blockStart } from '../../capture/writer.ts';
import type { Priority } from '../../model/alert.ts';
import type { Event } from '../../model/event.ts';
import type { Snapshot } from '../../model/machine.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { InternalFields } from '../alerts.ts';
import { CaptureFile } from './capture-file.ts';
import { CaptureFolder, type CaptureLimits } from './capture-folder.ts';
import { Preface } from './preface.ts';
import { type Checkpoint, type Past, RecentEvents } from './recent-events.ts';

/** When an event was. */
export type Moment = Pick<Event, 'time' | 'timeApprox' | 'num'>;

/** What is recorded when rules match; mode, prefix, duration and size as falco.yaml's `capture` has them. */
export interface CaptureOptions {
  /** Path and beginning of the names of the files. */
  readonly pathPrefix: string;
  /** `rules`: only rules with `capture: true` begin one. */
  readonly mode: 'rules' | 'all_rules';
  /** Milliseconds that follow an alert, where its rule does not say. */
  readonly defaultDurationMs: number;
  /** Bytes of one file; 0: no limit of its own. */
  readonly maxFileBytes: number;
  /** Seconds before the alert; 0: a capture begins with its alert. */
  readonly beforeSeconds: number;
  /** Bytes of events kept for that. */
  readonly beforeBytes: number;
  readonly limits: CaptureLimits;
}

export interface CaptureParts {
  readonly freeze: () => () => Snapshot;
  readonly logger: Logger;
  readonly tell: (priority: Priority, rule: string, message: string, fields: InternalFields) => void;
  /** The source does not wait for disks. */
  readonly isLive: boolean;
}

export interface CaptureCounts {
  readonly begun: number;
  /** Captures that could not be begun, or not be written to their end. */
  readonly failed: number;
  /** Events missing in captures because the disk was too slow. */
  readonly eventsLost: number;
  /** Captures that ended because they were too large. */
  readonly cut: number;
  /** Captures removed to keep the limits. */
  readonly removed: number;
  /** Captures that begin with their alert because the events before it had been too many to keep. */
  readonly withoutPast: number;
}

/** After a failure no capture is begun for so long, in nanoseconds of event time. */
const pauseNs = 1e9;
/** How often a live session looks whether the time of a capture is over though no event says so. */
const lookMs = 500;
/** Milliseconds for which events of the past may still be in the kernel. */
const lateMs = 3000;

/**
 * Records a capture when a rule matches: from some seconds before the alert until its time is over. One capture is written
 * at a time; whatever matches meanwhile makes it longer.
 */
export class AlertCaptures {
  readonly #options: CaptureOptions;
  readonly #parts: CaptureParts;
  readonly #folder: CaptureFolder;
  readonly #preface = new Preface();
  readonly #recent: RecentEvents | undefined;
  #file: CaptureFile | undefined;
  /** Event time at which it ends, in ns. */
  #deadline = 0;
  #notBefore = 0;
  /** Of the last event. */
  #time = 0;
  /** Where the event that is under way lies. */
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #header = 0;
  #look: NodeJS.Timeout | undefined;
  readonly #closing = new Set<Promise<void>>();
  #counts = { begun: 0, failed: 0, eventsLost: 0, cut: 0, withoutPast: 0 };

  /** @throws Error when there is no folder for them. */
  constructor(options: CaptureOptions, parts: CaptureParts) {
    this.#options = options;
    this.#parts = parts;
    this.#folder = new CaptureFolder(options.pathPrefix, options.limits);
    const { concern } = this.#folder;
    if (concern !== undefined) parts.logger.log('warning', 'captures are not safe where they are written', { concern });
    if (options.beforeSeconds > 0 && options.beforeBytes > 0) {
      this.#recent = new RecentEvents({
        seconds: options.beforeSeconds,
        bytes: options.beforeBytes,
        checkpoint: () => this.#checkpoint(),
        clock: parts.isLive ? () => performance.now() : undefined,
      });
    }
  }

  get counts(): CaptureCounts {
    const { lost } = this.#file ?? { lost: 0 };
    return { ...this.#counts, eventsLost: this.#counts.eventsLost + lost, removed: this.#folder.removed };
  }

  /** The source has described the machine; the state does not know yet. */
  snapshot(snapshot: Snapshot): void {
    this.#recent?.clear();
    this.#preface.clear();
    this.#file?.section(snapshot);
  }

  /** Every event, before the state takes note of it. */
  event(bytes: Buffer, view: DataView, header: number): boolean {
    const time = view.getUint32(header + 4, true) * 4294967296 + view.getUint32(header, true);
    this.#time = time;
    if (this.#file !== undefined) this.#follow(bytes, view, header, time);
    this.#recent?.add(bytes, view, header, time);
    this.#preface.event(bytes, view, header);
    this.#bytes = bytes;
    this.#view = view;
    this.#header = header;
    return true;
  }

  /** The event under way, or one of a moment ago, matches a rule. */
  matched(event: Moment, rule: LoadedRule<unknown>): void {
    const { mode, defaultDurationMs } = this.#options;
    const time = event.timeApprox;
    this.#deadline = Math.max(this.#deadline, time + (rule.captureDurationMs || defaultDurationMs) * 1e6);
    const isWanted = mode === 'all_rules' || rule.capture;
    if (isWanted && this.#file === undefined && time >= this.#notBefore) this.#begin(event);
  }

  /** For sources that wait: resolves when the disk has caught up. */
  drained(): Promise<void> | undefined {
    return this.#file?.drain();
  }

  /** Ends what is being written. Resolves when everything is on its way to the disk. */
  async close(): Promise<void> {
    this.#end();
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #checkpoint(): Checkpoint {
    return { snapshot: this.#parts.freeze(), preface: this.#preface.blocks };
  }

  #begin(event: Moment): void {
    let file: ReturnType<CaptureFolder['create']>;
    try {
      file = this.#folder.create(event.time, event.num);
    } catch (error) {
      this.#failed(error as Error);
      return;
    }
    const { isLive, logger } = this.#parts;
    const past = this.#recent?.past;
    if (past === undefined && this.#recent !== undefined) this.#counts.withoutPast++;
    this.#file = new CaptureFile(file, past ?? this.#now(), !isLive);
    this.#counts.begun++;
    logger.log('info', 'a capture begins', { file: file.path });
    this.#later(this.#folder.trim(file.name, Number(event.time / 1_000_000n)));
    if (isLive) this.#look = setInterval(() => this.#lookAtClock(), lookMs).unref();
  }

  /** The state as it is, and the event under way. */
  #now(): Past {
    const start = blockStart(this.#view, this.#header);
    const end = start < 0 ? start : start + this.#view.getUint32(start + 4, true);
    return { ...this.#checkpoint(), pieces: [Buffer.from(this.#bytes.subarray(start, end))] };
  }

  #follow(bytes: Buffer, view: DataView, header: number, time: number): void {
    const file = this.#file!;
    if (time >= this.#deadline || file.error !== null) {
      this.#end();
      return;
    }
    const limit = this.#limit;
    if (limit > 0 && file.written >= limit) {
      this.#cut(file.written);
      return;
    }
    const start = blockStart(view, header);
    if (start >= 0) file.event(bytes, view, header, start, start + view.getUint32(start + 4, true));
  }

  /** Bytes of one file: its own limit, and that of all together. */
  get #limit(): number {
    const { maxFileBytes, limits } = this.#options;
    return Math.min(...[maxFileBytes, limits.bytes].filter((bytes) => bytes > 0), Number.MAX_SAFE_INTEGER);
  }

  #cut(written: number): void {
    this.#counts.cut++;
    this.#end();
    const megabytes = Math.floor(this.#limit / 1048576);
    this.#parts.tell(
      'Informational',
      'Falco internal: capture size limit reached',
      `Capture file size limit reached: ${megabytes} MB`,
      { max_file_size_mb: megabytes, written_bytes: written },
    );
  }

  #lookAtClock(): void {
    if (Date.now() * 1e6 > this.#deadline + lateMs * 1e6) this.#end();
  }

  #end(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    clearInterval(this.#look);
    this.#later(
      file
        .close()
        .catch((error: Error) => this.#failed(error))
        .then(() => {
          this.#counts.eventsLost += file.lost;
          if (file.lost === 0) return;
          const { logger } = this.#parts;
          logger.log('warning', 'a capture lacks events: the disk was too slow', { file: file.path, count: file.lost });
        }),
    );
  }

  #failed(error: Error): void {
    const failed = ++this.#counts.failed;
    this.#notBefore = this.#time + pauseNs;
    // A power of two: what goes wrong there goes wrong again.
    if ((failed & (failed - 1)) === 0)
      this.#parts.logger.log('error', 'a capture could not be written', { error: error.message, failed });
  }

  #later(work: Promise<void>): void {
    const guarded: Promise<void> = work
      .catch((error: Error) => this.#failed(error))
      .finally(() => this.#closing.delete(guarded));
    this.#closing.add(guarded);
  }
}
