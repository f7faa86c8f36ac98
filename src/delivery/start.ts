import type { Notice } from '../model/notice.ts';
import type { Outcome } from '../model/output.ts';
import { checkSettings } from './check.ts';
import { type Clock, realClock } from './clock.ts';
import type { Delivery, DeliveryContext, Left } from './delivery.ts';
import { QueueError, SettingsError } from './errors.ts';
import { IntakeCounters } from './intake-counters.ts';
import { type Body, readBody } from './notices/body.ts';
import { NoticeMaker } from './notices/maker.ts';
import type { QueueFiles } from './queue/files.ts';
import { NoticeQueue } from './queue/queue.ts';
import { Maintenance } from './routing/maintenance.ts';
import { Router } from './routing/router.ts';
import { Silences } from './routing/silences.ts';
import type { DeliverySettings, OutputSettings, Silence } from './settings.ts';
import type { DeliveryStats } from './stats.ts';
import { DeadLetters } from './worker/dead-letters.ts';
import { Worker } from './worker/worker.ts';
import type { WorkerContext } from './worker/worker-context.ts';

/** How long sends under way may take when an output is replaced or the process ends. */
const graceMs = 5000;
const pollMs = 10;

/**
 * Opens the queue and starts an output's worker each.
 * @throws SettingsError; Error where the queue or the silences can't be opened.
 */
export async function startDelivery(
  settings: DeliverySettings,
  context: DeliveryContext & { readonly files?: QueueFiles },
): Promise<Delivery> {
  const problems = checkSettings(settings);
  if (problems.length > 0) throw new SettingsError(problems);
  const clock = context.clock ?? realClock;
  const { logger, files } = context;
  const silences = await Silences.open(settings.silencesFile, clock);
  const queue = await NoticeQueue.open(
    settings.queue,
    files === undefined ? { clock, logger } : { clock, logger, files },
  );
  try {
    return new RunningDelivery(settings, { ...context, clock }, queue, silences);
  } catch (error) {
    await queue.close();
    throw error;
  }
}

interface Place {
  readonly worker: Worker;
  readonly dead: DeadLetters;
}

