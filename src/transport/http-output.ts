import { isUtf8 as isText } from 'node:buffer';
import { redact, secretsOfTexts } from '../base/redact.ts';
import type { Notice } from '../model/notice.ts';
import type { OpenOutput, Outcome, OutputContext, OutputSpec } from '../model/output.ts';
import type { Out, Schema } from '../model/schema.ts';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http-client.ts';
import { classifyAnswer } from './http-outcome.ts';
import { inParts } from './in-parts.ts';
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

/** How one exchange of a send goes. */
export interface SendLimits {
  readonly signal: AbortSignal;
  /** Less time than the client has usually. */
  readonly withinMs?: number;
}

/**
 * Exchanges and says what became of the batch, without secrets in the reason.
 * @param secrets of the configuration, see {@link secretTexts}.
 */
export async function deliver(
  client: HttpClient,
  request: HttpRequest,
  { signal, withinMs }: SendLimits,
  secrets: readonly string[],
  classify: (answer: HttpAnswer) => Outcome,
): Promise<Outcome> {
  const outcome = classify(await client.exchange(request, signal, withinMs));
  return outcome.kind === 'ok' ? outcome : redactOutcome(outcome, [...secrets, ...secretsOfRequest(request)]);
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
          send: (batch, signal) =>
            inParts(batch, perRequest, context.timeoutMs, async (part, withinMs) => {
              const request = await spec.request(config, part, prepared);
              context.debug?.(shown(request, secrets));
              return await deliver(client, request, { signal, withinMs }, secrets, (answer) =>
                spec.classify === undefined ? classifyAnswer(answer) : spec.classify(answer, part, prepared),
              );
            }),
          close: () => client.close(),
        };
      } catch (error) {
        await client.close();
        throw error;
      }
    },
  };
}
