import type { Notice } from '../../model/notice.ts';
import type { ItemOutcome, OpenOutput, Outcome } from '../../model/output.ts';
import type { Clock } from '../clock.ts';

/** A send under way. */
export interface Sending {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Gives it up; the outcome says so. */
  abort(reason: string): void;
}

/** Starts a send that ends in time, also where the output takes no notice of its signal. */
export function send(output: OpenOutput, batch: readonly Notice[], timeoutMs: number, clock: Clock): Sending {
  const controller = new AbortController();
  let end: (outcome: Outcome) => void = () => undefined;
  const outcome = new Promise<Outcome>((resolve) => (end = resolve));
  function abort(reason: string): void {
    end({ kind: 'retry', reason });
    controller.abort();
  }
  const cancel = clock.after(timeoutMs, () => abort(`no answer within ${timeoutMs} ms`));
  void run(output, batch, controller.signal).then((result) => {
    cancel();
    end(result);
  });
  return {
    outcome,
    abort(reason) {
      cancel();
      abort(reason);
    },
  };
}

async function run(output: OpenOutput, batch: readonly Notice[], signal: AbortSignal): Promise<Outcome> {
  try {
    return await output.send(batch, signal);
  } catch (error) {
    return { kind: 'retry', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What became of each notice of a batch. An output that says too little has not acknowledged. */
export function itemOutcomes(outcome: Outcome, count: number): readonly ItemOutcome[] {
  if (outcome.kind !== 'each') return Array.from({ length: count }, () => outcome);
  if (outcome.items.length === count) return outcome.items;
  const unknown: ItemOutcome = { kind: 'retry', reason: 'the output did not say what became of it' };
  return Array.from({ length: count }, (_nothing, i) => outcome.items[i] ?? unknown);
}
