import type { Notice } from '../model/notice.ts';
import type { ItemOutcome, Outcome } from '../model/output.ts';

/** Sends a part of a batch. @param withinMs how long it may take. */
type SendPart = (part: readonly Notice[], withinMs: number) => Promise<Outcome>;

/** What was taken has to be told before the time for the whole is up: else it would be sent again. */
const timeShare = 0.9;

function later(reason: string): ItemOutcome {
  return { kind: 'retry', reason };
}

/**
 * Sends a batch by requests of at most `size` notices, in order; behind what has to be tried again nothing is sent, for it
 * would overtake. Where a receiver refuses a whole request for good, its halves are sent apart, and theirs, until what it
 * does not take is alone: one bad notice must not cost the others their place.
 */
export async function inParts(
  batch: readonly Notice[],
  size: number,
  timeoutMs: number,
  send: SendPart,
): Promise<Outcome> {
  const start = performance.now();
  const items: ItemOutcome[] = [];
  let most = size;
  if (batch.length <= size) {
    const outcome = await send(batch, timeoutMs);
    if (outcome.kind !== 'drop' || batch.length === 1) return outcome;
    most = batch.length >> 1;
  }
  while (items.length < batch.length) {
    const part = batch.slice(items.length, items.length + most);
    const withinMs = Math.max(start + timeoutMs * timeShare - performance.now(), 1);
    const outcome = await send(part, withinMs).catch((error: unknown): Outcome => {
      if (items.length === 0) throw error;
      return later((error as Error).message);
    });
    if (outcome.kind === 'drop' && part.length > 1) {
      most = part.length >> 1;
      continue;
    }
    const parts = outcome.kind === 'each' ? outcome.items : part.map(() => outcome);
    items.push(...parts);
    most = Math.min(size, most * 2);
    const stop = parts.find((item) => item.kind === 'retry');
    if (stop !== undefined) while (items.length < batch.length) items.push(stop);
  }
  return { kind: 'each', items };
}
