import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import { integer, object, textOr } from '../../model/schema.ts';
import type { HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer } from '../../transport/http-outcome.ts';
import { httpOutput } from '../../transport/http-output.ts';

interface Offset {
  readonly error_code?: number | null;
  readonly error?: string | null;
}

function offsetsOf(body: Buffer): readonly Offset[] {
  try {
    return (JSON.parse(body.toString('utf8')) as { offsets?: readonly Offset[] }).offsets ?? [];
  } catch {
    return [];
  }
}

/** Each record has its own answer: 1 is an error for good, 2 one that may pass. */
function classify(answer: HttpAnswer, batch: readonly Notice[]): Outcome {
  const whole = classifyAnswer(answer);
  if (whole.kind !== 'ok') return whole;
  const offsets = offsetsOf(answer.body);
  if (!offsets.some(({ error_code: code }) => typeof code === 'number')) return whole;
  return {
    kind: 'each',
    items: batch.map((_, i): ItemOutcome => {
      const { error_code: code, error } = offsets[i] ?? {};
      if (typeof code !== 'number') return { kind: 'ok' };
      return { kind: code === 1 ? 'drop' : 'retry', reason: error ?? `error ${code}` };
    }),
  };
}

export default httpOutput({
  id: 'kafka-rest',
  title: 'Kafka REST proxy',
  summary: 'Sends alerts to a Kafka topic by the REST proxy.',
  since: '0.2.0',
  stability: 'stable',
  category: 'queue',
  section: 'kafkarest',
  config: object({
    address: textOr('', 'URL of the topic, e.g. http://kafka-rest:8082/topics/falco.'),
    version: integer(2, 1, 2, 'Version of the API.'),
  }),
  isEnabled: ({ address }) => address !== '',
  batch: { count: 500, bytes: 500_000, waitMs: 100 },
  request({ address, version }, batch) {
    const records = batch.map(({ json }) => ({ value: Buffer.from(json).toString('base64') }));
    return {
      method: 'POST',
      url: address,
      headers: {
        'content-type': `application/vnd.kafka.binary.v${version}+json`,
        accept: `application/vnd.kafka.v${version}+json`,
      },
      body: JSON.stringify({ records }),
    };
  },
  classify,
  examples: [
    {
      title: 'One alert',
      config: { address: '{url}/topics/falco' },
      expect: [
        {
          method: 'POST',
          path: '/topics/falco',
          headers: {
            'content-type': 'application/vnd.kafka.binary.v2+json',
            accept: 'application/vnd.kafka.v2+json',
          },
          body: '{"records":[{"value":"eyJ1dWlkIjoiNmYyYjNjMWUtOGE0ZC00YzdiLTllMmYtMWQwYTViNmM3ZDhlIiwib3V0cHV0IjoiQSBzaGVsbCB3YXMgc3Bhd25lZCBpbiBhIGNvbnRhaW5lciAodXNlcj1yb290IGNvbW1hbmQ9c2ggLWMgXCJpZFwiKSIsInByaW9yaXR5IjoiTm90aWNlIiwicnVsZSI6IlRlcm1pbmFsIHNoZWxsIGluIGNvbnRhaW5lciIsInRpbWUiOiIyMDI2LTExLTIxVDA1OjI5OjI1LjEyMzQ1Njc4OVoiLCJvdXRwdXRfZmllbGRzIjp7ImNvbnRhaW5lci5pZCI6IjNhZDdiMjZkZWQ2ZCIsImNvbnRhaW5lci5pbWFnZS5yZXBvc2l0b3J5IjoiZG9ja2VyLmlvL2xpYnJhcnkvbmdpbngiLCJjb250YWluZXIubmFtZSI6IndlYiIsImV2dC50aW1lIjoxNzk1MjM4OTY1MTIzNDU2Nzg5LCJrOHMubnMubmFtZSI6InNob3AiLCJrOHMucG9kLm5hbWUiOiJ3ZWItN2Y5YyIsInByb2MuY21kbGluZSI6InNoIC1jIFwiaWRcIiIsInByb2MubmFtZSI6InNoIiwicHJvYy5waWQiOjQyNDIsInByb2MudHR5IjozNDgxNiwidXNlci5uYW1lIjoicm9vdCJ9LCJzb3VyY2UiOiJzeXNjYWxsIiwidGFncyI6WyJUMTA1OSIsImNvbnRhaW5lciIsIm1pdHJlX2V4ZWN1dGlvbiJdLCJob3N0bmFtZSI6IndlYi0xIn0="}]}',
          answer: {
            status: 200,
            body: '{"key_schema_id":null,"value_schema_id":null,"offsets":[{"partition":0,"offset":1,"error_code":null,"error":null}]}',
          },
        },
      ],
    },
  ],
});
