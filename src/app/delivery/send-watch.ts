import type { Notice } from '../../model/notice.ts';
import type { OpenOutput, Outcome } from '../../model/output.ts';

/** A send that has ended. */
export interface SendSeen {
  /** Name of the output. */
  readonly output: string;
  readonly batch: readonly Notice[];
  /** How often the first alert had been tried before. */
  readonly retries: number;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly outcome: Outcome;
}

/** Looks on at sends. It must neither fail nor take long. */
export interface SendWatch {
  /** Whether anybody wants to see them. */
  readonly isWatching: boolean;
  saw(send: SendSeen): void;
}

const perMillisecond = 1_000_000n;

/** The same output, watched. */
export function watched(output: OpenOutput, name: string, watch: SendWatch): OpenOutput {
  // The notices of a send are those of the attempt before it.
  const tried = new WeakMap<Notice, number>();
  async function sendSeen(batch: readonly Notice[], signal: AbortSignal): Promise<Outcome> {
    const [first] = batch;
    const retries = tried.get(first!) ?? 0;
    tried.set(first!, retries + 1);
    const start = BigInt(Date.now()) * perMillisecond;
    const see = (outcome: Outcome): void => {
      watch.saw({ output: name, batch, retries, start, end: BigInt(Date.now()) * perMillisecond, outcome });
    };
    try {
      const outcome = await output.send(batch, signal);
      see(outcome);
      return outcome;
    } catch (error) {
      see({ kind: 'retry', reason: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }
  return {
    send: (batch, signal) => (watch.isWatching ? sendSeen(batch, signal) : output.send(batch, signal)),
    close: () => output.close(),
  };
}
