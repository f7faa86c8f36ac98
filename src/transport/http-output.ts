import { isUtf8 as isText } from 'node:buffer';
import { redact, secretsOfTexts } from '../base/redact.ts';
import type { Notice } from '../model/notice.ts';
import type { ItemOutcome, OpenOutput, Outcome, OutputContext, OutputSpec } from '../model/output.ts';
import type { Out, Schema } from '../model/schema.ts';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http-client.ts';
import { classifyAnswer } from './http-outcome.ts';
import { redactOutcome, secretTexts } from './secrets.ts';

/** What differs from one HTTP receiver to the next; connections, TLS, timeouts and retries are common to all. */
export interface HttpOutputSpec<C extends Schema, S> extends Omit<OutputSpec<C>, 'open'> {
  /**
   * What is made once: a sign-in, a parsed template. It may ask the server (create an index).
   * @throws Error that names what is wrong.
   */
  prepare?(config: Out<C>, context: OutputContext, client: HttpClient): S | Promise<S>;
  /** The request for a batch. Pure: the same for each attempt, but for what a sign-in adds. */
  request(config: Out<C>, batch: readonly Notice[], prepared: S): HttpRequest | Promise<HttpRequest>;
  /** How many notices one request takes, where that depends on the configuration; the rest follows in further requests. */
  perRequest?(config: Out<C>): number;
  /** What an answer means; absent: {@link classifyAnswer}. */
  classify?(answer: HttpAnswer, batch: readonly Notice[], prepared: S): Outcome;
}

/** Header values and addresses that carry what was made of secrets: `Basic ...`, a key in the query. */
function secretsOfRequest({ url, headers }: HttpRequest): string[] {
  return [url, ...(headers['authorization'] ?? '').split(' ')];
}

/** For people: what is sent where, without secrets; of the address only the server, for paths may be secret. */
function shown(request: HttpRequest, secrets: readonly string[]): string {
  const { method, url, body = '' } = request;
  const text = typeof body === 'string' ? body : isText(body) ? body.toString() : `(${body.length} bytes)`;
  const { origin } = URL.canParse(url) ? new URL(url) : { origin: '' };
  return redact(`${method} ${origin} ${text}`, secretsOfTexts([...secrets, ...secretsOfRequest(request)]));
}

/**
 * Exchanges and says what became of the batch, without secrets in the reason.
 * @param secrets of the configuration, see {@link secretTexts}.
 */
export async function deliver(
  client: HttpClient,
  request: HttpRequest,
  signal: AbortSignal,
  secrets: readonly string[],
  classify: (answer: HttpAnswer) => Outcome,
): Promise<Outcome> {
  const outcome = classify(await client.exchange(request, signal));
  return outcome.kind === 'ok' ? outcome : redactOutcome(outcome, [...secrets, ...secretsOfRequest(request)]);
}

/** Sends in order; behind what has to be tried again nothing is sent, for it would overtake. */
async function inParts(
  batch: readonly Notice[],
  size: number,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  send: (part: readonly Notice[], signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  if (batch.length <= size) return await send(batch, signal);
  // What was taken has to be told before the time for the whole is up: else it would be sent again.
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * 0.9)]);
  const items: ItemOutcome[] = [];
  while (items.length < batch.length) {
    const part = batch.slice(items.length, items.length + size);
    const outcome = await send(part, inTime).catch((error: unknown): Outcome => {
      if (items.length === 0) throw error;
      return { kind: 'retry', reason: (error as Error).message };
    });
    const parts = outcome.kind === 'each' ? outcome.items : part.map(() => outcome);
    items.push(...parts);
    const stop = parts.find((item) => item.kind === 'retry');
    if (stop !== undefined) while (items.length < batch.length) items.push(stop);
  }
  return { kind: 'each', items };
}

/** Makes the literal of an output that sends HTTP requests: a description and a pure function. */
export function httpOutput<C extends Schema, S = undefined>(spec: HttpOutputSpec<C, S>): OutputSpec<C> {
  return {
    ...spec,
    async open(config, context): Promise<OpenOutput> {
      const secrets = secretTexts(spec.config, config);
      const perRequest = spec.perRequest?.(config) ?? spec.batch.count;
      const client = new HttpClient(context);
      try {
        const prepared = (await spec.prepare?.(config, context, client)) as S;
        return {
          send(batch, signal) {
            return inParts(batch, perRequest, { timeoutMs: context.timeoutMs, signal }, async (part, within) => {
              const request = await spec.request(config, part, prepared);
              context.debug?.(shown(request, secrets));
              return await deliver(client, request, within, secrets, (answer) =>
                spec.classify === undefined ? classifyAnswer(answer) : spec.classify(answer, part, prepared),
              );
            });
          },
          close: () => client.close(),
        };
      } catch (error) {
        await client.close();
        throw error;
      }
    },
  };
}
