import type { Logger } from '../base/log.ts';
import type { Notice } from './notice.ts';
import type { Doc, In, Out, Schema } from './schema.ts';

export const outputCategories = [
  'chat',
  'metrics',
  'alerting',
  'logs',
  'storage',
  'function',
  'queue',
  'mail',
  'database',
  'web',
  'workflow',
  'traces',
  'other',
] as const;
type OutputCategory = (typeof outputCategories)[number];

/** What became of one notice. A value, not an exception: the delivery decides by it. */
export type ItemOutcome =
  | { readonly kind: 'ok' }
  /** Not taken now: a later attempt may succeed. `afterMs`: the receiver asked for that much time. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Will never be taken: goes to the dead letters. */
  | { readonly kind: 'drop'; readonly reason: string };

/** What became of a batch: of all of it, or of each notice in its order. Reasons hold no secrets. */
export type Outcome = ItemOutcome | { readonly kind: 'each'; readonly items: readonly ItemOutcome[] };

/** How many notices one send takes; it is made when a bound is reached, or when the first has waited `waitMs`. */
export interface BatchLimits {
  readonly count: number;
  /** Bytes of their JSON. */
  readonly bytes: number;
  readonly waitMs: number;
}

export const singly: BatchLimits = { count: 1, bytes: Number.MAX_SAFE_INTEGER, waitMs: 0 };

/** How an output proves who it is, and whom it believes; made from the configuration's common keys. */
export interface ClientTls {
  /** Check the server's certificate and name. */
  readonly checkCert: boolean;
  /** PEM texts; certificate authorities besides the machine's own. */
  readonly ca: readonly string[];
  /** PEM texts, for mutual TLS. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/** What an output is given besides its own options. */
export interface OutputContext {
  readonly logger: Logger;
  readonly tls: ClientTls;
  /** Milliseconds that one exchange may take, connecting included. */
  readonly timeoutMs: number;
  /** Connections and requests at the same time. */
  readonly concurrency: number;
  /** For proxies and for the sign-in of vendors' libraries. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Saker's own, for what receivers show of the sender. */
  readonly version: string;
  /**
   * Makes a function of a text with `{{ }}` (the peer's templates) that fills in what is in a notice.
   * @throws Error with the place, when the text is no template.
   */
  template(text: string): (notice: Notice) => string;
  /** Names of the fields that the configuration adds to every notice: custom and templated ones. */
  readonly ownFields: readonly string[];
  /** Logs what is sent, without secrets; absent: nobody wants to see it. */
  readonly debug?: (payload: string) => void;
  /** Counts of the delivery that the output is part of; absent: it is part of none. */
  readonly traffic?: () => Traffic;
}

/** What a delivery has taken in and given out since it began. */
export interface Traffic {
  readonly accepted: number;
  readonly rejected: number;
  /** By name: alerts that the output took, and sends that failed. */
  readonly outputs: ReadonlyMap<string, { readonly ok: number; readonly error: number }>;
}

/** An output that is ready. `send` may be called again before the last has resolved, up to the concurrency. */
export interface OpenOutput {
  /**
   * Resolves when the receiver has acknowledged. A rejection counts as `retry`. Ends soon after the signal aborts.
   * @param batch at most what the spec's limits say, never empty.
   */
  send(batch: readonly Notice[], signal: AbortSignal): Promise<Outcome>;
  /** Gives up what is under way, closes connections. */
  close(): void | Promise<void>;
}

/** What a loopback server has to see for an example, in order; a test runs each. */
interface ExpectedExchange {
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** Names in lower case; only those that are listed are compared. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body, to the letter. */
  readonly body?: string;
  /** The same for JSON bodies, compared as values. */
  readonly json?: unknown;
  /** What the server answers; default 200 and nothing. */
  readonly answer?: {
    readonly status: number;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/**
 * A configuration as users write it, and what it leads to. In a text of `config` and `expect`, `{url}` stands for the
 * loopback server's address (`http://127.0.0.1:PORT`) and `{host}` for host and port; in `expect` `{json}` for the line of JSON
 * of the first notice, `{json:1}` for that of the second, `{base64}` for the first in base64, `{uuid}` for its id.
 */
export interface OutputExample<C extends Schema = Schema> {
  readonly title: string;
  readonly config: In<C>;
  /** How many notices are sent at once; default 1. The first is `exampleNotice` of test/kit/notice.ts. */
  readonly notices?: number;
  /** Absent: the protocol is not HTTP; a test beside the output shows it against a server. */
  readonly expect?: readonly ExpectedExchange[];
}

/** A place that alerts are delivered to. src/outputs/<id>/index.ts default-exports one of these. */
export interface OutputSpec<C extends Schema = Schema> extends Doc {
  /** As its vendor writes it. */
  readonly title: string;
  readonly category: OutputCategory;
  /**
   * Where its keys are in the configuration: `slack`, `aws.s3`. The environment has them in upper case, joined by `_`.
   * Keys are spelt as in the file, in lower case (`webhookurl`).
   */
  readonly section: string;
  /** Keys that are read from the section above (`aws.region`), for all outputs of a vendor. */
  readonly shared?: readonly string[];
  readonly config: C;
  /** It hands on the alert's JSON as it is, so that people may have it in another format. */
  readonly carriesJson?: boolean;
  /** Whether a configuration turns it on: its decisive keys are set. */
  isEnabled(config: Out<C>): boolean;
  readonly batch: BatchLimits;
  /** What keys of the output's own say of its batches; `wait` is a duration as people write it. Never more than `batch`. */
  batching?(config: Out<C>): { readonly count?: number; readonly bytes?: number; readonly wait?: string };
  /** Where order matters to the receiver, 1 whatever is configured. */
  readonly mostConcurrent?: number;
  readonly examples: readonly OutputExample<C>[];
  /** @throws Error that names what can't be opened: tried again later, meanwhile notices wait. */
  open(config: Out<C>, context: OutputContext): OpenOutput | Promise<OpenOutput>;
}

/** Makes the literal of an output; the types of its functions follow from its schema. */
export function output<C extends Schema>(spec: OutputSpec<C>): OutputSpec<C> {
  return spec;
}
