import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

export interface PosterOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Only looked at for https. */
  readonly tls: { readonly insecure: boolean; readonly context: SecureContext | undefined };
  /** Probes whether the other side of an idle connection is still there. */
  readonly probes: boolean;
  /** Milliseconds for one exchange, connecting included. */
  readonly timeoutMs: number;
  /** How often a request is repeated that was not answered in time. */
  readonly repeats: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** The beginning of the body. */
  readonly body: Buffer;
}

/** Milliseconds between probes of an idle connection, as curl has it. */
const probeInterval = 60_000;
/** Bytes of an answer that are kept; beyond the second figure the connection is given up. */
const keptBytes = 65_536;
const mostBytes = 1 << 20;

class TimeoutError extends Error {
  readonly code = 'ETIMEDOUT';
}

function isTimeout(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
}

/** The server may close a connection that nobody used for a while, just as the next request is sent. */
function isStale(error: unknown, wasUsedBefore: boolean): boolean {
  return wasUsedBefore && ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function makeAgent({ url, tls, probes, environment }: PosterOptions): http.Agent {
  // Proxies by https_proxy and the like, as libcurl has them.
  const common = { keepAlive: true, keepAliveMsecs: probeInterval, proxyEnv: { ...environment } };
  const { insecure, context } = tls;
  const agent =
    url.protocol === 'https:'
      ? new https.Agent({
          ...common,
          rejectUnauthorized: !insecure,
          ...(context === undefined ? {} : { secureContext: context }),
        })
      : new http.Agent(common);
  if (!probes) {
    const keep = agent.keepSocketAlive.bind(agent);
    agent.keepSocketAlive = (socket) => {
      const answer = keep(socket);
      (socket as Socket).setKeepAlive(false);
      return answer;
    };
  }
  return agent;
}

/** Posts to one URL, one request after the other, by a connection that is kept. */
export class Poster {
  readonly #options: PosterOptions;
  readonly #agent: http.Agent;
  #request: http.ClientRequest | undefined;
  #isClosed = false;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#agent = makeAgent(options);
  }

  /** Rejects when there is no answer. What the answer says is up to the caller. */
  async post(body: Buffer): Promise<Answer> {
    let timeouts = 0;
    for (;;) {
      if (this.#isClosed) throw new Error('the output is closed');
      try {
        return await this.#exchange(body);
      } catch (error) {
        if (this.#isClosed) throw error;
        if (isStale(error, this.#request?.reusedSocket === true)) continue;
        if (!isTimeout(error) || timeouts >= this.#options.repeats) throw error;
        timeouts++;
      }
    }
  }

  /** A request that is under way is given up. */
  close(): void {
    this.#isClosed = true;
    this.#request?.destroy(new Error('closed before the answer came'));
    this.#agent.destroy();
  }

  #exchange(body: Buffer): Promise<Answer> {
    const { url, headers, timeoutMs, probes } = this.#options;
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? https.request : http.request;
      const request = send(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-length': body.length },
      });
      this.#request = request;
      const timer = setTimeout(() => {
        request.destroy(new TimeoutError(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      request.once('socket', (socket) => socket.setKeepAlive(probes, probeInterval));
      // One that ends otherwise than by an answer always has an error. Errors behind the answer's head don't count:
      // the alert is there, whatever becomes of the rest.
      let isAnswered = false;
      request.on('error', (error) => {
        if (isAnswered) return;
        clearTimeout(timer);
        reject(error);
      });
      request.once('response', (response) => {
        isAnswered = true;
        readBody(response, (bytes) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, reason: response.statusMessage ?? '', body: bytes });
        });
      });
      request.end(body);
    });
  }
}

function readBody(response: IncomingMessage, done: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  let kept = 0;
  let total = 0;
  response.on('data', (chunk: Buffer) => {
    total += chunk.length;
    if (kept < keptBytes) parts.push(chunk.subarray(0, keptBytes - kept));
    kept = Math.min(total, keptBytes);
    if (total > mostBytes) response.destroy();
  });
  response.on('error', () => undefined);
  response.once('close', () => done(Buffer.concat(parts)));
}
