import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { addOperations, type Operations } from './operate.ts';

/** What became of the alerts in a request. */
export interface Taken {
  readonly accepted: number;
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/** Why alerts can't be taken now: the queue's disk is full, or Saker is about to end. The producer has to try again. */
export class NotNow extends Error {}

/** What the pages of the intake are given. */
export interface IntakeOptions {
  /** Resolves when what was accepted is safe. @throws NotNow */
  readonly take: (body: Buffer) => Promise<Taken>;
  /** A request that can't be read counts as rejected. */
  readonly onRejected: () => void;
  /** Sends a test alert to an output, or to all. Resolves with what became of it, by output; undefined: there is none of that name. */
  readonly test: (output: string | undefined) => Promise<Readonly<Record<string, string>> | undefined>;
  readonly health: () => { readonly ok: boolean; readonly text: string };
  readonly operations: Operations;
  /** Text for Prometheus. */
  readonly metrics: () => string;
  /** Bytes of a request's body, unpacked. */
  readonly mostBytes: number;
  /** Whoever knows it may post; undefined: everybody who reaches the port. */
  readonly token: string | undefined;
  /** Only these pages are served; absent: all. */
  readonly onlyPaths?: ReadonlySet<string> | undefined;
}

type Env = { Bindings: HttpBindings };

const json = { 'Content-Type': 'application/json' };
const prompt = { body: 'Please send a valid request body', method: 'Please send with post http method' } as const;

class TooLarge extends Error {}

/** The body of a request, unpacked where it is gzip. @throws TooLarge */
async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const isPacked = request.headers['content-encoding'] === 'gzip';
  // Errors of the request arrive through the one that reads it.
  const stream = isPacked ? pipeline(request, createGunzip(), () => undefined) : request;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > mostBytes) throw new TooLarge();
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** `Bearer TOKEN`, or Basic with the token as password: some producers can only have it in the URL. */
function tokenOf(header: string): string {
  const [scheme = '', value = ''] = header.trim().split(/ +/, 2);
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const plain = Buffer.from(value, 'base64').toString('utf8');
  return plain.slice(plain.indexOf(':') + 1);
}

function report(c: Context<Env>, { accepted, refused }: Taken): Response {
  if (refused.length === 0) return accepted > 0 ? c.body(null, 200) : c.text(prompt.body, 400);
  const first = refused.slice(0, 100);
  const status = accepted === 0 ? 400 : 207;
  return c.body(
    JSON.stringify({ error: prompt.body, accepted, refused: refused.length, reasons: first }),
    status,
    json,
  );
}

async function post(c: Context<Env>, options: IntakeOptions): Promise<Response> {
  let body: Buffer;
  try {
    body = await readBody(c.env.incoming, options.mostBytes);
  } catch (error) {
    options.onRejected();
    if (error instanceof TooLarge) {
      return c.text(`at most ${options.mostBytes} bytes are taken in one request\n`, 413, { Connection: 'close' });
    }
    return c.text(prompt.body, 400, { Connection: 'close' });
  }
  try {
    return report(c, await options.take(body));
  } catch (error) {
    if (!(error instanceof NotNow)) throw error;
    return c.text(`${error.message}\n`, 503, { 'Retry-After': '1', Connection: 'close' });
  }
}

/** The way in by HTTP: Falcosidekick's pages, with a limit, a check of who asks, and answers that come when alerts are safe. */
export function intakeApp(options: IntakeOptions): Hono<Env> {
  const app = new Hono<Env>();
  const expected = options.token === undefined ? undefined : digest(options.token);
  app.use(async (c, next) => {
    const { path } = c.req;
    if (options.onlyPaths !== undefined && !options.onlyPaths.has(path)) return c.notFound();
    // Probes have no token.
    if (expected === undefined || path === '/healthz' || path === '/ping') return next();
    // Digests are of one length: the time of the comparison says nothing.
    if (timingSafeEqual(digest(tokenOf(c.req.header('Authorization') ?? '')), expected)) return next();
    options.onRejected();
    return c.text('a token is wanted: Authorization: Bearer ...\n', 401, { 'WWW-Authenticate': 'Bearer' });
  });
  app.post('/', (c) => post(c, options));
  app.post('/test', async (c) => {
    const outcomes = await options.test(c.req.query('output'));
    return outcomes === undefined ? c.text('no such output\n', 404) : c.body(JSON.stringify(outcomes), 200, json);
  });
  app.get('/ping', (c) => c.text('pong'));
  app.get('/healthz', (c) => {
    const { ok, text } = options.health();
    return c.body(JSON.stringify({ status: text }), ok ? 200 : 503, json);
  });
  app.get('/metrics', (c) => c.body(options.metrics(), 200, { 'Content-Type': 'text/plain; version=0.0.4' }));
  addOperations(app, options.operations);
  for (const path of ['/', '/test']) app.all(path, (c) => c.text(prompt.method, 400));
  return app;
}
