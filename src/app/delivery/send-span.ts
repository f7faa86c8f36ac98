import { createHash, randomBytes } from 'node:crypto';
import { encodeMessage, Fixed64 } from '../../base/protobuf.ts';
import type { NoticeValue } from '../../model/notice.ts';
import type { ItemOutcome } from '../../model/output.ts';
import { attributes } from '../../transport/otlp.ts';
import type { SendSeen } from './send-watch.ts';

// trace.proto of OTLP 1.x.

const client = 3;
const status = { ok: 1, error: 2 } as const;

/** A send as a message of type Span. Attempts with the same alerts are one trace. */
export function sendSpan({ output, batch, retries, start, end, outcome }: SendSeen): Buffer {
  const items: readonly ItemOutcome[] = outcome.kind === 'each' ? outcome.items : [outcome];
  const failed = items.find((item) => item.kind !== 'ok');
  const pairs: [string, NoticeValue][] = [
    ['saker.output', output],
    ['saker.alerts', batch.length],
    ['saker.status', failed?.kind ?? 'ok'],
    ['saker.retries', retries],
  ];
  if (outcome.kind === 'each') pairs.push(['saker.alerts.failed', items.filter(({ kind }) => kind !== 'ok').length]);
  const trace = createHash('sha256').update(batch[0]!.uuid).digest().subarray(0, 16);
  const result = failed === undefined ? { 3: status.ok } : { 2: failed.reason, 3: status.error };
  return encodeMessage({
    1: trace,
    2: randomBytes(8),
    5: `send ${output}`,
    6: client,
    7: new Fixed64(start),
    8: new Fixed64(end),
    9: attributes(pairs),
    15: encodeMessage(result),
  });
}
