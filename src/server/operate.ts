import type { Context, Env, Hono } from 'hono';

/** A silence as it is asked for; times in milliseconds since the epoch. */
interface SilenceRequest {
  readonly rules: readonly string[];
  readonly sources: readonly string[];
  readonly tags: readonly string[];
  readonly hostnames: readonly string[];
  readonly outputs: readonly string[];
  readonly condition: string;
  readonly end: number;
  readonly author: string;
  readonly comment: string;
}

/** Something that was asked for does not make sense; the message is for who asked. */
export class BadRequest extends Error {}

/** What operators may do with a running delivery. */
export interface Operations {
  readonly outputs: () => unknown;
  /** False: there is no such output. */
  readonly pause: (output: string, paused: boolean) => boolean;
  /** Puts dead letters into the queue again; how many. undefined: there is no such output. */
  readonly replay: (output: string | undefined) => Promise<number | undefined>;
  readonly silences: () => unknown;
  /** @throws BadRequest */
  readonly silence: (request: SilenceRequest) => Promise<unknown>;
  /** False: there is no such silence. */
  readonly unsilence: (id: string) => Promise<boolean>;
}

const mostBytes = 65_536;
const lists = ['rules', 'sources', 'tags', 'hostnames', 'outputs'] as const;
const longestAuthor = 200;

function textsOf(value: unknown, name: string): readonly string[] {
  if (value === undefined) return [];
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isList) throw new BadRequest(`${name} has to be a list of texts`);
  return value as readonly string[];
}

function textOf(value: unknown, name: string): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw new BadRequest(`${name} has to be a text`);
  return value;
}

/** @throws BadRequest */
function readSilence(value: unknown, now: number): SilenceRequest {
  if (typeof value !== 'object' || value === null) throw new BadRequest('a silence is an object');
  const given = value as Readonly<Record<string, unknown>>;
  const known = new Set<string>([...lists, 'condition', 'end', 'author', 'comment']);
  const unknown = Object.keys(given).find((key) => !known.has(key));
  if (unknown !== undefined) throw new BadRequest(`unknown key '${unknown.slice(0, 40)}'`);
  const [rules, sources, tags, hostnames, outputs] = lists.map((name) => textsOf(given[name], name));
  const [condition, author, comment] = ['condition', 'author', 'comment'].map((name) => textOf(given[name], name));
  const end = Date.parse(textOf(given['end'], 'end'));
  if (Number.isNaN(end) || end <= now) throw new BadRequest('end has to be a time to come, e.g. 2026-11-21T18:00:00Z');
  if (author === '' || author!.length > longestAuthor) throw new BadRequest('author has to say who silences');
  return {
    rules: rules!,
    sources: sources!,
    tags: tags!,
    hostnames: hostnames!,
    outputs: outputs!,
    condition: condition!,
    end,
    author: author!,
    comment: comment!,
  };
}

/** JSON only: a page in a browser can't send that to another server without being asked first. */
async function readJson(c: Context): Promise<unknown> {
  if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? ''))
    throw new BadRequest('the body has to be application/json');
  if (Number(c.req.header('Content-Length') ?? Number.NaN) > mostBytes) throw new BadRequest('the body is too long');
  const text = await c.req.text();
  if (text.length > mostBytes) throw new BadRequest('the body is too long');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BadRequest('the body is no JSON');
  }
}

/** Adds the pages for operators: outputs, dead letters and silences. */
export function addOperations<E extends Env>(app: Hono<E>, operations: Operations): void {
  const guarded = (act: (c: Context) => Promise<Response>) => async (c: Context) => {
    try {
      return await act(c);
    } catch (error) {
      if (error instanceof BadRequest) return c.json({ error: error.message }, 400);
      throw error;
    }
  };
  const noOutput = (c: Context): Response => c.json({ error: 'no such output' }, 404);
  app.get('/outputs', (c) => c.json(operations.outputs()));
  for (const word of ['pause', 'resume'] as const) {
    app.post(
      `/outputs/:name/${word}`,
      guarded(async (c) => {
        await readJson(c);
        return operations.pause(c.req.param('name') ?? '', word === 'pause') ? c.json({}) : noOutput(c);
      }),
    );
  }
  app.post(
    '/dead-letters/replay',
    guarded(async (c) => {
      await readJson(c);
      const replayed = await operations.replay(c.req.query('output'));
      return replayed === undefined ? noOutput(c) : c.json({ replayed });
    }),
  );
  app.get('/silences', (c) => c.json(operations.silences()));
  app.post(
    '/silences',
    guarded(async (c) => c.json(await operations.silence(readSilence(await readJson(c), Date.now())), 201)),
  );
  app.delete('/silences/:id', async (c) => {
    const found = await operations.unsilence(c.req.param('id'));
    return found ? c.json({}) : c.json({ error: 'no such silence' }, 404);
  });
}
