import type { Logger } from '../../base/log.ts';
import type { Notice } from '../../model/notice.ts';
import type { Clock } from '../clock.ts';
import type { CommonRouting } from '../routing/router.ts';

/** What a worker is given besides its settings. */
export interface WorkerContext {
  readonly logger: Logger;
  readonly clock: Clock;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** What concerns all outputs; another one after a reload. */
  common(): CommonRouting;
  /** Puts notices in the queue for one output alone. @throws QueueError */
  append(notices: readonly Notice[], target: string): Promise<void>;
}
