import { randomUUID } from 'node:crypto';
import { hostname as machineName } from 'node:os';
import type { Logger } from '../../base/log.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import { QueueError } from '../../delivery/errors.ts';
import { startDelivery } from '../../delivery/start.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Notice } from '../../model/notice.ts';
import type { Outcome, Traffic } from '../../model/output.ts';
import { NotNow, type Taken } from '../../server/alerts.ts';
import { EventCounts } from './event-counts.ts';
import type { GeneralSettings } from './general.ts';
import { IntakeServers } from './intake-servers.ts';
import { Intakes } from './intakes.ts';
import type { ConfiguredOutput } from './load.ts';
import { operationsOf } from './operations.ts';
import { addDeliveryMetrics, deliveryMetrics, trafficOf } from './prometheus.ts';
import { type PreparedDelivery, prepareDelivery, type PrepareOptions } from './prepare.ts';
import { Telemetry } from './telemetry.ts';

/** A configuration that can't be used. */
export class DeliveryConfigError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the configuration has errors');
    this.diagnostics = diagnostics;
  }
}

/** How a delivery is started. */
export interface ServiceOptions extends Omit<PrepareOptions, 'watch' | 'traffic'> {
  /** Serve the way in by HTTP. */
  readonly serves: boolean;
  /** What is odd in the configuration but no obstacle. */
  readonly onWarnings: (diagnostics: readonly Diagnostic[]) => void;
  /** A configuration is about to be used: at the start, and at each reload. */
  readonly onGeneral?: (general: GeneralSettings) => void;
}

/** Milliseconds that connecting to a broker may take. */
const connectMs = 10_000;

/** An alert that says nothing, for trying outputs. */
function testAlert(now: Date): Buffer {
  const alert = {
    uuid: randomUUID(),
    output: 'This is a test from Saker',
    priority: 'Debug',
    hostname: machineName(),
    rule: 'Test rule',
    time: now.toISOString(),
    source: 'internal',
    output_fields: { 'proc.name': 'saker', 'proc.tty': 1234 },
    tags: ['test', 'example'],
  };
  return Buffer.from(JSON.stringify(alert));
}

function outcomeText(outcome: Outcome): string {
  const one = outcome.kind === 'each' ? outcome.items[0] : outcome;
  if (one === undefined || one.kind === 'ok') return 'ok';
  return one.reason;
}

/** A running delivery with its ways in: what `saker deliver` is. */
export class DeliveryService {
  readonly #options: ServiceOptions;
  readonly #logger: Logger;
  readonly #preparing: PrepareOptions;
  readonly #telemetry: Telemetry;
  #started: Delivery | undefined;
  #destinations: ReadonlyMap<string, string> = new Map();
  #events: EventCounts;
  #servers: IntakeServers | undefined;
  #intakes: Intakes | undefined;
  #intakesKey = '';
  #badRequests = 0;
  #isClosing = false;

