import { afterEach, describe, expect, test } from 'vitest';
import { outputs } from '../../src/app/registry.ts';
import type { ItemOutcome, OutputSpec } from '../../src/model/output.ts';
import type { Notice } from '../../src/model/notice.ts';
import { exampleNotice, exampleNotices, hostileNotice, makeNotice } from '../kit/notice.ts';
import { never, openOutput, outputContext } from '../kit/outputs.ts';
import { PostServer } from '../kit/post-server.ts';

// What receivers take at most, and answers that are not what their status says.

let server: PostServer;
afterEach(() => server.close());

interface Sent {
  readonly bodies: readonly string[];
  readonly outcome: unknown;
}

type Answer = readonly [status: number, body: string];

async function send(
  id: keyof typeof outputs,
  config: Readonly<Record<string, unknown>>,
  batch: readonly Notice[],
  ...answers: readonly Answer[]
): Promise<Sent> {
  server = await new PostServer().listen();
  server.answer = (response, _, number) => {
    const [status, body] = answers[number - 1] ?? [200, ''];
    response.writeHead(status).end(body);
  };
  const address = `http://127.0.0.1:${server.port}`;
  const values = Object.entries(config).map(([key, value]) => [key, value === '{url}' ? `${address}/x` : value]);
  const spec = (await outputs[id]()).default as unknown as OutputSpec;
  const output = await openOutput(spec, Object.fromEntries(values), outputContext());
  const outcome = await output.send(batch, never);
  await output.close();
  return { bodies: server.posts.map((post) => post.body.toString()), outcome };
}

const many = makeNotice({
  rule: 'r'.repeat(1000),
  output: '*<&>_'.repeat(10_000),
  fields: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field.${i}.<&>*`, '<&>*_'.repeat(1000)])),
});
const notices: [string, Notice][] = [
  ['hostile', hostileNotice()],
  ['many long fields', many],
];

describe.each(notices)('%s', (_, notice) => {
  test('Discord: 25 fields, 256, 1024, 4096 and 6000 characters, nothing empty, nobody called', async () => {
    const { bodies } = await send('discord', { webhookurl: '{url}' }, [notice]);
    const { embeds, allowed_mentions: mentions } = JSON.parse(bodies[0]!);
    const [{ title, description, fields }] = embeds;
    expect(fields.length).toBeLessThanOrEqual(25);
    expect(fields.at(-1).value).toMatch(/^\d+ more$/);
    let total = title.length + description.length;
    for (const { name, value } of fields) {
      expect(name.length).toBeGreaterThan(0);
      expect(value.length).toBeGreaterThan(0);
      expect(name.length).toBeLessThanOrEqual(256);
      expect(value.length).toBeLessThanOrEqual(1024);
      total += name.length + value.length;
    }
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(total).toBeLessThanOrEqual(6000);
    expect(mentions).toEqual({ parse: [] });
  });

  test('Slack: 50 blocks, 150 characters a header, 3000 a text, 10 fields of 2000 a section', async () => {
    const { bodies } = await send('slack', { webhookurl: '{url}', format: 'blocks' }, [notice]);
    const { blocks } = JSON.parse(bodies[0]!);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { type, text, fields = [] } of blocks) {
      if (text !== undefined) expect(text.text.length).toBeLessThanOrEqual(type === 'header' ? 150 : 3000);
      if (text !== undefined) expect(text.text.length).toBeGreaterThan(0);
      expect(fields.length).toBeLessThanOrEqual(10);
      for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
      // An escape is never cut, and nothing else looks like markup.
      for (const field of fields) expect(field.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    }
  });

  test('Telegram: 4096 characters, all marks escaped', async () => {
    const { bodies } = await send('telegram', { host: '{url}', token: '1:a', chatid: '1' }, [notice]);
    const { text } = JSON.parse(bodies[0]!);
    expect(text.length).toBeLessThanOrEqual(4096);
    // Besides those that make names bold, no mark is without a backslash.
    const unescaped = text.replace(/\\[\s\S]/g, '').replace(/^\*[^*\n]*\*/gm, '');
    expect(unescaped).not.toMatch(/[_*[\]()~`>#+=|{}.!-]/);
  });

  test.each([
    ['webex', 7439],
    ['teams', 28_000],
    ['google-chat', 32_000],
    ['zoho-cliq', 40_000],
  ] as const)('%s: a message of at most %i bytes', async (id, most) => {
    for (const format of id === 'teams' ? ['messagecard', 'adaptivecard'] : ['']) {
      const config = format === '' ? {} : { format };
      const { bodies } = await send(id, { webhookurl: '{url}', ...config }, [notice]);
      const body = id === 'webex' ? JSON.parse(bodies[0]!).markdown : bodies[0]!;
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(most);
      await server.close();
    }
  });

  test('Opsgenie: 130, 512, 15,000 and 8000 characters, 20 tags of 50', async () => {
    const dedup = '{{ .Output }}';
    const { bodies } = await send('opsgenie', { apikey: 'k', url: '{url}', dedup }, [notice]);
    const { message, alias, description, details, tags } = JSON.parse(bodies[0]!);
    expect(message.length).toBeLessThanOrEqual(130);
    expect(alias.length).toBeLessThanOrEqual(512);
    expect(description.length).toBeLessThanOrEqual(15_000);
    expect(JSON.stringify(details).length).toBeLessThanOrEqual(16_000);
    expect(tags.length).toBeLessThanOrEqual(20);
    for (const tag of tags) expect(tag.length).toBeLessThanOrEqual(50);
  });

  test('PagerDuty: 512 KB, 1024 characters a summary, 255 a key', async () => {
    const dedup = '{{ .Output }}';
    const { bodies } = await send('pagerduty', { routingkey: 'k', url: '{url}', dedup }, [notice]);
    const { payload, dedup_key: key } = JSON.parse(bodies[0]!);
    expect(Buffer.byteLength(bodies[0]!)).toBeLessThanOrEqual(512 << 10);
    expect(payload.summary.length).toBeLessThanOrEqual(1024);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  test('Datadog: 4000 characters a text, 200 a tag', async () => {
    const { bodies } = await send('datadog', { apikey: 'k', host: '{url}' }, [notice]);
    const { text, tags } = JSON.parse(bodies[0]!);
    expect(text.length).toBeLessThanOrEqual(4000);
    for (const tag of tags) expect(tag.length).toBeLessThanOrEqual(200);
  });
});

