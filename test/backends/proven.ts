import type { OutputId } from '../../src/app/registry.ts';

/** A real server, the version that it was last seen with, and the outputs that a suite of its name opens against it. */
interface Proof {
  readonly server: string;
  readonly version: string;
  /** What it is not. */
  readonly note?: string;
  readonly outputs: readonly OutputId[];
  /** Outputs that reach a server of the tests through it. */
  readonly proxied?: readonly OutputId[];
}

/**
 * What the suites of this folder prove, by their names; the reference of outputs is made of it. A suite that opens another output,
 * or leaves one of these out, fails.
 */
const proven = {
  'NATS with JetStream': { server: 'NATS', version: '2.9.10', outputs: ['nats'] },
  'a fleet by NATS JetStream': { server: 'NATS', version: '2.9.10', outputs: ['nats'] },
  'NATS Streaming': { server: 'NATS Streaming', version: '0.25.6', outputs: ['stan'] },
  Mosquitto: { server: 'Mosquitto', version: '2.0.11', outputs: ['mqtt'] },
  Redis: { server: 'Redis', version: '7.0.15', outputs: ['redis'] },
  RabbitMQ: { server: 'RabbitMQ', version: '3.10.8', outputs: ['rabbitmq'] },
  Kafka: { server: 'Kafka', version: '3.9.1', outputs: ['kafka'] },
  PostgreSQL: { server: 'PostgreSQL', version: '15.18', outputs: ['postgresql', 'timescaledb'] },
  rsyslog: { server: 'rsyslog', version: '8.2302', outputs: ['syslog'] },
  'rsyslog with TLS': { server: 'rsyslog', version: '8.2302', outputs: ['syslog'] },
  aiosmtpd: { server: 'aiosmtpd', version: '1.4.6', outputs: ['smtp'] },
  'aiosmtpd with STARTTLS and sign-in': { server: 'aiosmtpd', version: '1.4.6', outputs: ['smtp'] },
  'Moto (AWS)': {
    server: 'Moto',
    version: '5.2.5',
    note: 'emulates AWS, checks signatures',
    outputs: ['aws-cloudwatch-logs', 'aws-kinesis', 'aws-lambda', 'aws-s3', 'aws-security-lake', 'aws-sns', 'aws-sqs'],
  },
  MinIO: { server: 'MinIO', version: '2026-02-12', outputs: ['aws-s3', 'yandex-s3'] },
  'Pub/Sub emulator': { server: 'Pub/Sub emulator', version: '0.8.20', note: 'of Google', outputs: ['gcp-pubsub'] },
  'Kubernetes API server': {
    server: 'Kubernetes API server',
    version: '1.34.4',
    outputs: ['policy-report'],
    proxied: ['openfaas', 'kubeless', 'fission'],
  },
  Alertmanager: { server: 'Alertmanager', version: '0.25.0', outputs: ['alertmanager'] },
  'InfluxDB 1': { server: 'InfluxDB', version: '1.6.7', outputs: ['influxdb'] },
  OpenSearch: { server: 'OpenSearch', version: '2.19.3', outputs: ['elasticsearch'] },
  "ClickHouse's engine": {
    server: "ClickHouse's engine",
    version: '26.9',
    note: 'chdb, behind an HTTP server of the tests',
    outputs: ['clickhouse'],
  },
  ClickHouse: { server: 'ClickHouse', version: '18.16.1', outputs: ['webhook'] },
  'StatsD exporter': { server: "Prometheus' StatsD exporter", version: '0.28.0', outputs: ['statsd', 'dogstatsd'] },
} as const satisfies Readonly<Record<string, Proof>>;

/** Names of suites. */
export type SuiteName = keyof typeof proven;

/** The same, with what some of them leave out. */
export const proofs: Readonly<Record<SuiteName, Proof>> = proven;
