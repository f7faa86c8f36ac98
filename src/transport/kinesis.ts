import type { Notice } from '../model/notice.ts';
import type { BatchLimits, ItemOutcome, Outcome } from '../model/output.ts';
import { type AwsSigner, awsCall, classifyAws, itemError, together } from './aws.ts';
import type { HttpAnswer, HttpRequest } from './http-client.ts';
import { jsonOf } from './http-outcome.ts';

/** PutRecords takes 500 records and 5 MiB, in base64. */
export const recordLimits: BatchLimits = { count: 500, bytes: 3_500_000, waitMs: 100 };

/** Puts alerts in a stream; also of services that speak like Kinesis. */
export function putRecords(signer: AwsSigner, stream: string, batch: readonly Notice[]): Promise<HttpRequest> {
  const records = batch.map(({ uuid, json }) => ({ Data: Buffer.from(json).toString('base64'), PartitionKey: uuid }));
  return awsCall(signer, '1.1', 'Kinesis_20131202.PutRecords', { StreamName: stream, Records: records });
}

interface PutRecord {
  readonly ErrorCode?: string | null;
  readonly ErrorMessage?: string | null;
}

/** An answer has an entry for each record, also when it is 200. */
export function classifyRecords(answer: HttpAnswer, batch: readonly Notice[]): Outcome {
  const records = (jsonOf(answer)?.['Records'] ?? []) as readonly PutRecord[];
  if (answer.status !== 200 || records.length !== batch.length) return classifyAws(answer);
  return together(
    records.map(
      ({ ErrorCode: code, ErrorMessage: message }): ItemOutcome =>
        code === undefined || code === null ? { kind: 'ok' } : itemError(code, message ?? '', false),
    ),
  );
}
