import { encodeMessage, Fixed64 } from '../../base/protobuf.ts';
import { logRecord } from '../../formats/otel.ts';
import type { Notice } from '../../model/notice.ts';
import { object } from '../../model/schema.ts';
import { connectedOutput } from '../../transport/connected-output.ts';
import { attributes, otlpOptions, otlpSender, resource, scope } from '../../transport/otlp.ts';

function record(notice: Notice): Buffer {
  const { time, severityNumber, severityText, body, attributes: pairs } = logRecord(notice);
  const now = BigInt(Date.now()) * 1_000_000n;
  return encodeMessage({
    1: new Fixed64(time),
    2: severityNumber,
    3: severityText,
    5: encodeMessage({ 1: Buffer.from(body) }),
    6: attributes(pairs),
    11: new Fixed64(now),
  });
}

export default connectedOutput({
  id: 'otlp-logs',
  title: 'OTLP logs',
  summary: 'Exports alerts as log records, to an OpenTelemetry collector and others.',
  description: 'With the severity of the alert, and all of its fields as attributes.',
  since: '0.2.0',
  stability: 'stable',
  category: 'logs',
  section: 'otlp.logs',
  config: object({ ...otlpOptions }),
  isEnabled: ({ endpoint }) => endpoint !== '',
  batch: { count: 500, bytes: 2 << 20, waitMs: 200 },
  async connect(config, context) {
    const sender = await otlpSender(config, 'logs', context);
    const [who, what] = [resource(config, context), scope(context)];
    return {
      send: (batch) =>
        sender.send(
          encodeMessage({ 1: encodeMessage({ 1: who, 2: encodeMessage({ 1: what, 2: batch.map(record) }) }) }),
        ),
      close: () => sender.close(),
    };
  },
  examples: [
    {
      title: 'By HTTP',
      config: { endpoint: '{url}', headers: { 'X-Tenant': 'tenant-4711' } },
      expect: [
        {
          method: 'POST',
          path: '/v1/logs',
          headers: { 'content-type': 'application/x-protobuf', 'x-tenant': 'tenant-4711' },
        },
      ],
    },
    { title: 'By gRPC', config: { endpoint: 'http://127.0.0.1:4317', protocol: 'grpc' } },
  ],
});
