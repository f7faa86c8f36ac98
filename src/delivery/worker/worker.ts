import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import type { Entry } from '../queue/entry.ts';
import type { Subscription } from '../queue/subscription.ts';
import type { CommonRouting, Router } from '../routing/router.ts';
import type { OutputSettings } from '../settings.ts';
import type { OutputStats } from '../stats.ts';
import { Acks } from './acks.ts';
import { backoffMs } from './backoff.ts';
import { Counters } from './counters.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { Link } from './link.ts';
import { itemOutcomes } from './send.ts';
import { Waiter } from './waiter.ts';
import type { WorkerContext } from './worker-context.ts';

/** Entries read from the queue at a time, and bytes of them. */
const readCount = 256;
const readBytes = 4 * 2 ** 20;
const logEveryMs = 10_000;

interface Waiting {
  readonly entry: Entry;
  /** Of the steady clock. */
  readonly since: number;
}

interface Item {
  readonly entry: Entry;
  attempts: number;
}

/** Brings what is for one output to it, in the order of the queue, and sees to it until it is there or a dead letter. */
export class Worker {
  readonly settings: OutputSettings;
  readonly subscription: Subscription;
  readonly link: Link;
  readonly #router: Router;
  readonly #dead: DeadLetters;
  readonly #context: WorkerContext;
  readonly #counters = new Counters();
  readonly #waiter: Waiter;
  readonly #acks = new Acks();
  /** Read and for this output, not yet in a batch. */
  #buffer: Waiting[] = [];
  #bufferBytes = 0;
  #running = 0;
  #inFlight = 0;
  #isStopping = false;
  #isHurried = false;
  #isIdle = false;
  #summaries: Notice[] = [];
  #loop: Promise<void> | undefined;
  #lastDeadLog = Number.NEGATIVE_INFINITY;
  #saveFailed = false;

  constructor(
    settings: OutputSettings,
    subscription: Subscription,
    router: Router,
    dead: DeadLetters,
    context: WorkerContext,
  ) {
    this.settings = settings;
    this.subscription = subscription;
    this.#router = router;
    this.#dead = dead;
    this.#context = context;
    this.#waiter = new Waiter(context.clock);
    this.link = new Link(settings, context, this.#counters, this.#waiter);
    subscription.onData = () => this.#wakeIdle();
  }

  start(): void {
    this.link.open();
    this.#loop ??= this.#run();
  }

  /** New entries matter only to a loop that waits for them: a full buffer is emptied by sends. */
  #wakeIdle(): void {
    if (this.#isIdle) this.#waiter.wake();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#summarize();
      if (!(await this.#fill()) && !this.#isStopping) {
        await this.#waiter.wait(this.settings.retry.leastMs);
        continue;
      }
      const now = this.#context.clock.steady();
      const waitMs = this.#dispatch(now);
      this.#isIdle = this.#buffer.length < this.#room;
      // Nothing may be waited for that has happened while the queue was read.
      if (this.#isStopping || (this.#isIdle && this.subscription.isBehind)) continue;
      const dueMs = this.#router.nextDue === undefined ? undefined : Math.max(this.#router.nextDue - now, 1);
      await this.#waiter.wait(
        waitMs === undefined || dueMs === undefined ? (waitMs ?? dueMs) : Math.min(waitMs, dueMs),
      );
    }
  }

  /** Entries worth having at hand. */
  get #room(): number {
    return Math.max(64, 2 * Math.min(this.settings.batch.count, 10_000));
  }

  /** Reads ahead, and lets go of what is not for this output. Whether the queue could be read. */
  async #fill(): Promise<boolean> {
    while (this.#buffer.length < this.#room && this.#bufferBytes < readBytes && this.subscription.isBehind) {
      let found: Entry[];
      try {
        const reading = this.subscription.read(readCount, readBytes);
        // In memory there is nothing to wait for.
        found = Array.isArray(reading) ? reading : await reading;
      } catch (error) {
        this.#counters.error(`the queue can't be read: ${String(error)}`, this.#context.clock.now());
        return false;
      }
      this.#sort(found);
      if (this.#isStopping) break;
    }
    // What was passed over is done; otherwise the next acknowledgement says so.
    const idle = this.#acks.isIdle && this.#buffer.length === 0;
    if (idle && this.subscription.low !== this.subscription.position) this.#save();
    return true;
  }

