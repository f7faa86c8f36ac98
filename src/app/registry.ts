import container from '../fields/container/index.ts';
import evt from '../fields/evt/index.ts';
import evtSyscall from '../fields/evt-syscall/index.ts';
import fd from '../fields/fd/index.ts';
import fdlist from '../fields/fdlist/index.ts';
import fsPath from '../fields/fs-path/index.ts';
import group from '../fields/group/index.ts';
import k8s from '../fields/k8s/index.ts';
import k8smeta from '../fields/k8smeta/index.ts';
import process from '../fields/process/index.ts';
import user from '../fields/user/index.ts';
import type { FieldClass, FieldTable } from '../model/field.ts';
import { buildFieldTable } from '../model/field-table.ts';

// The only place that names components. Sources, writers and outputs are loaded when they are used.

/** In the order in which fields are listed and suggested. */
const fieldClasses: readonly FieldClass[] = [evt, evtSyscall, process, user, group, fd, fdlist, fsPath, container, k8s];

/** Where events come from, by id. */
export const sources = {
  ebpf: () => import('../sources/ebpf/index.ts'),
  ptrace: () => import('../sources/ptrace/index.ts'),
  replay: () => import('../sources/replay/index.ts'),
} as const;
/** The id of a source. */
export type SourceId = keyof typeof sources;

/** The outputs of falco.yaml, by id. */
export const writers = {
  file: () => import('../writers/file/index.ts'),
  http: () => import('../writers/http/index.ts'),
  program: () => import('../writers/program/index.ts'),
  stderr: () => import('../writers/stderr/index.ts'),
  stdout: () => import('../writers/stdout/index.ts'),
  syslog: () => import('../writers/syslog/index.ts'),
} as const;
/** The id of a writer. */
export type WriterId = keyof typeof writers;

/** Ways for alerts to come in, besides HTTP. */
export const intakes = {
  kafka: () => import('../intakes/kafka/index.ts'),
  nats: () => import('../intakes/nats/index.ts'),
} as const;

