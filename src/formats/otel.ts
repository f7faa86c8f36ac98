import type { Priority } from '../model/alert.ts';
import type { Notice, NoticeValue } from '../model/notice.ts';
import { factsOf } from './facts.ts';
import { formatJson } from './json.ts';

/** Severity numbers of the OpenTelemetry log data model. */
const severityNumbers: Readonly<Record<Priority, number>> = {
  Emergency: 24,
  Alert: 22,
  Critical: 21,
  Error: 17,
  Warning: 13,
  Notice: 10,
  Informational: 9,
  Debug: 5,
};

/** A log record, before it is encoded. Times in nanoseconds since the epoch. */
export interface LogRecord {
  readonly time: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: readonly (readonly [string, NoticeValue])[];
}

/** An alert by OpenTelemetry's semantic conventions where they have a name, and under `saker.field.` with all of its fields. */
export function logRecord(notice: Notice): LogRecord {
  const { process, parent, user, container, pod, file, client, server } = factsOf(notice);
  const named: readonly (readonly [string, NoticeValue | undefined])[] = [
    ['saker.uuid', notice.uuid],
    ['saker.rule', notice.rule],
    ['saker.priority', notice.priority],
    ['saker.source', notice.source],
    ['saker.tags', notice.tags.length === 0 ? undefined : notice.tags],
    ['host.name', notice.hostname === '' ? undefined : notice.hostname],
    ['process.pid', process.pid],
    ['process.executable.name', process.name],
    ['process.executable.path', process.executable],
    ['process.command_line', process.commandLine],
    ['process.working_directory', process.directory],
    ['process.parent_pid', parent.pid],
    ['user.name', user.name],
    ['user.id', user.uid],
    ['container.id', container.id],
    ['container.name', container.name],
    ['container.image.name', container.image],
    ['container.image.tags', container.tag === undefined ? undefined : [container.tag]],
    ['k8s.namespace.name', pod.namespace],
    ['k8s.pod.name', pod.name],
    ['k8s.pod.uid', pod.uid],
    ['file.path', file],
    ['client.address', client.ip],
    ['client.port', client.port],
    ['server.address', server.ip],
    ['server.port', server.port],
  ];
  const own = [...notice.fields].map(([name, value]) => [`saker.field.${name}`, value] as const);
  const attributes = [...named, ...own].filter((pair): pair is readonly [string, NoticeValue] => {
    return pair[1] !== undefined && pair[1] !== null;
  });
  return {
    time: notice.time,
    severityNumber: severityNumbers[notice.priority],
    severityText: notice.priority,
    body: notice.output,
    attributes,
  };
}

/** A value as OTLP's JSON has it: integers as text. */
function anyValue(value: NoticeValue): Record<string, unknown> {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: (value as readonly NoticeValue[]).map(anyValue) } };
  return { stringValue: typeof value === 'string' ? value : '' };
}

/** An alert as a log record in OTLP's JSON encoding, one line. */
export function otelLog(notice: Notice): string {
  const { time, severityNumber, severityText, body, attributes } = logRecord(notice);
  return formatJson({
    timeUnixNano: String(time),
    severityNumber,
    severityText,
    body: { stringValue: body },
    attributes: attributes.map(([key, value]) => ({ key, value: anyValue(value) as never })),
  });
}
