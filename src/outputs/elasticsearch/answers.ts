import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome, Outcome } from '../../model/output.ts';
import type { HttpAnswer } from '../../transport/http-client.ts';
import { classifyAnswer } from '../../transport/http-outcome.ts';

interface Item {
  readonly status?: number;
  readonly error?: { readonly type?: string; readonly reason?: string };
}

/** A notice whose fields the index can't take. */
export const refusal =
  /^(?:document_parsing_exception|mapper_parsing_exception|illegal_argument_exception|strict_dynamic_mapping_exception)/;

function itemsOf(body: Buffer): readonly Item[] | undefined {
  try {
    const { items } = JSON.parse(body.toString('utf8')) as { items?: readonly { readonly create?: Item }[] };
    return items?.map((item) => item.create ?? {});
  } catch {
    return undefined;
  }
}

function itemOutcome({ status = 0, error }: Item): ItemOutcome {
  // 409: it is there already, from an attempt whose answer was lost.
  if ((status >= 200 && status <= 299) || status === 409) return { kind: 'ok' };
  const reason = `${error?.type ?? `status ${status}`}: ${error?.reason ?? ''}`;
  return { kind: status === 429 || status >= 500 || status === 0 ? 'retry' : 'drop', reason };
}

/** What became of each document of a bulk request. */
export function classifyBulk(answer: HttpAnswer, batch: readonly Notice[]): Outcome {
  const whole = classifyAnswer(answer);
  if (whole.kind !== 'ok') return whole;
  const items = itemsOf(answer.body);
  if (items === undefined || items.length !== batch.length) {
    const count = items === undefined ? 'what is no answer to a bulk request' : `of ${items.length} documents`;
    return { kind: 'retry', reason: `the server told ${count}, ${batch.length} were sent` };
  }
  const outcomes = items.map(itemOutcome);
  return outcomes.every(({ kind }) => kind === 'ok') ? { kind: 'ok' } : { kind: 'each', items: outcomes };
}
