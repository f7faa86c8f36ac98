import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outputSpecs } from '../../src/app/delivery/specs.ts';
import outputsCheck from '../../src/cli/outputs-check.ts';
import outputsTest from '../../src/cli/outputs-test.ts';
import type { OutputSpec } from '../../src/model/output.ts';
import { optionDocs } from '../../src/model/schema.ts';
import { fillIn } from '../kit/outputs.ts';
import { alertText, ServiceStage } from '../kit/service-stage.ts';

const marker = 'MARKER-4711';
const specs = await outputSpecs();

let stage: ServiceStage;
beforeEach(async () => (stage = await new ServiceStage().open()));
afterEach(() => stage.close());

/** A secret in the form that its key has; the marker is what must not be seen of it. */
function secretLike(value: unknown, name: string, url: string): string {
  if (typeof value !== 'string' || !value.includes('://')) return `${marker}-${name}`;
  const { protocol } = new URL(value);
  if (protocol.startsWith('http')) return `${url}/${marker}/${name}?key=${marker}`;
  // Nobody listens there.
  return `${protocol}//user:${marker}@127.0.0.1:9`;
}

/** An entry of `outputs` with every secret that the output knows. */
function entry(spec: OutputSpec, url: string): object {
  const example = spec.examples.find(({ expect: wanted }) => wanted !== undefined) ?? spec.examples[0]!;
  const config = example.config as Readonly<Record<string, unknown>>;
  const words = { url, host: url.replace('http://', '') };
  const plain = Object.entries(fillIn(config, words)).map(([key, value]) => {
    return [key, typeof value === 'string' ? value.replace(/^127\.0\.0\.1:\d+$/, '127.0.0.1:9') : value];
  });
  const secrets = optionDocs(spec.config)
    .filter(({ secret }) => secret)
    .map(({ name, kind }) => {
      const own =
        kind === 'record' ? { 'x-own': `${marker}-${name}` } : secretLike(fillIn(config[name], words), name, url);
      return [name, own];
    });
  const noCalls = optionDocs(spec.config).some(({ name }) => name === 'checkidentity') ? { checkidentity: false } : {};
  return {
    output: spec.id,
    as: `my-${spec.id}`,
    ...Object.fromEntries([...plain, ...secrets]),
    batchwait: '1ms',
    ...noCalls,
  };
}

function filesIn(folder: string): string {
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((name) => statSync(name).isFile() && !name.endsWith('config.yaml'))
    .map((name) => readFileSync(name, 'latin1'));
  return texts.join('\n');
}

async function pages(port: number): Promise<string> {
  const headers = { authorization: `Bearer ${marker}-token` };
  const answers = ['/outputs', '/metrics', '/healthz', '/silences'].map(async (page) => {
    return await (await fetch(`http://127.0.0.1:${port}${page}`, { headers })).text();
  });
  return (await Promise.all(answers)).join('\n');
}

/** What a command prints. */
async function printed(command: typeof outputsCheck | typeof outputsTest, config: string): Promise<string> {
  let text = '';
  const write = (part: string): void => void (text += part);
  const io = { out: write, err: write, environment: {}, color: false } as never;
  const values = { config, strict: false } as never;
  try {
    await command.run({ values, positionals: [] } as never, io);
  } catch (error) {
    write(String(error));
  }
  return text;
}

test.each([
  ['answers 500 and repeats the request', 500],
  ['answers 400 and repeats the request', 400],
  ['is away', 0],
])(
  'nothing secret is to be seen anywhere when the receiver %s',
  async (_, status) => {
    const url = `http://127.0.0.1:${stage.sink.port}`;
    stage.sink.answer = (response, { url: asked, headers, body }) => {
      const echo = `${asked} ${decodeURIComponent(asked)} ${JSON.stringify(headers)} ${body.toString('latin1', 0, 400)}`;
      response.writeHead(status, { 'content-type': 'text/plain' }).end(echo);
    };
    const all = specs.map((spec) => entry(spec, url));
    expect(JSON.stringify(all).split(marker).length).toBeGreaterThan(80);
    const telemetry = { endpoint: `${url}/${marker}`, interval: '100ms', headers: { 'x-key': `${marker}-telemetry` } };
    const config = { debug: true, bearertoken: `${marker}-token`, listenaddress: '127.0.0.1', telemetry, outputs: all };
    const lines = Object.entries(config).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
    const service = await stage.start(lines.join(''));
    if (status === 0) await stage.sink.close();
    const headers = { authorization: `Bearer ${marker}-token` };
    const address = `http://127.0.0.1:${service.ports[0]}`;
    expect((await fetch(address, { method: 'POST', body: alertText('a'), headers })).status).toBe(200);
    // Everybody but those who send datagrams fails, at opening or at sending.
    const quiet = new Set(['statsd', 'dogstatsd', 'syslog'].map((id) => `my-${id}`));
    const begun = Date.now();
    for (;;) {
      const { outputs } = service.delivery.stats();
      const waiting = [...outputs].filter(([name, item]) => !quiet.has(name) && item.lastError === undefined);
      if (waiting.length === 0) break;
      if (Date.now() - begun > 15_000) throw new Error(waiting.map(([name]) => name).join(' '));
      await sleep(20);
    }
    const seen = [
      stage.logged.join('\n'),
      await pages(service.ports[0]!),
      JSON.stringify(await service.test(undefined)),
      await printed(outputsCheck, stage.file),
      filesIn(stage.folder),
    ];
    for (const text of seen) {
      const at = text.indexOf(marker);
      expect(at < 0 ? '' : text.slice(Math.max(0, at - 300), at + 60)).toBe('');
    }
    expect(seen[0]).toContain('sending');
  },
  60_000,
);

test('nor in what a test prints', async () => {
  const url = `http://127.0.0.1:${stage.sink.port}`;
  stage.sink.answer = (response, { url: asked }) => response.writeHead(400).end(asked);
  const chosen = specs.filter(({ category }) => category === 'chat').map((spec) => entry(spec, url));
  stage.configure(`outputs: ${JSON.stringify(chosen)}\n`);
  const text = await printed(outputsTest, stage.file);
  expect(text).toContain('my-slack: ');
  expect(text).not.toContain(marker);
});

test('nor where a value is wrong', async () => {
  const wrong = specs.flatMap((spec) =>
    optionDocs(spec.config)
      .filter(({ secret }) => secret)
      .map(({ name, kind }) => ({
        output: spec.id,
        as: `${spec.id}-${name}`,
        [name]: kind === 'record' ? `${marker} ${marker}` : [`${marker}`, { [marker]: 1 }],
      })),
  );
  const lines = [
    `outputs: ${JSON.stringify(wrong)}`,
    `bearertoken: ["${marker}"]`,
    `telemetry: {headers: "${marker}"}`,
  ];
  stage.configure(`${lines.join('\n')}\n`);
  const text = await printed(outputsCheck, stage.file);
  expect(text.split('expected').length).toBeGreaterThan(60);
  expect(text).not.toContain(marker);
});