  #sort(found: readonly Entry[]): void {
    const now = this.#context.clock.steady();
    const common = this.#context.common();
    for (const entry of found) {
      if (!this.#takes(entry, common, now)) continue;
      this.#buffer.push({ entry, since: now });
      this.#bufferBytes += entry.bytes;
    }
  }

  /** A mistake in judging must not lose an alert, and not end the program. */
  #takes(entry: Entry, common: CommonRouting, now: number): boolean {
    try {
      return this.#router.takes(entry, common, now);
    } catch (error) {
      this.#counters.error(`routing failed: ${String(error)}`, this.#context.clock.now());
      return true;
    }
  }

  /** Puts summaries that are due in the queue, for this output. */
  async #summarize(): Promise<void> {
    const { nextDue } = this.#router;
    const now = this.#context.clock.steady();
    if (nextDue !== undefined && nextDue <= now) this.#summaries.push(...this.#router.due(now));
    await this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#summaries.length === 0) return;
    const summaries = this.#summaries;
    this.#summaries = [];
    try {
      await this.#context.append(summaries, this.settings.name);
    } catch {
      // The queue says itself that it can't be written; the summaries go next time.
      this.#summaries = [...summaries, ...this.#summaries].slice(0, 10_000);
    }
  }

  /** Tells of all that is held back, whether its time has come or not: the process is about to end. */
  async flushSummaries(): Promise<void> {
    this.#summaries.push(...this.#router.due(Number.POSITIVE_INFINITY));
    await this.#tell();
  }

  /** Starts what can be. Milliseconds until there may be more to start; undefined: when something changes. */
  #dispatch(now: number): number | undefined {
    while (this.#running < this.settings.concurrency && this.#buffer.length > 0) {
      const gate = this.link.waitMs();
      if (gate !== 0) return gate;
      const count = this.#batchCount();
      const isFull = count === this.settings.batch.count || count < this.#buffer.length;
      const waitMs = this.#buffer[0]!.since + this.settings.batch.waitMs - now;
      if (!isFull && waitMs > 0 && !this.#isHurried) return waitMs;
      void this.#deliver(this.#take(count));
    }
    return undefined;
  }

  /** How many of the buffer make one batch. */
  #batchCount(): number {
    const { count, bytes } = this.settings.batch;
    let total = 0;
    let n = 0;
    while (n < count && n < this.#buffer.length) {
      total += this.#buffer[n]!.entry.bytes;
      if (n > 0 && total > bytes) break;
      n++;
    }
    return n;
  }

  #take(count: number): Item[] {
    const items = this.#buffer.splice(0, count).map(({ entry }) => ({ entry, attempts: 0 }));
    for (const { entry } of items) this.#bufferBytes -= entry.bytes;
    return items;
  }

  /** Sees a batch through. */
  async #deliver(batch: Item[]): Promise<void> {
    const span = this.#acks.start(batch[0]!.entry.sequence, batch.at(-1)!.entry.sequence);
    this.#running++;
    this.#inFlight += batch.length;
    let left = batch;
    for (let attempts = 0; left.length > 0; attempts++) {
      if (attempts > 0) {
        await this.#waitFor(backoffMs(this.settings.retry, attempts - 1, this.#context.random));
        this.#counters.retried += left.length;
      }
      if (!(await this.#gate())) break;
      const before = left.length;
      left = await this.#attempt(left);
      this.#inFlight -= before - left.length;
    }
    this.#running--;
    this.#inFlight -= left.length;
    if (left.length === 0) {
      this.#acks.finish(span);
      this.#save();
    }
    this.#waiter.wake();
  }

  async #waitFor(ms: number): Promise<void> {
    const { clock } = this.#context;
    const end = clock.steady() + ms;
    for (let now = clock.steady(); now < end && !this.#isStopping; now = clock.steady()) {
      await this.#waiter.wait(end - now);
    }
  }

  /** Waits until a send may start; false: never. */
  async #gate(): Promise<boolean> {
    for (;;) {
      if (this.#isStopping) return false;
      const ms = this.link.waitMs();
      if (ms === 0) return true;
      await this.#waiter.wait(ms);
    }
  }

  /** Sends once. What is left to be sent again. */
  async #attempt(items: readonly Item[]): Promise<Item[]> {
    const outcome: Outcome = await this.link.send(items.map(({ entry }) => entry.notice));
    const now = this.#context.clock.now();
    const left: Item[] = [];
    const letters: { item: Item; letter: DeadLetter }[] = [];
    const outcomes = itemOutcomes(outcome, items.length);
    for (const [i, item] of items.entries()) {
      item.attempts++;
      const own = outcomes[i]!;
      if (own.kind === 'ok') {
        this.#counters.sent++;
      } else if (own.kind === 'drop' || this.#isOver(item, now)) {
        letters.push({ item, letter: { notice: item.entry.notice, reason: deadReason(own), attempts: item.attempts } });
      } else {
        left.push(item);
      }
    }
    if (
      letters.length > 0 &&
      !(await this.#bury(
        letters.map(({ letter }) => letter),
        now,
      ))
    ) {
      left.push(...letters.map(({ item }) => item));
      left.sort((a, b) => a.entry.sequence - b.entry.sequence);
    }
    return left;
  }

  #isOver({ entry, attempts }: Item, now: number): boolean {
    const { retry } = this.settings;
    // While the process ends, sends are given up that would have gone on.
    if (this.#isStopping) return false;
    return (retry.attempts > 0 && attempts >= retry.attempts) || now - entry.time >= retry.ageMs;
  }

  /** Whether the dead letters are written. */
  async #bury(letters: readonly DeadLetter[], now: number): Promise<boolean> {
    const output = this.settings.name;
    try {
      await this.#dead.add(letters, now);
    } catch (error) {
      this.#counters.error(`dead letters can't be written: ${String(error)}`, now);
      return false;
    }
    this.#counters.dead += letters.length;
    if (now - this.#lastDeadLog >= logEveryMs) {
      this.#lastDeadLog = now;
      const { reason } = letters[0]!;
      const { dead } = this.#counters;
      this.#context.logger.log('error', 'An output will never take some alerts', { output, reason, deadLetters: dead });
    }
    return true;
  }

  #save(): void {
    const next = this.#buffer[0]?.entry.sequence ?? this.subscription.position;
    try {
      this.subscription.save(this.#acks.place(next));
      this.#saveFailed = false;
    } catch (error) {
      if (!this.#saveFailed) {
        const fields = { output: this.settings.name, reason: String(error) };
        this.#context.logger.log('error', 'The place of an output can not be written', fields);
      }
      this.#saveFailed = true;
    }
  }

  /** Nothing is waited for any more to make batches fuller. */
  hurry(): void {
    this.#isHurried = true;
    this.#waiter.wake();
  }

  setPaused(isPaused: boolean): void {
    this.link.isPaused = isPaused;
    this.#waiter.wake();
  }

  /** Whether everything that is in the queue now has been seen through. */
  get isDone(): boolean {
    return (
      !this.subscription.isBehind && this.#buffer.length === 0 && this.#acks.isIdle && this.#summaries.length === 0
    );
  }

  /** Starts nothing more, lets sends under way end for at most so long. What is not done stays in the queue. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#waiter.wake();
    await this.#loop;
    const cancel = this.#context.clock.after(graceMs, () => this.link.abort());
    while (this.#running > 0) await this.#waiter.wait(undefined);
    cancel();
    this.#save();
    await this.link.close();
  }

  stats(): OutputStats {
    const { sent, sends, failures, retried, dead, lastError, lastErrorAt, latency } = this.#counters;
    const { count, oldest } = this.subscription.waiting();
    const { evicted, expired } = this.subscription.lost;
    return {
      paused: this.link.isPaused,
      ready: this.link.isReady,
      failing: this.link.isFailing,
      depth: count,
      oldestMs: oldest === undefined ? 0 : Math.max(0, this.#context.clock.now() - oldest),
      inFlight: this.#inFlight,
      sent,
      sends,
      failures,
      retried,
      dead,
      held: { ...this.#router.held, evicted, expired },
      summaries: this.#router.summaries,
      breaker: this.link.breaker.state,
      lastError,
      lastErrorAt,
      latency: latency.histogram(),
    };
  }
}

function deadReason(outcome: ItemOutcome): string {
  return outcome.kind === 'ok' ? '' : outcome.reason;
}
