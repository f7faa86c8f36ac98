import type { Logger } from '../base/log.ts';
import type { ClientTls } from './output.ts';
import type { Doc, In, Out, Schema } from './schema.ts';

/** What an intake is given besides its options. */
export interface IntakeContext {
  readonly logger: Logger;
  readonly tls: ClientTls;
  /** Milliseconds that connecting may take. */
  readonly timeoutMs: number;
  readonly version: string;
  /** The intake is to end. */
  readonly signal: AbortSignal;
  /**
   * Takes what a message holds. Resolves when it is safe: only then may the message be acknowledged. What is no alert is
   * counted, and acknowledged too: it would be none the next time.
   * @throws Error when it can't be kept now: the message has to come again.
   */
  readonly take: (body: Uint8Array) => Promise<void>;
}

/** A way for alerts to come in, besides HTTP: from a broker that keeps what is not acknowledged. src/intakes/<id>/index.ts default-exports one. */
export interface IntakeSpec<C extends Schema = Schema> extends Doc {
  readonly title: string;
  /** Where its keys are in the configuration: `inputs.nats`. */
  readonly section: string;
  readonly config: C;
  isEnabled(config: Out<C>): boolean;
  readonly examples: readonly { readonly title: string; readonly config: In<C> }[];
  /** Takes messages until the signal aborts. @throws Error when the connection breaks: it is made again later. */
  run(config: Out<C>, context: IntakeContext): Promise<void>;
}

/** Makes the literal of an intake; the types of its functions follow from its schema. */
export function intake<C extends Schema>(spec: IntakeSpec<C>): IntakeSpec<C> {
  return spec;
}