test.each([
  ['slack', /<!channel>|<@|<http/],
  ['mattermost', /@[a-z]|(?<!\\)\*\*bold|(?<!\\)\[link/],
  ['rocketchat', /@[a-z]|(?<!\\)\*\*bold|(?<!\\)\[link/],
  ['google-chat', /<[a-z!@]|\*bold/],
  ['zoho-cliq', /\{@|\*bold/],
] as const)('%s: what an attacker writes is no markup in a template either', async (id, markup) => {
  const messageformat = '{{ .Output }} {{ index .OutputFields "field.2" }} {{ .Tags }}';
  const { bodies } = await send(id, { webhookurl: '{url}', messageformat }, [hostileNotice()]);
  const { text } = JSON.parse(bodies[0]!);
  expect(text).toContain('two\nlines');
  expect(text).not.toMatch(markup);
});

const ok: ItemOutcome = { kind: 'ok' };

test.each([
  [
    'teams',
    { webhookurl: '{url}' },
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429',
    'retry',
  ],
  [
    'teams',
    { webhookurl: '{url}' },
    200,
    'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413',
    'drop',
  ],
  [
    'openobserve',
    { hostport: '{url}' },
    200,
    '{"code":200,"status":[{"name":"falco","successful":0,"failed":1,"error":"too old"}]}',
    'drop',
  ],
  ['slack', { webhookurl: '{url}' }, 400, 'invalid_payload', 'drop'],
  ['slack', { webhookurl: '{url}' }, 404, 'no_service', 'retry'],
] as const)('%s answers %j %i %s: %s', async (id, config, status, body, kind) => {
  const { outcome } = await send(id, config, [exampleNotice], [status, body]);
  expect(outcome).toMatchObject({ kind });
});

test('Telegram tells in the body how long to wait', async () => {
  const body =
    '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}';
  const { outcome } = await send(
    'telegram',
    { host: '{url}', token: '1:a', chatid: '1' },
    [exampleNotice],
    [429, body],
  );
  expect(outcome).toMatchObject({ kind: 'retry', afterMs: 5000 });
});

test('Splunk tells which event is wrong: those before it are there, those behind it are not', async () => {
  const answer: Answer = [400, '{"text":"Invalid data format","code":6,"invalid-event-number":1}'];
  const { outcome } = await send('splunk', { host: '{url}' }, exampleNotices(3), answer);
  expect(outcome).toMatchObject({ kind: 'each', items: [ok, { kind: 'drop' }, { kind: 'retry' }] });
});

test('the Kafka REST proxy answers for each record', async () => {
  const body =
    '{"offsets":[{"partition":0,"offset":1},{"error_code":2,"error":"later"},{"error_code":1,"error":"never"}]}';
  const { outcome } = await send('kafka-rest', { address: '{url}' }, exampleNotices(3), [200, body]);
  const items = [ok, { kind: 'retry', reason: 'later' }, { kind: 'drop', reason: 'never' }];
  expect(outcome).toEqual({ kind: 'each', items });
});

describe('a webhook that takes one alert a request', () => {
  test('gets several in order', async () => {
    const batch = exampleNotices(3);
    const { bodies, outcome } = await send('webhook', { address: '{url}' }, batch);
    expect(bodies).toEqual(batch.map(({ json }) => json));
    expect(outcome).toEqual({ kind: 'each', items: [ok, ok, ok] });
  });

  test('and none behind one that has to be tried again', async () => {
    const { bodies, outcome } = await send(
      'webhook',
      { address: '{url}' },
      exampleNotices(4),
      [200, ''],
      [400, ''],
      [500, ''],
    );
    expect(bodies).toHaveLength(3);
    const retry = { kind: 'retry', reason: 'status 500' };
    expect(outcome).toEqual({ kind: 'each', items: [ok, { kind: 'drop', reason: 'status 400' }, retry, retry] });
  });
});

test.each([
  ['webhook', { address: '{url}', customheaders: { 'X-A': 'one\ntwo sesame' } }, /the header "X-A" can't be sent/],
  ['webhook', { address: '{url}', framing: 'array', body: '{{ .Rule }}' }, /needs the framing single/],
  ['slack', { webhookurl: '{url}', messageformat: '{{ .Rule' }, /1:/],
  ['telegram', { token: 't', chatid: '1', messagethreadid: 'x' }, /expected a number/],
  ['cloudevents', { address: '{url}', extensions: { 'a-b': 'c' } }, /letters and digits/],
  ['alertmanager', { hostport: ['http://x'], dropeventthresholds: '10' }, /'' is no priority/],
  ['alertmanager', { hostport: ['http://x'], dropeventthresholds: 'a:critical' }, /is no threshold/],
  ['alertmanager', { hostport: ['http://x'], customseveritymap: { loud: 'x' } }, /'loud' is no priority/],
] as const)('%s is not opened with %j', async (id, config, message) => {
  const failure = await send(id, config, [exampleNotice]).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(Error);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toMatch(/sesame/);
});
