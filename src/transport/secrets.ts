import { redact, secretsOfTexts } from '../base/redact.ts';
import type { ItemOutcome, Outcome } from '../model/output.ts';
import { optionDocs, type Out, type Schema } from '../model/schema.ts';

/** The texts of a configuration that must not be seen: values of the options that are marked so. */
export function secretTexts<C extends Schema>(schema: C, config: Out<C>): string[] {
  const values = config as Readonly<Record<string, unknown>>;
  const texts: string[] = [];
  for (const { name, secret } of optionDocs(schema)) {
    if (!secret) continue;
    const value = values[name];
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) texts.push(...Object.values(value).map(String));
  }
  return texts;
}

/** Characters of a reason. Cut behind the redaction: half a secret would not be found. */
const longestReason = 300;

function redactItem(item: ItemOutcome, secrets: readonly string[]): ItemOutcome {
  if (item.kind === 'ok') return item;
  return { ...item, reason: redact(item.reason, secrets).slice(0, longestReason).toWellFormed() };
}

/** The same outcome; servers' answers, which reasons quote, may repeat what is secret. */
export function redactOutcome(outcome: Outcome, texts: readonly string[]): Outcome {
  if (outcome.kind === 'ok') return outcome;
  const secrets = secretsOfTexts(texts);
  if (outcome.kind !== 'each') return redactItem(outcome, secrets);
  return { kind: 'each', items: outcome.items.map((item) => redactItem(item, secrets)) };
}

/** What servers repeat of a request's sign-in, in whatever form the secret is there. */
const signIns = /\b(Basic|Bearer|Token|GenieKey|Splunk|Api-Token|ApiKey) +[\w+/=.~:-]{4,}/gi;

/** The same error without what is secret; of a failed opening, whose words may be a server's. */
export function redactError(error: unknown, texts: readonly string[]): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  const words = redact(message ?? String(error), secretsOfTexts(texts)).replaceAll(signIns, '$1 ...');
  const made = new Error(words.slice(0, longestReason).toWellFormed());
  return code === undefined ? made : Object.assign(made, { code });
}
