import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What became of the alerts in a request. */
export interface Taken {
  readonly accepted: number;
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/** Why alerts can't be taken now: the queue's disk is full, or Saker is about to end. The producer has to try again. */
export class NotNow extends Error {}

/** What the answer to `POST /` is made of. */
export interface AlertsOptions {
  /** Resolves when what was accepted is safe. @throws NotNow */
  readonly take: (body: Buffer) => Promise<Taken>;
  /** A request that can't be read counts as rejected. */
  readonly onRejected: () => void;
  /** Bytes of a request's body, unpacked. */
  readonly mostBytes: number;
}

const badBody = 'Please send a valid request body';
const plain = { 'Content-Type': 'text/plain; charset=UTF-8' };
const json = { 'Content-Type': 'application/json' };
const nothing = { 'Content-Length': '0' };

class TooLarge extends Error {}

/** The body of a request, unpacked where it is gzip. @throws TooLarge; Error where it breaks off or is no gzip. */
function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const isPacked = request.headers['content-encoding'] === 'gzip';
    // Errors of the request arrive through the one that reads it.
    const stream = isPacked ? pipeline(request, createGunzip(), () => undefined) : request;
    const parts: Buffer[] = [];
    let size = 0;
    stream.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= mostBytes) {
        parts.push(part);
        return;
      }
      // What still comes is let go: a sender that is cut off would not read the answer.
      parts.length = 0;
      if (isPacked) stream.destroy();
      reject(new TooLarge());
    });
    stream.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
    stream.on('error', reject);
  });
}

export function answer(response: ServerResponse, status: number, headers: OutgoingHttpHeaders, body?: string): void {
  response.writeHead(status, headers);
  response.end(body);
}

function report(response: ServerResponse, { accepted, refused }: Taken): void {
  if (refused.length === 0) {
    if (accepted > 0) answer(response, 200, nothing);
    else answer(response, 400, plain, badBody);
    return;
  }
  const reasons = refused.slice(0, 100);
  const text = JSON.stringify({ error: badBody, accepted, refused: refused.length, reasons });
  answer(response, accepted === 0 ? 400 : 207, json, text);
}

/**
 * Answers `POST /` when the alerts in it are safe. Straight on Node's request and response: thousands come a second, and
 * a framework between takes a third of the time.
 */
export async function answerAlerts(
  request: IncomingMessage,
  response: ServerResponse,
  { take, onRejected, mostBytes }: AlertsOptions,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readBody(request, mostBytes);
  } catch (error) {
    onRejected();
    const isTooLarge = error instanceof TooLarge;
    const text = isTooLarge ? `at most ${mostBytes} bytes are taken in one request\n` : badBody;
    answer(response, isTooLarge ? 413 : 400, { ...plain, Connection: 'close' }, text);
    return;
  }
  try {
    report(response, await take(body));
  } catch (error) {
    if (error instanceof NotNow)
      answer(response, 503, { ...plain, 'Retry-After': '1', Connection: 'close' }, `${error.message}\n`);
    else answer(response, 500, plain, 'Internal Server Error');
  }
}