class RunningDelivery implements Delivery {
  #settings: DeliverySettings;
  readonly #clock: Clock;
  readonly #queue: NoticeQueue;
  readonly #workerContext: WorkerContext;
  readonly #places = new Map<string, Place>();
  readonly #counters = new IntakeCounters();
  #silences: Silences;
  #maintenance: Maintenance;
  #isClosing = false;
  /** Reloads and the end go one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  maker: NoticeMaker;

  constructor(
    settings: DeliverySettings,
    { logger, random, clock }: DeliveryContext & { readonly clock: Clock },
    queue: NoticeQueue,
    silences: Silences,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#queue = queue;
    this.#silences = silences;
    this.#maintenance = new Maintenance(settings.maintenance);
    this.maker = new NoticeMaker(settings.intake);
    this.#workerContext = {
      logger,
      clock,
      random: random ?? Math.random,
      common: () => ({ silences: this.#silences, maintenance: this.#maintenance }),
      append: (notices, target) => queue.append(notices, target),
    };
    for (const output of settings.outputs) this.#add(output);
  }

  #add(output: OutputSettings): void {
    const dead = new DeadLetters(this.#settings.deadLetters, output.name);
    const subscription = this.#queue.attach(output.name);
    const worker = new Worker(output, subscription, new Router(output), dead, this.#workerContext);
    this.#places.set(output.name, { worker, dead });
    worker.start();
  }

  async #remove(name: string, grace: number): Promise<void> {
    const { worker } = this.#place(name);
    await worker.flushSummaries();
    await worker.stop(grace);
    this.#places.delete(name);
    await worker.subscription.close(false);
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) throw new RangeError(`there is no output ${name}`);
    return place;
  }

  read(body: Uint8Array): Body {
    const read = readBody(body, this.maker);
    this.#counters.refused(read);
    return read;
  }

  async accept(notices: readonly Notice[]): Promise<void> {
    try {
      if (this.#isClosing) throw new QueueError('closed', 'the program is ending');
      await this.#queue.append(notices);
    } catch (error) {
      this.#counters.failed(error, notices.length);
      throw error;
    }
    this.#counters.accepted(notices);
  }

  async reload(settings: DeliverySettings): Promise<void> {
    const problems = checkSettings(settings);
    if (problems.length > 0) throw new SettingsError(problems);
    await this.#inTurn(() => this.#reload(settings));
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(run);
    this.#changing = result.catch(() => undefined);
    return result;
  }

  async #reload(settings: DeliverySettings): Promise<void> {
    if (this.#isClosing) return;
    const last = this.#settings;
    if (settings.silencesFile !== last.silencesFile) {
      this.#silences = await Silences.open(settings.silencesFile, this.#clock);
    }
    this.#settings = { ...settings, queue: { ...settings.queue, folder: last.queue.folder } };
    this.#queue.configure(settings.queue);
    this.#maintenance = new Maintenance(settings.maintenance);
    this.#counters.cut += this.maker.cut;
    this.maker = new NoticeMaker(settings.intake);
    const wanted = new Map(settings.outputs.map((output) => [output.name, output]));
    const isMoved = JSON.stringify(settings.deadLetters) !== JSON.stringify(last.deadLetters);
    const leaving = [...this.#places].filter(
      ([name, { worker }]) => isMoved || wanted.get(name)?.revision !== worker.settings.revision,
    );
    await Promise.all(leaving.map(([name]) => this.#remove(name, graceMs)));
    for (const [name, output] of wanted) if (!this.#places.has(name)) this.#add(output);
  }

  stats(): DeliveryStats {
    return {
      intake: this.#counters.stats(this.maker.cut),
      queue: this.#queue.stats(),
      outputs: new Map([...this.#places].map(([name, { worker }]) => [name, worker.stats()])),
    };
  }

  async test(name: string, notice: Notice): Promise<Outcome> {
    return await this.#place(name).worker.link.test(notice);
  }

  pause(name: string): void {
    this.#place(name).worker.setPaused(true);
  }

  resume(name: string): void {
    this.#place(name).worker.setPaused(false);
  }

  silences(): readonly Silence[] {
    return this.#silences.list();
  }

  silence(silence: Omit<Silence, 'id'>): Promise<Silence> {
    return this.#silences.add(silence);
  }

  unsilence(id: string): Promise<boolean> {
    return this.#silences.remove(id);
  }

  async replayDeadLetters(name?: string): Promise<number> {
    const names = name === undefined ? [...this.#places.keys()] : [name];
    let count = 0;
    for (const each of names) {
      count += await this.#place(each).dead.replay((notices) => this.#queue.append(notices, each));
    }
    return count;
  }

  async drain(timeoutMs: number): Promise<boolean> {
    return await this.#until(timeoutMs, ({ worker }) => worker.isDone);
  }

  async #until(timeoutMs: number, holds: (place: Place) => boolean): Promise<boolean> {
    const end = this.#clock.steady() + timeoutMs;
    for (;;) {
      if ([...this.#places.values()].every(holds)) return true;
      if (this.#clock.steady() >= end) return false;
      await new Promise<void>((resolve) => this.#clock.after(pollMs, resolve));
    }
  }

  async close(timeoutMs: number): Promise<Left> {
    this.#isClosing = true;
    return await this.#inTurn(() => this.#close(timeoutMs));
  }

  async #close(timeoutMs: number): Promise<Left> {
    const end = this.#clock.steady() + timeoutMs;
    for (const { worker } of this.#places.values()) {
      await worker.flushSummaries();
      worker.hurry();
    }
    await this.#until(timeoutMs, ({ worker }) => worker.isDone || worker.link.isHopeless);
    const grace = Math.max(0, Math.min(graceMs, end - this.#clock.steady()));
    const waiting = new Map<string, number>();
    const places = [...this.#places];
    await Promise.all(places.map(([, { worker }]) => worker.stop(grace)));
    for (const [name, { worker }] of places) {
      waiting.set(name, worker.subscription.waiting().count);
      await worker.subscription.close(false);
    }
    this.#places.clear();
    await this.#queue.close();
    return { waiting };
  }
}
