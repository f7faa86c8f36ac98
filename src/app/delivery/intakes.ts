import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../base/log.ts';
import type { IntakeContext, IntakeSpec } from '../../model/intake.ts';

/** An intake as it is configured. */
export interface ConfiguredIntake {
  readonly spec: IntakeSpec;
  readonly options: unknown;
}

/** Milliseconds between attempts to connect; doubles up to the second figure. */
const pauses = { least: 500, most: 30_000 } as const;

/** Runs intakes until they are stopped; one that breaks is begun again. */
export class Intakes {
  readonly #stop = new AbortController();
  readonly #running: readonly Promise<void>[];

  constructor(intakes: readonly ConfiguredIntake[], context: Omit<IntakeContext, 'signal'>) {
    const { signal } = this.#stop;
    this.#running = intakes.map((intake) => keepRunning(intake, { ...context, signal }, context.logger));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}

async function keepRunning({ spec, options }: ConfiguredIntake, context: IntakeContext, logger: Logger): Promise<void> {
  const { signal } = context;
  let pause: number = pauses.least;
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await spec.run(options as never, context);
    } catch (error) {
      if (signal.aborted) return;
      // One that has worked for a while is begun again at once.
      pause = performance.now() - begun > pauses.most ? pauses.least : Math.min(pause * 2, pauses.most);
      const { message } = error as Error;
      logger.log('error', 'a way in is broken and is tried again', { input: spec.id, error: message, pause });
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
