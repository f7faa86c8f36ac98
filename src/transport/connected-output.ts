import { redact, secretsOfTexts } from '../base/redact.ts';
import type { Notice } from '../model/notice.ts';
import type { OpenOutput, Outcome, OutputContext, OutputSpec } from '../model/output.ts';
import type { Out, Schema } from '../model/schema.ts';
import { redactOutcome, secretTexts } from './secrets.ts';

/** A connection to a server that stays. */
export interface Connection {
  /** Resolves when the server has acknowledged. A rejection ends the connection; the next send makes another. */
  send(batch: readonly Notice[]): Promise<Outcome>;
  close(): void | Promise<void>;
}

/** What differs from one server to the next that is spoken to by a connection that stays. */
export interface ConnectedOutputSpec<C extends Schema> extends Omit<OutputSpec<C>, 'open'> {
  /** @throws Error that names what is wrong. */
  connect(config: Out<C>, context: OutputContext): Promise<Connection>;
}

const ok: Outcome = { kind: 'ok' };

/** All of a batch was taken. */
export function taken(): Outcome {
  return ok;
}

/** Resolves as the work does, or rejects when the signal aborts: what hangs must not hold up what follows. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Whoever is given up may still fail later.
    work.catch(() => undefined);
  }
}

/** What an error says, and what those that it is made of say: a host with several addresses has an error for each. */
function reasonsOf(error: unknown, depth: number): string {
  const {
    message = '',
    errors = [],
    cause,
  } = error as {
    message?: string;
    errors?: readonly unknown[];
    cause?: unknown;
  };
  const within = cause instanceof Error && !message.includes(cause.message) ? [...errors, cause] : errors;
  const inner = depth > 0 ? new Set(within.map((item) => reasonsOf(item, depth - 1))) : [];
  return [message, [...inner].filter((text) => text !== '').join(', ')].filter((text) => text !== '').join(' ');
}

class Kept implements OpenOutput {
  readonly #connect: () => Promise<Connection>;
  readonly #secrets: readonly string[];
  readonly #debug: ((payload: string) => void) | undefined;
  readonly #closing = new AbortController();
  #connection: Promise<Connection> | undefined;

  constructor(
    connect: () => Promise<Connection>,
    secrets: readonly string[],
    debug: ((payload: string) => void) | undefined,
  ) {
    this.#connect = connect;
    this.#secrets = secrets;
    this.#debug = debug;
  }

  /** @throws Error without secrets, also where the server takes the connection and then says nothing. */
  async open(timeoutMs: number): Promise<void> {
    const late = new Error(`no connection within ${timeoutMs} ms`);
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(late), timeoutMs);
    try {
      await unlessAborted(this.#connected(), giveUp.signal);
      clearTimeout(timer);
    } catch (error) {
      clearTimeout(timer);
      this.#forget();
      throw this.#redacted(error);
    }
  }

  async send(batch: readonly Notice[], signal: AbortSignal): Promise<Outcome> {
    try {
      this.#debug?.(redact(batch.map(({ json }) => json).join('\n'), secretsOfTexts(this.#secrets)));
      const work = this.#connected().then((connection) => connection.send(batch));
      const outcome = await unlessAborted(work, AbortSignal.any([signal, this.#closing.signal]));
      return redactOutcome(outcome, this.#secrets);
    } catch (error) {
      this.#forget();
      throw this.#redacted(error);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the output is closed'));
    const connection = this.#connection;
    this.#connection = undefined;
    try {
      await (await connection)?.close();
    } catch {
      // It is gone in any case.
    }
  }

  #connected(): Promise<Connection> {
    return (this.#connection ??= this.#connect());
  }

  /** The next send makes another connection; this one is closed whenever it comes to be. */
  #forget(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.then((it) => it.close()).catch(() => undefined);
  }

  #redacted(error: unknown): Error {
    const { code } = error as NodeJS.ErrnoException;
    const text = reasonsOf(error, 3);
    const words = redact(text || String(code ?? 'no reason was given'), secretsOfTexts(this.#secrets));
    return Object.assign(new Error(words), code === undefined ? {} : { code });
  }
}

/** Makes the literal of an output that keeps a connection: it is made again when it broke. */
export function connectedOutput<C extends Schema>(spec: ConnectedOutputSpec<C>): OutputSpec<C> {
  return {
    ...spec,
    async open(config, context): Promise<OpenOutput> {
      const output = new Kept(() => spec.connect(config, context), secretTexts(spec.config, config), context.debug);
      // Connecting and signing in are bounded by themselves in most libraries; this is for those that forget.
      await output.open(2 * context.timeoutMs);
      return output;
    },
  };
}
