import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { exampleNotices } from '../../test/kit/notice.ts';
import { never, openOutput, outputContext } from '../../test/kit/outputs.ts';
import type { OutputSpec, Traffic } from '../model/output.ts';
import dogstatsd from './dogstatsd/index.ts';
import statsd from './statsd/index.ts';

function trafficOf(accepted: number, rejected: number, ok: number, error: number): Traffic {
  return { accepted, rejected, outputs: new Map([['my.out', { ok, error }]]) };
}

test.each([
  [
    statsd,
    [
      'total:2|c',
      'falco.accepted.notice:2|c',
      'inputs.requests.accepted:3|c',
      'inputs.requests.rejected:1|c',
      'outputs.my_out.ok:5|c',
    ],
    ['total:1|c', 'falco.accepted.notice:1|c', 'outputs.my_out.ok:1|c', 'outputs.my_out.error:2|c'],
  ],
  [
    dogstatsd,
    [
      'total:2|c',
      'falco.accepted:2|c|#priority:notice',
      'inputs.requests.accepted:3|c',
      'inputs.requests.rejected:1|c',
      'outputs:5|c|#output:my.out,status:ok',
    ],
    [
      'total:1|c',
      'falco.accepted:1|c|#priority:notice',
      'outputs:1|c|#output:my.out,status:ok',
      'outputs:2|c|#output:my.out,status:error',
    ],
  ],
])('what went through the delivery since the last time: $id', async (spec, first, second) => {
  const server = createSocket('udp4');
  const lines: string[] = [];
  server.on('message', (bytes) => lines.push(...bytes.toString().split('\n')));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  let traffic = trafficOf(10, 0, 0, 0);
  const config = { forwarder: `127.0.0.1:${server.address().port}`, namespace: '' };
  const output = await openOutput(spec as unknown as OutputSpec, config, outputContext({ traffic: () => traffic }));
  traffic = trafficOf(13, 1, 5, 0);
  await output.send(exampleNotices(2), never);
  // It was configured anew: its counters begin at 0.
  traffic = trafficOf(13, 1, 1, 2);
  await output.send(exampleNotices(1), never);
  while (lines.length < first.length + second.length) await sleep(2);
  expect(lines).toEqual([...first, ...second]);
  await output.close();
  server.close();
});