/** Places that alerts are delivered to, by id. */
export const outputs = {
  alertmanager: () => import('../outputs/alertmanager/index.ts'),
  'aws-cloudwatch-logs': () => import('../outputs/aws-cloudwatch-logs/index.ts'),
  'aws-kinesis': () => import('../outputs/aws-kinesis/index.ts'),
  'aws-lambda': () => import('../outputs/aws-lambda/index.ts'),
  'aws-s3': () => import('../outputs/aws-s3/index.ts'),
  'aws-security-lake': () => import('../outputs/aws-security-lake/index.ts'),
  'aws-sns': () => import('../outputs/aws-sns/index.ts'),
  'aws-sqs': () => import('../outputs/aws-sqs/index.ts'),
  'azure-event-hub': () => import('../outputs/azure-event-hub/index.ts'),
  clickhouse: () => import('../outputs/clickhouse/index.ts'),
  cloudevents: () => import('../outputs/cloudevents/index.ts'),
  'datadog-logs': () => import('../outputs/datadog-logs/index.ts'),
  datadog: () => import('../outputs/datadog/index.ts'),
  discord: () => import('../outputs/discord/index.ts'),
  dogstatsd: () => import('../outputs/dogstatsd/index.ts'),
  dynatrace: () => import('../outputs/dynatrace/index.ts'),
  elasticsearch: () => import('../outputs/elasticsearch/index.ts'),
  fission: () => import('../outputs/fission/index.ts'),
  'gcp-chronicle': () => import('../outputs/gcp-chronicle/index.ts'),
  'gcp-cloud-functions': () => import('../outputs/gcp-cloud-functions/index.ts'),
  'gcp-cloud-run': () => import('../outputs/gcp-cloud-run/index.ts'),
  'gcp-pubsub': () => import('../outputs/gcp-pubsub/index.ts'),
  'gcp-storage': () => import('../outputs/gcp-storage/index.ts'),
  'google-chat': () => import('../outputs/google-chat/index.ts'),
  gotify: () => import('../outputs/gotify/index.ts'),
  'grafana-oncall': () => import('../outputs/grafana-oncall/index.ts'),
  grafana: () => import('../outputs/grafana/index.ts'),
  influxdb: () => import('../outputs/influxdb/index.ts'),
  'kafka-rest': () => import('../outputs/kafka-rest/index.ts'),
  kafka: () => import('../outputs/kafka/index.ts'),
  kubeless: () => import('../outputs/kubeless/index.ts'),
  logstash: () => import('../outputs/logstash/index.ts'),
  loki: () => import('../outputs/loki/index.ts'),
  mattermost: () => import('../outputs/mattermost/index.ts'),
  mqtt: () => import('../outputs/mqtt/index.ts'),
  n8n: () => import('../outputs/n8n/index.ts'),
  nats: () => import('../outputs/nats/index.ts'),
  'node-red': () => import('../outputs/node-red/index.ts'),
  openfaas: () => import('../outputs/openfaas/index.ts'),
  openobserve: () => import('../outputs/openobserve/index.ts'),
  opsgenie: () => import('../outputs/opsgenie/index.ts'),
  'otlp-logs': () => import('../outputs/otlp-logs/index.ts'),
  'otlp-metrics': () => import('../outputs/otlp-metrics/index.ts'),
  'otlp-traces': () => import('../outputs/otlp-traces/index.ts'),
  pagerduty: () => import('../outputs/pagerduty/index.ts'),
  'policy-report': () => import('../outputs/policy-report/index.ts'),
  postgresql: () => import('../outputs/postgresql/index.ts'),
  quickwit: () => import('../outputs/quickwit/index.ts'),
  rabbitmq: () => import('../outputs/rabbitmq/index.ts'),
  redis: () => import('../outputs/redis/index.ts'),
  rocketchat: () => import('../outputs/rocketchat/index.ts'),
  slack: () => import('../outputs/slack/index.ts'),
  smtp: () => import('../outputs/smtp/index.ts'),
  splunk: () => import('../outputs/splunk/index.ts'),
  spyderbat: () => import('../outputs/spyderbat/index.ts'),
  stan: () => import('../outputs/stan/index.ts'),
  statsd: () => import('../outputs/statsd/index.ts'),
  sumologic: () => import('../outputs/sumologic/index.ts'),
  syslog: () => import('../outputs/syslog/index.ts'),
  talon: () => import('../outputs/talon/index.ts'),
  teams: () => import('../outputs/teams/index.ts'),
  tekton: () => import('../outputs/tekton/index.ts'),
  telegram: () => import('../outputs/telegram/index.ts'),
  timescaledb: () => import('../outputs/timescaledb/index.ts'),
  wavefront: () => import('../outputs/wavefront/index.ts'),
  webex: () => import('../outputs/webex/index.ts'),
  webhook: () => import('../outputs/webhook/index.ts'),
  webui: () => import('../outputs/webui/index.ts'),
  'yandex-data-streams': () => import('../outputs/yandex-data-streams/index.ts'),
  'yandex-s3': () => import('../outputs/yandex-s3/index.ts'),
  zincsearch: () => import('../outputs/zincsearch/index.ts'),
  'zoho-cliq': () => import('../outputs/zoho-cliq/index.ts'),
} as const;
export type OutputId = keyof typeof outputs;

/** In the order in which their sockets are looked for. */
export const containerEngines = {
  docker: () => import('../containers/docker/index.ts'),
  podman: () => import('../containers/podman/index.ts'),
  cri: () => import('../containers/cri/index.ts'),
  containerd: () => import('../containers/containerd/index.ts'),
} as const;
/** The id of a container engine. */
export type ContainerEngineId = keyof typeof containerEngines;

/** Event sources that rules can be for. */
const eventSources: readonly string[] = ['syscall'];

/** Where Kubernetes is not asked its fields can be named, but outputs don't show them by themselves. */
const unasked: FieldClass = {
  ...k8smeta,
  fields: Object.fromEntries(
    Object.entries(k8smeta.fields).map(([name, spec]) => [name, { ...spec, suggested: false }]),
  ) as FieldClass['fields'],
};

/**
 * The fields by event source; undefined for a source that there is none of.
 * @param more classes that a configuration adds.
 * @param asksKubernetes whether a cluster is asked what pods belong to.
 */
export function fieldTables(
  more: readonly FieldClass[] = [],
  asksKubernetes = false,
): (source: string) => FieldTable | undefined {
  const classes = [...fieldClasses, asksKubernetes ? k8smeta : unasked, ...more];
  const tables = new Map(eventSources.map((source) => [source, buildFieldTable(source, classes)]));
  return (source) => tables.get(source);
}
