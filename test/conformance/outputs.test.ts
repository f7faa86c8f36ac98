import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { outputs } from '../../src/app/registry.ts';
import type { ItemOutcome, OpenOutput, Outcome, OutputExample, OutputSpec } from '../../src/model/output.ts';
import { optionDocs, parse } from '../../src/model/schema.ts';
import { secretTexts } from '../../src/transport/secrets.ts';
import { exampleNotice, exampleNotices, hostileNotice } from '../kit/notice.ts';
import { fillIn, never, openOutput, outputContext, type TestContext } from '../kit/outputs.ts';
import { type Post, PostServer } from '../kit/post-server.ts';

const specs = await Promise.all(
  Object.entries(outputs).map(async ([id, load]) => ({ id, spec: (await load()).default as unknown as OutputSpec })),
);
const examples = specs.flatMap(({ spec }) =>
  spec.examples
    .filter((example) => example.expect !== undefined)
    .map((example) => ({ id: spec.id, title: example.title, spec, example })),
);
// One about a single notice, where there is one.
const firsts = specs.flatMap(({ id }) => {
  const own = examples.filter((item) => item.id === id);
  return own.find(({ example }) => (example.notices ?? 1) === 1) ?? own[0] ?? [];
});

type Faulty = (response: Parameters<PostServer['answer']>[0], post: Post) => void;

let running: { server: PostServer; output: OpenOutput | undefined }[] = [];
afterEach(async () => {
  for (const { output, server } of running) {
    await output?.close();
    await server.close();
  }
  running = [];
});

interface Stage {
  readonly server: PostServer;
  readonly output: OpenOutput;
  readonly context: TestContext;
  readonly words: Readonly<Record<string, string>>;
  readonly config: unknown;
}

/** A server that answers as the example says, or from its last exchange on as `faulty` does; and the output. */
async function stage(spec: OutputSpec, example: OutputExample, faulty?: Faulty): Promise<Stage> {
  const server = await new PostServer().listen();
  const expected = example.expect ?? [];
  server.answer = (response, post, number) => {
    if (faulty !== undefined && number >= expected.length) return faulty(response, post);
    const { status, body = '', headers = {} } = expected[number - 1]?.answer ?? { status: 200 };
    response.writeHead(status, headers).end(body);
  };
  const host = `127.0.0.1:${server.port}`;
  const lines = exampleNotices(example.notices ?? 1).map(({ json }, i) => [i === 0 ? 'json' : `json:${i}`, json]);
  const { uuid, json } = exampleNotices(1)[0]!;
  const base64 = Buffer.from(json).toString('base64');
  const words = { url: `http://${host}`, host, uuid, base64, ...Object.fromEntries(lines) };
  const config = fillIn(example.config, words);
  const context = outputContext();
  const entry: (typeof running)[number] = { server, output: undefined };
  running.push(entry);
  entry.output = await openOutput(spec, config, context);
  return { server, output: entry.output, context, words, config };
}

function bodyOf(post: Post): string {
  return (post.headers['content-encoding'] === 'gzip' ? gunzipSync(post.body) : post.body).toString();
}

function itemsOf(outcome: Outcome): readonly ItemOutcome[] {
  return outcome.kind === 'each' ? outcome.items : [outcome];
}

