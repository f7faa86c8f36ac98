import type { Logger } from '../../base/log.ts';
import { encodeMessage } from '../../base/protobuf.ts';
import type { ClientTls, OutputContext } from '../../model/output.ts';
import type { OtlpKind, OtlpSender } from '../../transport/otlp.ts';
import { otlpSender, resource, scope } from '../../transport/otlp.ts';
import { redactOutcome, secretTexts } from '../../transport/secrets.ts';
import { parseDuration } from '../config/duration.ts';
import { generalSections, type GeneralSettings } from './general.ts';
import { noticeTemplate } from './notice-template.ts';
import { OtlpNumbers } from './otlp-numbers.ts';
import type { MetricSink } from './prometheus.ts';
import { sendSpan } from './send-span.ts';
import type { SendSeen, SendWatch } from './send-watch.ts';

export type TelemetrySettings = GeneralSettings['telemetry'];

/** Spans that wait for the next export; more are left out and counted. */
const mostSpans = 4096;
const spansPerExport = 1024;
/** Milliseconds for what is exported at the end. */
const lastMs = 2000;
const perMillisecond = 1_000_000n;

export interface TelemetryContext {
  readonly logger: Logger;
  readonly version: string;
  readonly environment: OutputContext['environment'];
  /** Writes the numbers of the moment. */
  readonly metrics: (sink: MetricSink) => void;
}

interface Exporter {
  readonly settings: TelemetrySettings;
  readonly who: Buffer;
  readonly what: Buffer;
  readonly secrets: readonly string[];
  /** undefined: not wished. */
  readonly metrics: OtlpSender | undefined;
  readonly traces: OtlpSender | undefined;
  readonly timer: NodeJS.Timeout;
}

function now(): bigint {
  return BigInt(Date.now()) * perMillisecond;
}

/** Tells an OpenTelemetry collector how the delivery does. A collector that is away or slow costs nothing but what it does not get. */
export class Telemetry implements SendWatch {
  readonly #context: TelemetryContext;
  readonly #since = now();
  #exporter: Exporter | undefined;
  #key = '';
  #spans: Buffer[] = [];
  #left = 0;
  #exporting: Promise<void> | undefined;
  #isFailing = false;

  constructor(context: TelemetryContext) {
    this.#context = context;
  }

  get isWatching(): boolean {
    return this.#exporter?.traces !== undefined;
  }

  saw(send: SendSeen): void {
    if (!this.isWatching) return;
    if (this.#spans.length >= mostSpans) this.#left++;
    // As it is to be sent: the alerts need not stay in memory for it.
    else this.#spans.push(sendSpan(send));
  }

  /** Begins, ends or changes over. @throws Error where the certificates or the address can't be used. */
  async configure(settings: TelemetrySettings, readTls: () => ClientTls): Promise<void> {
    const isOn = settings.endpoint !== '' && (settings.metrics || settings.traces);
    const tls = isOn ? readTls() : undefined;
    const key = isOn ? JSON.stringify([settings, tls]) : '';
    if (key === this.#key) return;
    await this.close();
    if (tls === undefined) return;
    const { logger, version, environment } = this.#context;
    const context: OutputContext = {
      logger,
      version,
      environment,
      tls,
      timeoutMs: settings.timeout,
      concurrency: 1,
      template: noticeTemplate,
      ownFields: [],
    };
    const sender = (kind: OtlpKind, isWished: boolean) =>
      isWished ? otlpSender(settings, kind, context) : Promise.resolve(undefined);
    const timer = setInterval(() => this.#tick(), Math.max(100, parseDuration(settings.interval) ?? 0));
    timer.unref();
    this.#exporter = {
      settings,
      who: resource(settings, context),
      what: scope(context),
      secrets: secretTexts(generalSections.telemetry, settings),
      metrics: await sender('metrics', settings.metrics),
      traces: await sender('traces', settings.traces),
      timer,
    };
    this.#key = key;
  }

  /** Exports what there is, in a short time, and ends. */
  async close(): Promise<void> {
    const exporter = this.#exporter;
    if (exporter === undefined) return;
    this.#key = '';
    clearInterval(exporter.timer);
    const timeUp = new Promise<void>((resolve) => setTimeout(resolve, lastMs).unref());
    const last = async (): Promise<void> => {
      await this.#exporting;
      await this.#export(exporter);
    };
    await Promise.race([last(), timeUp]);
    this.#exporter = undefined;
    this.#spans = [];
    await Promise.all([exporter.metrics?.close(), exporter.traces?.close()]);
  }

  /** One export at a time: who is slow gets fewer. */
  #tick(): void {
    const exporter = this.#exporter;
    if (exporter === undefined || this.#exporting !== undefined) return;
    this.#exporting = this.#export(exporter).finally(() => (this.#exporting = undefined));
  }

  /** Never rejects. */
  async #export(exporter: Exporter): Promise<void> {
    const { metrics, traces } = exporter;
    if (metrics !== undefined) {
      const numbers = new OtlpNumbers(this.#since, now());
      this.#context.metrics(numbers);
      await this.#send(exporter, metrics, numbers.messages());
    }
    while (traces !== undefined && this.#spans.length > 0) {
      const part = this.#spans.splice(0, spansPerExport);
      if (await this.#send(exporter, traces, part)) continue;
      this.#left += part.length;
      return;
    }
  }

  /** Whether it was taken. */
  async #send({ who, what, secrets }: Exporter, sender: OtlpSender, messages: readonly Buffer[]): Promise<boolean> {
    const body = encodeMessage({ 1: encodeMessage({ 1: who, 2: encodeMessage({ 1: what, 2: messages }) }) });
    let reason: string;
    try {
      const outcome = redactOutcome(await sender.send(body), secrets);
      if (outcome.kind === 'ok') {
        if (this.#isFailing) this.#log('notice', 'Telemetry is exported again', { spansLeftOut: this.#left });
        this.#isFailing = false;
        return true;
      }
      reason = outcome.kind === 'each' ? '' : outcome.reason;
    } catch (error) {
      ({ message: reason } = error as Error);
    }
    if (!this.#isFailing) this.#log('warning', "Telemetry can't be exported", { reason });
    this.#isFailing = true;
    return false;
  }

  #log(...parts: Parameters<Logger['log']>): void {
    this.#context.logger.log(...parts);
  }
}
