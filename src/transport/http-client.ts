import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { decoded, redact, secretsOfTexts, secretsOfUrl } from '../base/redact.ts';
import type { OutputContext } from '../model/output.ts';
import { type TlsSocketOptions, tlsSocketOptions } from './tls.ts';

/** One request. */
export interface HttpRequest {
  readonly method: 'POST' | 'PUT' | 'GET' | 'PATCH' | 'DELETE';
  /** `http:` or `https:`. A user and a password in it are sent as basic authentication. */
  readonly url: string;
  /** Names in lower case. `content-type` has to be among them where there is a body. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Bytes of the answer that matter; default 64 KiB. */
  readonly answerBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most its first 64 KiB, or as many bytes as the request says. */
  readonly body: Buffer;
}

/** There is no answer. The message names the server and the reason, and nothing that is secret. */
class HttpError extends Error {
  /** `ECONNREFUSED`, `ETIMEDOUT`, `CERT_HAS_EXPIRED`... */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** What the client needs of an output's context. */
export type HttpContext = Pick<OutputContext, 'tls' | 'timeoutMs' | 'concurrency' | 'environment' | 'version'>;

/** Bytes of an answer that are kept, unless the request says otherwise. */
const keptBytes = 65_536;
/** An answer that goes on for longer than that is broken off. */
const mostBytes = 16 << 20;
/** Milliseconds that an idle connection is kept; less where the server says so. */
const idleMs = 15_000;

function makeDispatcher(context: HttpContext): Dispatcher {
  let made: TlsSocketOptions | undefined;
  const tls = () => (made ??= tlsSocketOptions(context.tls));
  const { ca, cert, key } = context.tls;
  // Mistakes in what people have configured are told at once; otherwise it costs nothing where there is no TLS.
  if (ca.length > 0 || cert !== undefined || key !== undefined) tls();
  const { timeoutMs: timeout, environment } = context;
  const common = {
    connections: context.concurrency > 0 ? context.concurrency : null,
    pipelining: 1,
    keepAliveTimeout: idleMs,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connectTimeout: timeout,
    allowH2: false,
  };
  const plain = buildConnector({ timeout, allowH2: false });
  let secure: buildConnector.connector | undefined;
  const connect: buildConnector.connector = (options, callback) => {
    if (options.protocol !== 'https:') return plain(options, callback);
    secure ??= buildConnector({ ...tls(), timeout, allowH2: false });
    secure(options, callback);
  };
  const [httpProxy, httpsProxy, noProxy] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => environment[name] ?? environment[name.toUpperCase()] ?? '',
  ) as [string, string, string];
  if (httpProxy === '' && httpsProxy === '') return new Agent({ ...common, connect });
  // An empty text keeps undici from asking this process's own environment.
  return new EnvHttpProxyAgent({ ...common, connect, requestTls: { ...tls() }, httpProxy, httpsProxy, noProxy });
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return flat;
}

/** The header of basic authentication (RFC 7617). */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function basicOf({ username, password }: URL): { readonly authorization?: string } {
  if (username === '' && password === '') return {};
  return { authorization: basic(decoded(username), decoded(password)) };
}

/** What an address says. */
interface Target {
  readonly url: URL;
  readonly path: string;
  readonly authorization: { readonly authorization?: string };
}

/** @throws HttpError */
function targetOf(address: string): Target {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new HttpError('the address is no valid URL that begins with http:// or https://', 'ERR_INVALID_URL');
  }
  return { url, path: url.pathname + url.search, authorization: basicOf(url) };
}