async function failureOf(promise: Promise<Outcome>): Promise<string> {
  try {
    return itemsOf(await promise)
      .map((item) => (item.kind === 'ok' ? 'ok' : item.reason))
      .join('\n');
  } catch (error) {
    return `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
  }
}

/** What must not be seen of a configuration; of an address without path and query, nothing is secret. */
function secretsIn(spec: OutputSpec, config: unknown): string[] {
  const parsed = parse(spec.config, config);
  const texts = parsed.success ? secretTexts(spec.config, parsed.output) : [];
  return texts.filter((text) => text.length >= 8 && !/^https?:\/\/[^/?@]*\/?$/.test(text));
}

test.each(specs)('$id says of itself what it should', ({ id, spec }) => {
  expect(spec.id).toBe(id);
  expect(spec.title).not.toBe('');
  expect(spec.examples.length).toBeGreaterThan(0);
  const options = optionDocs(spec.config);
  expect(options.filter(({ name }) => name !== name.toLowerCase())).toEqual([]);
  expect(options.filter(({ about }) => !/[.?]$/.test(about))).toEqual([]);
  // Nothing configured: it is off, and that is no mistake.
  const nothing = parse(spec.config, {});
  expect(nothing.issues).toBeUndefined();
  expect(spec.isEnabled(nothing.output)).toBe(false);
});

test.each(
  specs.flatMap(({ id, spec }) => spec.examples.map((example) => ({ id, title: example.title, spec, example }))),
)('$id: the configuration of "$title" is valid', ({ spec, example }) => {
  const parsed = parse(spec.config, example.config);
  expect(parsed.issues).toBeUndefined();
  expect(spec.isEnabled(parsed.output)).toBe(true);
});

test.each(examples)('$id: $title', async ({ spec, example }) => {
  const { server, output, words } = await stage(spec, example);
  const batch = exampleNotices(example.notices ?? 1);
  const outcome = await output.send(batch, never);
  const expected = fillIn(example.expect ?? [], words);
  expect(server.posts.map(({ method, url }) => `${method} ${url}`)).toEqual(
    expected.map(({ method, path }) => `${method} ${path}`),
  );
  for (const [i, { headers = {}, body, json }] of expected.entries()) {
    const post = server.posts[i]!;
    expect(post.headers).toMatchObject(headers);
    expect(post.headers['user-agent']).toBe(headers['user-agent'] ?? 'saker/0.0.0');
    if (body !== undefined) expect(bodyOf(post)).toBe(body);
    if (json !== undefined) expect(JSON.parse(bodyOf(post))).toEqual(json);
  }
  const status = expected.at(-1)?.answer?.status ?? 200;
  if (status < 300) expect(outcome).toEqual({ kind: 'ok' });
});

describe.each(firsts)('$id', ({ spec, example }) => {
  test('is told to wait: it tells how long', async () => {
    const { output } = await stage(spec, example, (response) => {
      response.writeHead(429, { 'retry-after': '7' }).end('slow down');
    });
    for (const item of itemsOf(await output.send([exampleNotice], never))) {
      expect(item).toMatchObject({ kind: 'retry', afterMs: 7000 });
    }
  });

  test.each([
    [500, 'retry'],
    [503, 'retry'],
    [401, 'retry'],
    [400, 'drop'],
  ])('status %i: %s', async (status, kind) => {
    const { output } = await stage(spec, example, (response) => response.writeHead(status).end('{"error":"boom"}'));
    for (const item of itemsOf(await output.send([exampleNotice], never))) expect(item.kind).toBe(kind);
  });

  test('reasons and logs hold no secrets, whatever the server answers', async () => {
    const { output, config, context } = await stage(spec, example, (response, post) => {
      const echo = `${post.url} ${decodeURIComponent(post.url)} ${Object.values(post.headers).join(' ')} `;
      response.writeHead(500).end(echo.slice(0, 1990) + bodyOf(post).slice(0, 100));
    });
    const seen = (await failureOf(output.send([exampleNotice], never))) + context.logged.join('\n');
    expect(seen).toContain('500');
    for (const secret of secretsIn(spec, config)) expect(seen).not.toContain(secret);
  });

  test('a server that is down: a rejection without secrets', async () => {
    const { server, output, config, context } = await stage(spec, example);
    await server.close();
    const failure = await failureOf(output.send([exampleNotice], never));
    expect(failure).toMatch(/ECONNREFUSED|closed|hang up|ECONNRESET/);
    for (const secret of secretsIn(spec, config)) expect(failure + context.logged.join('\n')).not.toContain(secret);
  });

  test('a server that hangs: what is given up ends at once', async () => {
    const { server, output } = await stage(spec, example, () => undefined);
    const giveUp = new AbortController();
    const failure = failureOf(output.send([exampleNotice], giveUp.signal));
    const count = example.expect?.length ?? 0;
    while (server.posts.length < count) await sleep(2);
    giveUp.abort();
    expect(await failure).not.toBe('ok');
  });

  test('closing gives up what is under way, and the connections', async () => {
    const { server, output } = await stage(spec, example, () => undefined);
    const failure = failureOf(output.send([exampleNotice], never));
    const count = example.expect?.length ?? 0;
    while (server.posts.length < count) await sleep(2);
    await output.close();
    expect(await failure).not.toBe('ok');
    while (server.sockets.some((socket) => !socket.closed)) await sleep(2);
  });

  test.each([
    ['hostile', hostileNotice()],
    ['as text', { ...exampleNotice, json: 'CEF:0|Saker|"Saker"|\\|a=b' }],
    ['of another form', { ...exampleNotice, json: '{"@timestamp":"2026-11-21T05:29:25Z","message":"x"}' }],
  ])('an alert %s arrives, well-formed', async (_, notice) => {
    const { server, output } = await stage(spec, example, (response) => {
      const { status = 200, body = '', headers = {} } = example.expect?.at(-1)?.answer ?? {};
      response.writeHead(status, headers).end(body);
    });
    const outcome = await output.send([notice], never);
    expect(outcome).toEqual({ kind: 'ok' });
    const post = server.posts.at(-1)!;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bodyOf(post)));
    expect(Buffer.from(bodyOf(post)).equals(Buffer.from(text))).toBe(true);
    const type = post.headers['content-type'] ?? '';
    if (/\bjson\b/.test(type)) expect(() => JSON.parse(text)).not.toThrow();
    if (/ndjson/.test(type)) for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  });
});
