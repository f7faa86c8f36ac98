import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type WriterId, writers } from '../../src/app/registry.ts';
import type { LogFields } from '../../src/base/log.ts';
import type { Alert } from '../../src/model/alert.ts';
import type { OpenWriter } from '../../src/model/writer.ts';
import { parse } from '../../src/model/schema.ts';
import { AlertQueue } from '../../src/pipeline/alerts-queue.ts';
import { PostServer } from '../kit/post-server.ts';
import { missing } from '../kit/requirements.ts';

const ids = Object.keys(writers) as WriterId[];

function alert(line: string): Alert {
  const rest = { hostname: 'h', rule: 'r', priority: 'Notice', source: 'syscall', tags: [], message: line } as const;
  return { time: 0n, fields: new Map(), line, ...rest };
}

let logged: [string, LogFields | undefined][] = [];
const logger = { log: (_: string, message: string, fields?: LogFields) => void logged.push([message, fields]) };

async function open(id: WriterId, config: unknown): Promise<OpenWriter> {
  const { default: spec } = await writers[id]();
  const parsed = parse(spec.config, config);
  if (!parsed.success) throw new Error(parsed.issues[0].message);
  return spec.open(parsed.output as never, { logger });
}

describe.each(ids)('output %s', (id) => {
  test('describes itself', async () => {
    const { default: spec } = await writers[id]();
    expect(spec.id).toBe(id);
    expect(spec.examples.length).toBeGreaterThan(0);
    for (const example of spec.examples) expect(parse(spec.config, example.config).success, example.title).toBe(true);
    expect(parse(spec.config, { ...spec.examples[0]!.config, unknown: 1 }).success).toBe(false);
  });
});

describe.skipIf(missing('descriptors'))('several writers at once', () => {
  let folder = '';
  let server: PostServer;
  beforeEach(async () => {
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    folder = mkdtempSync(path.join(tmpdir(), 'saker-writers-'));
    server = await new PostServer().listen();
    logged = [];
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function queueOf(timeoutMs: number): Promise<{ queue: AlertQueue; stuck: string[] }> {
    const stuck: string[] = [];
    const opened = [
      { id: 'file', output: await open('file', { filename: path.join(folder, 'file') }) },
      { id: 'syslog', output: await open('syslog', { path: path.join(folder, 'no-daemon') }) },
      { id: 'program', output: await open('program', { program: `cat >> ${folder}/program`, keepAlive: true }) },
      { id: 'http', output: await open('http', { url: `http://127.0.0.1:${server.port}` }) },
    ];
    const queue = new AlertQueue(opened, {
      capacity: 1000,
      timeoutMs,
      onError: () => undefined,
      onLoss: () => undefined,
      onStuck: (id) => stuck.push(id),
    });
    return { queue, stuck };
  }

  function lines(name: string): string[] {
    return readFileSync(path.join(folder, name), 'utf8').split('\n').slice(0, -1);
  }

  // The queue may be in the middle of several alerts when the time for the end is over.
  test('a closed output takes nothing and starts nothing', async () => {
    const configs: readonly (readonly [WriterId, object])[] = [
      ['syslog', { path: path.join(folder, 'no-daemon') }],
      ['program', { program: `cat >> ${folder}/program` }],
      ['program', { program: `cat >> ${folder}/program`, keepAlive: true }],
      ['http', { url: `http://127.0.0.1:${server.port}` }],
    ];
    for (const [id, config] of configs) {
      const output = await open(id, config);
      await output.close();
      await expect(output.write(alert('x')), id).rejects.toThrow(/the output is closed/);
    }
    expect(server.posts).toEqual([]);
    expect(lines('program')).toEqual([]);
  });

  const texts = Array.from({ length: 50 }, (_, i) => `alert ${i}`);

  test('one that fails keeps no alert from the others', async () => {
    server.answer = (response, _, number) => response.writeHead(number % 2 === 0 ? 500 : 200).end();
    const { queue } = await queueOf(10_000);
    for (const text of texts) queue.push(alert(text));
    await queue.drained();
    await queue.reopen();
    await queue.close();
    expect(lines('file')).toEqual(texts);
    expect(lines('program')).toEqual(texts);
    expect(server.posts.map((post) => post.body.toString())).toEqual(texts);
    expect(Object.fromEntries(queue.failures)).toEqual({ syslog: 50, http: 25 });
    expect(logged).toEqual([]);
  });

  test('one that hangs is reported and holds up the end no longer than it may', async () => {
    server.answer = () => undefined;
    const { queue, stuck } = await queueOf(100);
    for (const text of texts) queue.push(alert(text));
    await vi.waitFor(() => expect(stuck).toEqual(['http']), 10_000);
    await queue.close();
    expect(server.posts).toHaveLength(1);
    expect(queue.lost).toBe(texts.length);
    // What came before the output that hangs has what it got.
    await vi.waitFor(() => expect(lines('program')).toEqual(['alert 0']), 10_000);
    expect(lines('file')).toEqual(['alert 0']);
  });
});