/** Requests to HTTP servers: by connections that are kept, with proxies, TLS, and a bound on everything. */
export class HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;
  readonly #userAgent: string;
  readonly #underWay = new Set<Exchange>();
  #isClosed = false;
  /** Of the last request: most outputs have one address for all. */
  #address = '';
  #target: Target | undefined;

  /** @throws Error when the certificates can't be used. */
  constructor(context: HttpContext) {
    this.#dispatcher = makeDispatcher(context);
    this.#timeoutMs = context.timeoutMs;
    this.#userAgent = `saker/${context.version}`;
  }

  /**
   * Resolves with the answer, whatever its status: redirects are not followed. What breaks off behind an answer's head
   * is an answer: the server has it.
   * @param withinMs where there is less time than usual.
   * @throws HttpError
   */
  exchange(request: HttpRequest, signal: AbortSignal, withinMs: number = this.#timeoutMs): Promise<HttpAnswer> {
    return this.#start(request, signal, withinMs);
  }

  /**
   * The same for an answer that comes piece by piece for as long as the server likes: where its status is 200 the parts are
   * handed over as they come, and the answer's body is empty. Resolves when it ends, breaks off or has taken `maxMs`.
   * @throws HttpError
   */
  follow(
    request: HttpRequest,
    { signal, maxMs, onPart }: { signal: AbortSignal; maxMs: number; onPart: (part: Buffer) => void },
  ): Promise<HttpAnswer> {
    return this.#start(request, signal, maxMs, onPart);
  }

  async #start(
    request: HttpRequest,
    signal: AbortSignal,
    maxMs: number,
    onPart?: (part: Buffer) => void,
  ): Promise<HttpAnswer> {
    if (this.#isClosed) throw new HttpError('the output is closed', 'ABORT_ERR');
    if (this.#target === undefined || this.#address !== request.url) {
      this.#target = targetOf(request.url);
      this.#address = request.url;
    }
    const { url, path, authorization } = this.#target;
    const exchange = new Exchange(url, request.answerBytes ?? keptBytes, onPart);
    const options: Dispatcher.DispatchOptions = {
      origin: url.origin,
      path,
      method: request.method,
      headers: { 'user-agent': this.#userAgent, ...authorization, ...request.headers },
      body: request.body ?? null,
    };
    if (onPart !== undefined) options.bodyTimeout = 0;
    this.#underWay.add(exchange);
    try {
      return await exchange.run(maxMs, signal, () => this.#dispatcher.dispatch(options, exchange));
    } finally {
      this.#underWay.delete(exchange);
    }
  }

  /** What is under way is given up. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const exchange of this.#underWay) exchange.giveUp();
    return this.#dispatcher.destroy();
  }
}

/** One exchange as the dispatcher tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #url: URL;
  readonly #mostKept: number;
  readonly #onPart: ((part: Buffer) => void) | undefined;
  readonly #parts: Buffer[] = [];
  #total = 0;
  #kept = 0;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #settle: { resolve(answer: HttpAnswer): void; reject(error: HttpError): void } | undefined;
  #end: (() => void) | undefined;
  #failure: HttpError | undefined;

  constructor(url: URL, mostKept: number, onPart: ((part: Buffer) => void) | undefined) {
    this.#url = url;
    this.#mostKept = mostKept;
    this.#onPart = onPart;
  }

  run(timeoutMs: number, signal: AbortSignal, begin: () => void): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      const stop = () => this.giveUp();
      const timer = setTimeout(() => {
        // Who has answered has the request.
        if (this.#status > 0) this.#answer();
        this.#stop(this.#error(`no answer within ${timeoutMs} ms`, 'ETIMEDOUT'));
      }, timeoutMs);
      signal.addEventListener('abort', stop);
      this.#end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      };
      if (signal.aborted) return stop();
      try {
        begin();
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  giveUp(): void {
    this.#stop(this.#error('given up', 'ABORT_ERR'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while the connection was being made.
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#onPart !== undefined && this.#status === 200) {
      // Nobody listens any more once it is settled.
      if (this.#settle !== undefined) this.#onPart(chunk);
      return;
    }
    this.#total += chunk.length;
    if (this.#kept < this.#mostKept) {
      this.#parts.push(chunk.subarray(0, this.#mostKept - this.#kept));
      this.#kept = Math.min(this.#total, this.#mostKept);
    }
    if (this.#total <= mostBytes) return;
    this.#answer();
    controller.abort(this.#error('the answer has no end', 'EMSGSIZE'));
  }

  onResponseEnd(): void {
    this.#answer();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#status > 0) this.#answer();
    else this.#fail(error);
  }

  #answer(): void {
    const body = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#settle?.resolve({ status: this.#status, headers: flatten(this.#headers), body });
    this.#finish();
  }

  #stop(error: HttpError): void {
    this.#failure = error;
    this.#settle?.reject(error);
    this.#finish();
    this.#controller?.abort(error);
  }

  #fail(error: Error): void {
    const { code } = error as NodeJS.ErrnoException;
    this.#settle?.reject(this.#error(error.message, code ?? 'EIO'));
    this.#finish();
  }

  #finish(): void {
    this.#settle = undefined;
    this.#end?.();
    this.#end = undefined;
  }

  #error(reason: string, code: string): HttpError {
    const { protocol, host } = this.#url;
    const secrets = [...secretsOfUrl(this.#url), ...secretsOfTexts([this.#url.href])];
    // An error of several addresses has a code and no message.
    return new HttpError(`${protocol}//${host}: ${redact(reason === '' ? code : reason, secrets)}`, code);
  }
}
