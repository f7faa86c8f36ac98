import { createHash } from 'node:crypto';
import { encodeMessage, Fixed64 } from '../../base/protobuf.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import { flag, integer, object } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { attributes, otlpOptions, otlpSender, resource, scope } from '../../transport/otlp.ts';

function textOf(value: NoticeValue | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

/** Alerts of one pod, container or host are one trace. */
function traceOf({ fields, hostname, uuid }: Notice): string {
  const namespace = textOf(fields.get('k8s.ns.name'));
  const pod = textOf(fields.get('k8s.pod.name'));
  if (namespace !== '' && pod !== '') return `${namespace}:${pod}`;
  const container = textOf(fields.get('container.id'));
  if (container !== '' && container !== 'host') return container;
  return textOf(fields.get('evt.hostname')) || hostname || uuid;
}

function span(notice: Notice, durationMs: number): Buffer {
  const trace = createHash('sha256').update(traceOf(notice)).digest().subarray(0, 16);
  // The same at each attempt, so that a repeat is the same span.
  const id = createHash('sha256').update(notice.uuid).digest().subarray(0, 8);
  const own: [string, NoticeValue][] = [
    ['uuid', notice.uuid],
    ['source', notice.source],
    ['priority', notice.priority],
    ['rule', notice.rule],
    ['output', notice.output],
    ['hostname', notice.hostname],
    ['tags', notice.tags.join(',')],
  ];
  return encodeMessage({
    1: trace,
    2: id,
    5: notice.rule,
    // Internal.
    6: 1,
    7: new Fixed64(notice.time),
    8: new Fixed64(notice.time + BigInt(durationMs) * 1_000_000n),
    9: attributes([...own, ...[...notice.fields].filter(([, value]) => value !== null)]),
  });
}

export default connectedOutput({
  id: 'otlp-traces',
  title: 'OTLP traces',
  summary: 'Exports each alert as a span; those of a pod, a container or a host are one trace.',
  since: '0.2.0',
  stability: 'stable',
  category: 'traces',
  section: 'otlp.traces',
  config: object({
    ...otlpOptions,
    synced: flag(false, 'Kept for the configurations that have it: every export is waited for.'),
    duration: integer(1000, 0, 86_400_000, 'Milliseconds that a span lasts.'),
  }),
  isEnabled: ({ endpoint }) => endpoint !== '',
  batch: { count: 500, bytes: 2 << 20, waitMs: 200 },
  async connect(config, context) {
    const sender = await otlpSender(config, 'traces', context);
    const [who, what] = [resource(config, context), scope(context)];
    return {
      send(batch) {
        const spans = batch.map((notice) => span(notice, config.duration));
        return sender.send(encodeMessage({ 1: encodeMessage({ 1: who, 2: encodeMessage({ 1: what, 2: spans }) }) }));
      },
      close: () => sender.close(),
    };
  },
  examples: [
    {
      title: 'By HTTP',
      config: { endpoint: '{url}' },
      expect: [{ method: 'POST', path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf' } }],
    },
  ],
});
