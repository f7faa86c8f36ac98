import type { Logger } from '../base/log.ts';
import type { Notice } from '../model/notice.ts';
import type { Outcome } from '../model/output.ts';
import type { Clock } from './clock.ts';
import type { Body } from './notices/body.ts';
import type { NoticeMaker } from './notices/maker.ts';
import type { DeliverySettings, Silence } from './settings.ts';
import type { DeliveryStats } from './stats.ts';

/** What a delivery is given besides its settings. */
export interface DeliveryContext {
  readonly logger: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** At least 0, below 1; default Math.random. */
  readonly random?: () => number;
}

/** What was left when a delivery closed. */
export interface Left {
  /** Alerts in the queue that an output has not had, by its name. They are sent after the next start where the queue is durable. */
  readonly waiting: ReadonlyMap<string, number>;
}

/** Takes alerts in and brings each to every output that it is for. `startDelivery` (start.ts) makes one. */
export interface Delivery {
  /** Makes notices of alerts, enriched by the settings; another one after a reload. */
  readonly maker: NoticeMaker;
  /** Reads the body of a request: one alert, a list, or one a line (notices/body.ts). What is refused is counted. */
  read(body: Uint8Array): Body;
  /**
   * Resolves when the notices are safe: on disk, where the queue has a folder.
   * @throws QueueError: nothing of them was taken, the sender should try again (HTTP: 503).
   */
  accept(notices: readonly Notice[]): Promise<void>;
  /**
   * Takes new settings over without losing anything. Outputs with an equal revision go on as they are; the folder of
   * the queue stays what it was at the start.
   * @throws SettingsError: nothing has changed.
   */
  reload(settings: DeliverySettings): Promise<void>;
  stats(): DeliveryStats;
  /**
   * Sends a notice to one output at once, beside queue, routing and breaker.
   * @throws RangeError where there is no such output.
   */
  test(name: string, notice: Notice): Promise<Outcome>;
  /** @throws RangeError where there is no such output. */
  pause(name: string): void;
  resume(name: string): void;
  silences(): readonly Silence[];
  /** @throws SettingsError for a matcher that is wrong; Error where the file can't be written. */
  silence(silence: Omit<Silence, 'id'>): Promise<Silence>;
  /** Whether there was one. */
  unsilence(id: string): Promise<boolean>;
  /** Puts dead letters, of one output or of all, into the queue again, for that output alone. Their number. */
  replayDeadLetters(name?: string): Promise<number>;
  /** Waits until every output has had everything, at most so long. Whether it has. */
  drain(timeoutMs: number): Promise<boolean>;
  /** Takes nothing more, lets the outputs go on for at most so long, then closes all. */
  close(timeoutMs: number): Promise<Left>;
}
