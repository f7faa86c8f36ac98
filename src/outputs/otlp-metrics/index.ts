import { encodeMessage, Fixed64 } from '../../base/protobuf.ts';
import type { Notice, NoticeValue } from '../../model/notice.ts';
import { object, textList } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { attributes, otlpOptions, otlpSender, resource, scope } from '../../transport/otlp.ts';

const metric = 'falcosecurity_falco_rules_matches_total';
/** Attribute sets that are told apart. */
const mostSeries = 10_000;
const delta = 1;

function pairsOf(notice: Notice, extra: readonly string[]): [string, NoticeValue][] {
  const { source, priority, rule, hostname, tags, fields } = notice;
  const pairs: [string, NoticeValue][] = [
    ['source', source],
    ['priority', priority],
    ['rule', rule],
    ['hostname', hostname],
    ['tags', tags.join(',')],
  ];
  for (const name of ['k8s.ns.name', 'k8s.pod.name', ...extra]) {
    const value = fields.get(name);
    if (value !== undefined && value !== null) pairs.push([name.replace(/[^A-Za-z0-9]/g, '_'), String(value)]);
  }
  return pairs;
}

/** What came in since the last export: a sum with delta temporality, so that each export stands for itself. */
function request(batch: readonly Notice[], extra: readonly string[], since: bigint, until: bigint): Buffer {
  const series = new Map<string, { pairs: [string, NoticeValue][]; count: number }>();
  for (const notice of batch) {
    const pairs = series.size < mostSeries ? pairsOf(notice, extra) : [];
    const key = JSON.stringify(pairs);
    const found = series.get(key);
    if (found === undefined) series.set(key, { pairs, count: 1 });
    else found.count++;
  }
  const points = [...series.values()].map(({ pairs, count }) =>
    encodeMessage({
      7: attributes(pairs),
      2: new Fixed64(since),
      3: new Fixed64(until),
      6: new Fixed64(BigInt(count)),
    }),
  );
  // Sum: points, temporality, monotonic.
  const sum = Buffer.concat([encodeMessage({ 1: points, 2: delta }), Buffer.from([0x18, 1])]);
  return encodeMessage({ 1: metric, 2: 'Alerts by rule.', 3: '{alert}', 7: sum });
}

export default connectedOutput({
  id: 'otlp-metrics',
  title: 'OTLP metrics',
  summary: 'Exports how often rules matched, to an OpenTelemetry collector and others.',
  description: 'The counter falcosecurity_falco_rules_matches_total, with what came in since the last export.',
  since: '0.2.0',
  stability: 'stable',
  category: 'metrics',
  section: 'otlp.metrics',
  config: object({
    ...otlpOptions,
    extraattributes: textList('Fields of alerts that become attributes.'),
  }),
  isEnabled: ({ endpoint }) => endpoint !== '',
  batch: { count: 10_000, bytes: 16 << 20, waitMs: 10_000 },
  mostConcurrent: 1,
  async connect(config, context) {
    const sender = await otlpSender(config, 'metrics', context);
    const [who, what] = [resource(config, context), scope(context)];
    const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
    let since = now();
    return {
      async send(batch) {
        const until = now();
        const made = request(batch, config.extraattributes, since, until);
        const outcome = await sender.send(
          encodeMessage({ 1: encodeMessage({ 1: who, 2: encodeMessage({ 1: what, 2: made }) }) }),
        );
        if (outcome.kind === 'ok') since = until;
        return outcome;
      },
      close: () => sender.close(),
    };
  },
  examples: [
    {
      title: 'By HTTP',
      config: { endpoint: '{url}/v1/metrics', extraattributes: ['proc.name'] },
      expect: [{ method: 'POST', path: '/v1/metrics', headers: { 'content-type': 'application/x-protobuf' } }],
    },
  ],
});
