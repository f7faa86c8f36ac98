import type { Notice } from '../../model/notice.ts';
import type { OpenOutput, Outcome } from '../../model/output.ts';
import type { OutputSettings } from '../settings.ts';
import { backoffMs } from './backoff.ts';
import { Breaker } from './breaker.ts';
import type { Counters } from './counters.ts';
import { type Sending, send } from './send.ts';
import type { Waiter } from './waiter.ts';
import type { WorkerContext } from './worker-context.ts';

/** The open output of a worker: opens it, however often that takes, and says when a send may start. */
export class Link {
  readonly breaker: Breaker;
  readonly #settings: OutputSettings;
  readonly #context: WorkerContext;
  readonly #counters: Counters;
  readonly #waiter: Waiter;
  readonly #sending = new Set<Sending>();
  #output: OpenOutput | undefined;
  #isOpening = false;
  /** The receiver asked to be left alone until then; of the steady clock. */
  #notBefore = 0;
  #isFailing = false;
  #isClosed = false;
  isPaused = false;

  constructor(settings: OutputSettings, context: WorkerContext, counters: Counters, waiter: Waiter) {
    this.#settings = settings;
    this.#context = context;
    this.#counters = counters;
    this.#waiter = waiter;
    this.breaker = new Breaker(settings.breaker);
  }

  get isReady(): boolean {
    return this.#output !== undefined;
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Whether nothing will get through soon. */
  get isHopeless(): boolean {
    const isDown = this.#isFailing && this.#output === undefined;
    return this.isPaused || isDown || this.breaker.state !== 'closed';
  }

  open(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    void this.#open();
  }

  async #open(): Promise<void> {
    for (let attempts = 0; !this.#isClosed; attempts++) {
      try {
        const output = await this.#settings.open();
        if (this.#isClosed) {
          await closeQuietly(output);
          return;
        }
        this.#output = output;
        this.#waiter.wake();
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#failed(reason);
        const { retry } = this.#settings;
        await this.#pause(Math.max(retry.leastMs, backoffMs(retry, attempts, this.#context.random)));
      }
    }
  }

  /** New alerts are no reason to knock earlier. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#context;
    const end = clock.steady() + ms;
    for (let now = clock.steady(); now < end && !this.#isClosed; now = clock.steady()) {
      await this.#waiter.wait(end - now);
    }
  }

  /** Milliseconds until a send may start; undefined: until something changes. */
  waitMs(): number | undefined {
    const now = this.#context.clock.steady();
    if (this.isPaused || this.#output === undefined) return undefined;
    if (this.#notBefore > now) return this.#notBefore - now;
    return this.breaker.waitMs(now);
  }

  /** Sends once; only when `waitMs` is 0. */
  async send(batch: readonly Notice[]): Promise<Outcome> {
    const { clock } = this.#context;
    this.breaker.started();
    const start = clock.steady();
    const sending = send(this.#output!, batch, this.#settings.timeoutMs, clock);
    this.#sending.add(sending);
    const outcome = await sending.outcome;
    this.#sending.delete(sending);
    const now = clock.steady();
    this.#counters.sends++;
    this.#counters.latency.add(now - start);
    this.#judge(outcome, now);
    return outcome;
  }

  #judge(outcome: Outcome, now: number): void {
    const items = outcome.kind === 'each' ? outcome.items : [outcome];
    for (const item of items) {
      if (item.kind === 'ok') continue;
      this.#counters.error(item.reason, this.#context.clock.now());
      if (item.kind === 'retry' && item.afterMs !== undefined) {
        this.#notBefore = Math.max(this.#notBefore, now + item.afterMs);
      }
    }
    const first = items.find((item) => item.kind === 'retry');
    // A receiver that refuses for good, or takes some, is there.
    if (first === undefined || items.some((item) => item.kind !== 'retry')) {
      this.breaker.succeeded();
      if (this.#isFailing)
        this.#context.logger.log('notice', 'An output takes alerts again', { output: this.#settings.name });
      this.#isFailing = false;
    } else {
      this.breaker.failed(now);
      this.#failed(first.reason);
    }
    if (this.breaker.state !== 'closed' || first === undefined) this.#waiter.wake();
  }

  /** Says so once, until it works again. */
  #failed(reason: string): void {
    this.#counters.failures++;
    this.#counters.error(reason, this.#context.clock.now());
    if (!this.#isFailing) {
      this.#context.logger.log('warning', 'An output does not take alerts; they wait', {
        output: this.#settings.name,
        reason,
      });
    }
    this.#isFailing = true;
  }

  /** One send beside everything else. */
  async test(notice: Notice): Promise<Outcome> {
    const { name, timeoutMs } = this.#settings;
    if (this.#output !== undefined) return await send(this.#output, [notice], timeoutMs, this.#context.clock).outcome;
    let output: OpenOutput;
    try {
      output = await this.#settings.open();
    } catch (error) {
      return {
        kind: 'retry',
        reason: `${name} can't be opened: ${error instanceof Error ? error.message : String(error)}`,
      };
    }
    const outcome = await send(output, [notice], timeoutMs, this.#context.clock).outcome;
    await closeQuietly(output);
    return outcome;
  }

  abort(): void {
    for (const sending of this.#sending) sending.abort('given up: the output is being closed');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiter.wake();
    // An `open` that hangs must not keep the program from ending: what it makes later is closed then.
    if (this.#output !== undefined) await closeQuietly(this.#output);
    this.#output = undefined;
  }
}

async function closeQuietly(output: OpenOutput): Promise<void> {
  try {
    await output.close();
  } catch {
    // Nobody can do anything about it any more.
  }
}
