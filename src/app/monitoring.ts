import { readFileSync } from 'node:fs';
import type { Logger } from '../base/log.ts';
import type { RunningServer } from '../server/listen.ts';
import { currentInterfaces, currentResources, nowNs, runFacts, type RunMaterial } from './metrics/facts.ts';
import { type Measures, type MetricsSettings, type RunFacts } from './metrics/measures.ts';
import { prometheusText } from './metrics/prometheus.ts';
import { MetricsRecorder } from './metrics/recorder.ts';
import { Snapshots } from './metrics/snapshot.ts';
import { type Session, SessionError } from './session.ts';

/** Where the pages for health and metrics are served. */
export interface ServerSettings {
  readonly address: string;
  readonly port: number;
  readonly healthPath: string;
  /** PEM file with certificate and key; absent: no TLS. */
  readonly certificateFile?: string | undefined;
  /** Serve /metrics. */
  readonly showsMetrics: boolean;
}

/** Where snapshots of the metrics go, and how often. */
export interface SnapshotSettings {
  readonly intervalMs: number;
  /** Each snapshot is an alert. */
  readonly asAlert: boolean;
  readonly file: string | undefined;
}

export interface MonitoringOptions {
  readonly server?: ServerSettings | undefined;
  readonly snapshots?: SnapshotSettings | undefined;
  readonly metrics: MetricsSettings;
  readonly material: RunMaterial;
  /** The file that tells the memory of the container around; absent: the usual ones. */
  readonly cgroupMemory?: string | undefined;
  /** JSON of /versions. */
  readonly versions: string;
  readonly logger: Logger;
  /** Metrics of others, for the same page. */
  readonly more?: (() => string) | undefined;
}

/** Who asks more often gets the same again: measuring takes time that the sensor needs. */
const freshMs = 1000;
const snapshotRule = 'Falco internal: metrics snapshot';

/** What others see of a session while it runs: health, versions, metrics. */
export class Monitoring {
  readonly #options: MonitoringOptions;
  readonly #facts: RunFacts;
  #server: RunningServer | undefined;
  #recorder: MetricsRecorder | undefined;
  #session: Session | undefined;

  private constructor(options: MonitoringOptions) {
    this.#options = options;
    this.#facts = runFacts(options.material);
  }

  /** @throws SessionError when the server can't have its address, or the file for metrics can't be written. */
  static async start(options: MonitoringOptions): Promise<Monitoring> {
    const monitoring = new Monitoring(options);
    try {
      if (options.snapshots !== undefined) monitoring.#record(options.snapshots);
      if (options.server !== undefined) await monitoring.#serve(options.server);
    } catch (error) {
      await monitoring.close();
      throw error;
    }
    return monitoring;
  }

  /** The session has begun. */
  follow(session: Session): void {
    this.#session = session;
  }

  async close(): Promise<void> {
    this.#recorder?.close();
    await this.#server?.close();
  }

  #record({ intervalMs, asAlert, file }: SnapshotSettings): void {
    const snapshots = new Snapshots(this.#options.metrics);
    try {
      this.#recorder = new MetricsRecorder({
        intervalMs,
        file,
        tell: asAlert
          ? (fields) => this.#session?.tell('Informational', snapshotRule, 'Falco metrics snapshot', fields)
          : undefined,
        take: () => {
          const measures = this.#measure();
          return measures === undefined ? undefined : snapshots.take(measures);
        },
        logger: this.#options.logger,
      });
    } catch (error) {
      throw new SessionError([`metrics.output_file: ${(error as Error).message}`]);
    }
  }

  async #serve({ address, port, healthPath, certificateFile, showsMetrics }: ServerSettings): Promise<void> {
    const { versions, metrics, logger, more } = this.#options;
    const [{ serverApp }, { listen }] = await Promise.all([import('../server/app.ts'), import('../server/listen.ts')]);
    let text: string | undefined;
    let measuredAt = Number.NEGATIVE_INFINITY;
    const metricsText = (): string | undefined => {
      const now = performance.now();
      if (text !== undefined && now - measuredAt < freshMs) return text;
      const measures = this.#measure();
      text = measures === undefined ? undefined : prometheusText(measures, metrics) + (more?.() ?? '');
      measuredAt = now;
      return text;
    };
    const app = serverApp({
      healthPath,
      problem: () => this.#session?.health.problem,
      isReady: () => this.#session?.health.isReady === true,
      versions,
      metrics: showsMetrics ? metricsText : undefined,
    });
    const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    try {
      const pem = certificateFile === undefined ? undefined : readFileSync(certificateFile, 'utf8');
      const onError = (error: Error): void =>
        logger.log('error', 'the web server has a problem', { error: error.message });
      this.#server = await listen(app, {
        address,
        port,
        tls: pem === undefined ? undefined : { cert: pem, key: pem },
        onError,
      });
    } catch (error) {
      throw new SessionError([`the web server can't serve ${where}: ${(error as Error).message}`]);
    }
    logger.log('info', 'the web server listens', { address: where, tls: String(certificateFile !== undefined) });
  }

  /** undefined: the session has not begun. */
  #measure(): Measures | undefined {
    if (this.#session === undefined) return undefined;
    return {
      time: nowNs(),
      facts: this.#facts,
      counts: this.#session.counts,
      resources: currentResources(this.#options.material.hostRoot, this.#options.cgroupMemory),
      interfaces: currentInterfaces(),
    };
  }
}