  private constructor(options: ServiceOptions) {
    const { logger, version, environment } = options;
    this.#options = options;
    this.#logger = logger;
    this.#events = new EventCounts();
    this.#telemetry = new Telemetry({
      logger,
      version,
      environment,
      metrics: (sink) => addDeliveryMetrics(sink, this.#delivery.stats(), this.#traffic()),
    });
    this.#preparing = { ...options, watch: this.#telemetry, traffic: () => this.#traffic() };
  }

  /** @throws DeliveryConfigError; Error when the queue or the port can't be had. */
  static async start(options: ServiceOptions): Promise<DeliveryService> {
    const service = new DeliveryService(options);
    const prepared = await service.#prepare();
    const delivery = await startDelivery(prepared.settings, { logger: options.logger });
    service.#started = delivery;
    try {
      await service.#use(prepared);
      await service.#serve(prepared);
    } catch (error) {
      await delivery.close(0);
      await service.#telemetry.close();
      throw error;
    }
    return service;
  }

  /** Ports of the way in: for alerts, and for what is served without TLS. */
  get ports(): readonly number[] {
    return this.#servers?.ports ?? [];
  }

  get delivery(): Delivery {
    return this.#delivery;
  }

  get #delivery(): Delivery {
    if (this.#started === undefined) throw new Error('the delivery has not begun');
    return this.#started;
  }

  /** Outputs are opened while the delivery begins: there is nothing to count then. */
  #traffic(): Traffic {
    if (this.#started === undefined) return { accepted: 0, rejected: 0, outputs: new Map() };
    return trafficOf(this.#started.stats(), this.#badRequests, this.#destinations);
  }

  /** @throws DeliveryConfigError */
  async #prepare(): Promise<PreparedDelivery> {
    const prepared = await prepareDelivery(this.#preparing);
    if (!prepared.ok) throw new DeliveryConfigError(prepared.diagnostics);
    this.#options.onGeneral?.(prepared.general);
    if (prepared.diagnostics.length > 0) this.#options.onWarnings(prepared.diagnostics);
    return prepared;
  }

  /** What is neither the delivery's own nor a way in. @throws Error */
  async #use({ general, outputs, telemetryTls }: PreparedDelivery): Promise<void> {
    this.#destinations = new Map(outputs.map((output) => [output.name, destinationOf(output)]));
    const labels = extraLabels(general);
    // Other labels are other series: counting begins anew, as it does after a restart.
    if (!this.#events.isBy(labels)) this.#events = new EventCounts(labels);
    await this.#telemetry.configure(general.telemetry, () => telemetryTls(this.#options.read));
  }

  /** Text for Prometheus. */
  metrics(): string {
    return deliveryMetrics(this.#delivery.stats(), this.#events, this.#traffic());
  }

  /** Takes alerts over from the engine or another way in. @throws QueueError */
  async accept(notices: readonly Notice[]): Promise<void> {
    await this.#delivery.accept(notices);
    for (const notice of notices) this.#events.add(notice);
  }

  /** Reads the configuration again; where it has errors, all stays as it is. */
  async reload(): Promise<boolean> {
    try {
      const prepared = await this.#prepare();
      // A port that can't be had must change nothing else.
      await this.#serve(prepared);
      await this.#delivery.reload(prepared.settings);
      await this.#use(prepared);
      this.#logger.log('info', 'the configuration was read again', { outputs: prepared.settings.outputs.length });
      return true;
    } catch (error) {
      const problems = error instanceof DeliveryConfigError ? error.diagnostics.length : undefined;
      const { message } = error as Error;
      this.#logger.log('error', 'the new configuration is not used; the one before stays', {
        error: message,
        problems,
      });
      if (error instanceof DeliveryConfigError) this.#options.onWarnings(error.diagnostics);
      return false;
    }
  }

  /** Sends a test alert to one output, or to all. @returns what became of it, by output; undefined: there is none of that name. */
  async test(name: string | undefined): Promise<Record<string, string> | undefined> {
    const names = [...this.#delivery.stats().outputs.keys()].filter((item) => name === undefined || item === name);
    if (names.length === 0 && name !== undefined) return undefined;
    const { notices } = this.#delivery.read(testAlert(new Date()));
    const outcomes = names.map(async (output): Promise<[string, string]> => {
      try {
        return [output, outcomeText(await this.#delivery.test(output, notices[0]!))];
      } catch (error) {
        return [output, (error as Error).message];
      }
    });
    return Object.fromEntries(await Promise.all(outcomes));
  }

  /** Takes nothing more in, gives outputs so many milliseconds for what waits. @returns how many alerts wait still. */
  async close(timeoutMs: number): Promise<number> {
    this.#isClosing = true;
    await Promise.all([this.#servers?.close(), this.#intakes?.close()]);
    const { waiting } = await this.#delivery.close(timeoutMs);
    await this.#telemetry.close();
    return Math.max(0, ...waiting.values());
  }

  async #serve(prepared: PreparedDelivery): Promise<void> {
    if (!this.#options.serves) return;
    this.#servers ??= new IntakeServers(this.#logger, {
      take: (body) => this.#take(body),
      onRejected: () => this.#badRequests++,
      test: (output) => this.test(output),
      health: () => this.#health(),
      operations: operationsOf(this.#delivery),
      metrics: () => this.metrics(),
    });
    await this.#servers.serve(prepared.general, this.#options.read);
    await this.#takeFrom(prepared);
  }

  /** Begins the ways in besides HTTP; those that are as before go on. */
  async #takeFrom({ intakes, intakeTls }: PreparedDelivery): Promise<void> {
    const key = JSON.stringify(intakes.map(({ spec, options }) => [spec.id, options]));
    if (key === this.#intakesKey) return;
    await this.#intakes?.close();
    this.#intakesKey = key;
    const { version, read } = this.#options;
    this.#intakes = new Intakes(intakes, {
      logger: this.#logger,
      version,
      timeoutMs: connectMs,
      tls: intakeTls(read),
      take: async (body) => void (await this.#take(body)),
    });
  }

  async #take(body: Uint8Array): Promise<Taken> {
    if (this.#isClosing) throw new NotNow('Saker is about to end');
    const { notices, refused } = this.#delivery.read(body);
    if (notices.length > 0) {
      try {
        await this.accept(notices);
      } catch (error) {
        if (error instanceof QueueError) throw new NotNow(`the alerts can't be kept now: ${error.message}`);
        throw error;
      }
    }
    return { accepted: notices.length, refused: refused.map(({ index, message }) => ({ index, reason: message })) };
  }

  #health(): { ok: boolean; text: string } {
    const { problem } = this.#delivery.stats().queue;
    return problem === undefined ? { ok: true, text: 'ok' } : { ok: false, text: `queue: ${problem}` };
  }
}

/** Fields that are labels of counted alerts: those that the configuration adds, and those that it names. */
function extraLabels({ '': top, prometheus }: GeneralSettings): readonly string[] {
  const added = [...Object.keys(top.customfields), ...Object.keys(top.templatedfields)];
  return [...new Set([...added, ...prometheus.extralabels])];
}

/** What Falcosidekick calls the output in its metrics: its section in one word (`awss3`). Further ones of a kind have their name. */
function destinationOf({ name, spec }: ConfiguredOutput): string {
  return name === spec.id ? spec.section.replaceAll('.', '') : name;
}
