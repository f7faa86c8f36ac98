import { afterEach, expect, test } from 'vitest';
import { exampleNotices } from '../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../test/kit/outputs.ts';
import { PostServer } from '../../test/kit/post-server.ts';
import type { OpenOutput, OutputSpec } from '../model/output.ts';
import webhook from '../outputs/webhook/index.ts';

let server: PostServer;
let output: OpenOutput;
afterEach(async () => {
  await output.close();
  await server.close();
});

test('a receiver that hangs in the midst of a batch: what it took is not sent again', async () => {
  server = await new PostServer().listen();
  server.answer = (response, _, number) => {
    if (number <= 3) response.end();
  };
  const config = { address: `http://127.0.0.1:${server.port}/` };
  const context = outputContext({ timeoutMs: 300 });
  output = await openOutput(webhook as unknown as OutputSpec, config, context);
  const outcome = await output.send(exampleNotices(5), never);
  expect(outcome.kind === 'each' && outcome.items.map(({ kind }) => kind)).toEqual([
    'ok',
    'ok',
    'ok',
    'retry',
    'retry',
  ]);
  expect(server.posts).toHaveLength(4);
});
