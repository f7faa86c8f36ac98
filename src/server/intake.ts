import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { type AlertsOptions, answer, answerAlerts } from './alerts.ts';
import type { Pages } from './listen.ts';
import { addOperations, type Operations } from './operate.ts';
import { tokenCheck, tokenWanted } from './token.ts';

/** What the pages of the intake are given. */
export interface IntakeOptions extends AlertsOptions {
  /** Sends a test alert to an output, or to all. Resolves with what became of it, by output; undefined: there is none of that name. */
  readonly test: (output: string | undefined) => Promise<Readonly<Record<string, string>> | undefined>;
  readonly health: () => { readonly ok: boolean; readonly text: string };
  readonly operations: Operations;
  /** Text for Prometheus. */
  readonly metrics: () => string;
  /** Whoever knows it may post; undefined: everybody who reaches the port. */
  readonly token: string | undefined;
  /** Only these pages are served; absent: all. */
  readonly onlyPaths?: ReadonlySet<string> | undefined;
}

type Env = { Bindings: HttpBindings };

const json = { 'Content-Type': 'application/json' };
const wrongMethod = 'Please send with post http method';
const wantsToken = { 'WWW-Authenticate': 'Bearer' };

/** The way in by HTTP: Falcosidekick's pages, with a limit, a check of who asks, and answers that come when alerts are safe. */
export function intakePages(options: IntakeOptions): Pages {
  const { onlyPaths } = options;
  const app = new Hono<Env>();
  const mayAsk = tokenCheck(options.token);
  app.use(async (c, next) => {
    const { path } = c.req;
    if (onlyPaths !== undefined && !onlyPaths.has(path)) return c.notFound();
    // Probes have no token.
    if (path === '/healthz' || path === '/ping' || mayAsk(c.req.header('Authorization'))) return next();
    options.onRejected();
    return c.text(tokenWanted, 401, wantsToken);
  });
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
  for (const path of ['/', '/test']) app.all(path, (c) => c.text(wrongMethod, 400));
  return {
    fetch: app.fetch,
    direct(request, response) {
      const { method, url = '' } = request;
      const isForAlerts = method === 'POST' && (url === '/' || url.startsWith('/?'));
      if (!isForAlerts || (onlyPaths !== undefined && !onlyPaths.has('/'))) return false;
      if (mayAsk(request.headers.authorization)) {
        void answerAlerts(request, response, options);
      } else {
        options.onRejected();
        answer(response, 401, wantsToken, tokenWanted);
      }
      return true;
    },
  };
}
