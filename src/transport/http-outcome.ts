import type { Outcome } from '../model/output.ts';
import type { HttpAnswer } from './http-client.ts';

/** Bytes of an answer that a reason quotes; fewer, once secrets are taken out. */
const quoted = 2000;
/** Nobody waits longer than that because a server says so. */
export const longestWaitMs = 3_600_000;

/** Milliseconds of a Retry-After header: seconds or a date (RFC 9110, 10.2.3); undefined where there is none. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const wait = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  if (Number.isNaN(wait)) return undefined;
  return Math.min(Math.max(wait, 0), longestWaitMs);
}

/** The words of an answer, for a reason: one line, bounded. */
export function excerpt(answer: HttpAnswer): string {
  const words = answer.body
    .toString('utf8', 0, quoted)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  return words === '' ? `status ${answer.status}` : `status ${answer.status}: ${words}`;
}

// Sign-ins and addresses are put right by people: until then notices wait, none is lost for it.
const othersFault: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 408, 410, 421, 425, 429]);

/** 2xx is ok; what may be otherwise a moment later is tried again; the rest is the notice's own fault. */
export function classifyAnswer(answer: HttpAnswer): Outcome {
  const { status } = answer;
  if (status >= 200 && status <= 299) return { kind: 'ok' };
  const reason = excerpt(answer);
  const mayPass = status >= 500 || status < 400 || othersFault.has(status);
  if (!mayPass) return { kind: 'drop', reason };
  const afterMs = retryAfter(answer.headers['retry-after'], Date.now());
  return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs };
}

/** The body of an answer that is JSON; undefined where it is none. */
export function jsonOf(answer: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(answer.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
