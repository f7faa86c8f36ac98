import { expect, test } from 'vitest';
import { makeNotice } from '../../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../../test/kit/outputs.ts';
import { PostServer } from '../../../test/kit/post-server.ts';
import type { OutputSpec } from '../../model/output.ts';
import loki from './index.ts';

test('alerts of the same labels are one stream; fields that the configuration adds are labels', async () => {
  const server = await new PostServer().listen();
  const config = { hostport: `http://127.0.0.1:${server.port}`, extralabels: ['proc.aname[2]', '1st', 'none'] };
  const context = outputContext({ ownFields: ['team.name'] });
  const output = await openOutput(loki as unknown as OutputSpec, config, context);
  const common = { hostname: '', tags: [], source: 's', time: 1n };
  const fields = { 'team.name': 'blue', 'proc.aname[2]': 'sh', '1st': 7 };
  const batch = [
    makeNotice({ ...common, rule: 'a', output: 'one', fields }),
    makeNotice({ ...common, rule: 'b', output: 'two', fields }),
    makeNotice({ ...common, rule: 'a', output: 'three\x1b', fields }),
  ];
  await output.send(batch, never);
  await output.close();
  await server.close();
  const labels = { source: 's', priority: 'Notice', team_name: 'blue', proc_aname2: 'sh', _1st: '7' };
  expect(JSON.parse(server.posts[0]!.body.toString())).toEqual({
    streams: [
      {
        stream: { ...labels, rule: 'a' },
        values: [
          ['1', 'one'],
          ['1', 'three\\x1b'],
        ],
      },
      { stream: { ...labels, rule: 'b' }, values: [['1', 'two']] },
    ],
  });
});
