import { Hono } from 'hono';

/** What the server tells of the program behind it. */
export interface Served {
  /** Path of the health check; plain, without the signs of a pattern. */
  readonly healthPath: string;
  /** What is wrong, in words; undefined: nothing. */
  readonly problem: () => string | undefined;
  /** Whether it sees what happens by now, and nothing is wrong. */
  readonly isReady: () => boolean;
  /** JSON of /versions. */
  readonly versions: string;
  /** Text of /metrics; undefined: nothing is measured yet. Absent: there is no such page. */
  readonly metrics?: (() => string | undefined) | undefined;
}

const readyPath = '/readyz';
const json = { 'Content-Type': 'application/json' };

/** The pages: health, versions, metrics. None holds a secret, none takes anything in. */
export function serverApp(served: Served): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const { method } = c.req;
    if (method !== 'GET' && method !== 'HEAD') return c.text('GET and HEAD only\n', 405, { Allow: 'GET, HEAD' });
    const hasBody =
      c.req.header('Transfer-Encoding') !== undefined || Number(c.req.header('Content-Length') ?? 0) !== 0;
    if (hasBody) return c.text('no body is taken\n', 413, { Connection: 'close' });
    await next();
    return undefined;
  });
  app.get(served.healthPath, (c) => {
    const reason = served.problem();
    if (reason === undefined) return c.body('{"status": "ok"}', 200, json);
    return c.body(JSON.stringify({ status: 'stuck', reason }), 503, json);
  });
  if (served.healthPath !== readyPath) {
    app.get(readyPath, (c) => {
      if (served.isReady()) return c.body('{"status": "ready"}', 200, json);
      const reason = served.problem() ?? 'not started yet';
      return c.body(JSON.stringify({ status: 'not ready', reason }), 503, json);
    });
  }
  app.get('/versions', (c) => c.body(served.versions, 200, json));
  const { metrics } = served;
  if (metrics !== undefined) {
    app.get('/metrics', (c) => {
      const text = metrics();
      if (text === undefined) return c.text('not started yet\n', 503);
      return c.body(text, 200, { 'Content-Type': 'text/plain; version=0.0.4' });
    });
  }
  return app;
}
