import { afterEach, expect, test } from 'vitest';
import { exampleNotices } from '../../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../../test/kit/outputs.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import type { OpenOutput, OutputSpec } from '../../model/output.ts';
import elasticsearch from './index.ts';

let server: PostServer;
let output: OpenOutput;
afterEach(async () => {
  await output.close();
  await server.close();
});

async function answering(...bodies: readonly string[]): Promise<OpenOutput> {
  server = await new PostServer().listen();
  server.answer = (response, _, number) => response.end(bodies[number - 1]);
  const config = { hostport: `http://127.0.0.1:${server.port}` };
  output = await openOutput(elasticsearch as unknown as OutputSpec, config, outputContext());
  return output;
}

function item(status: number, type = '', reason = ''): string {
  return JSON.stringify({ create: { status, ...(type === '' ? {} : { error: { type, reason } }) } });
}

function bulk(...items: readonly string[]): string {
  return `{"errors":true,"items":[${items.join(',')}]}`;
}

test('each document has its own outcome', async () => {
  await answering(
    bulk(
      item(201),
      item(409, 'version_conflict_engine_exception', 'exists'),
      item(429, 'busy', 'later'),
      item(400, 'other', 'no'),
    ),
  );
  expect(await output.send(exampleNotices(4), never)).toEqual({
    kind: 'each',
    items: [
      { kind: 'ok' },
      { kind: 'ok' },
      { kind: 'retry', reason: 'busy: later' },
      { kind: 'drop', reason: 'other: no' },
    ],
  });
});

test('fields that the index does not take are sent as a text', async () => {
  const refused = item(400, 'document_parsing_exception', 'failed to parse field [output_fields.proc.pid]');
  await answering(bulk(item(201), refused), bulk(item(201)));
  expect(await output.send(exampleNotices(2), never)).toEqual({
    kind: 'each',
    items: [{ kind: 'ok' }, { kind: 'ok' }],
  });
  const [action, document] = server.posts[1]!.body.toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(action.create._id).toBe('6f2b3c1e-8a4d-4c7b-9e2f-1d0a5b6c7d8f');
  expect(document.output_fields).toBeUndefined();
  expect(JSON.parse(document.output_fields_text)).toMatchObject({ 'proc.pid': 4242 });
});

test.each(['', '{}', '{"errors":false,"items":[]}', '<html>'])(
  'an answer that says nothing of them: %s',
  async (body) => {
    await answering(body);
    expect(await output.send(exampleNotices(1), never)).toMatchObject({ kind: 'retry' });
  },
);
