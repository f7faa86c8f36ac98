import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { exampleNotices, makeNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { freePort } from './kit/backend.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };
const batch = [...exampleNotices(7), makeNotice({ priority: 'Critical' }), makeNotice({ priority: 'Critical' })];

let udpPort = 0;

backendSuite(
  'StatsD exporter',
  {
    command: 'statsd_exporter',
    async prepare() {
      udpPort = await freePort();
    },
    args: (port) => [
      `--web.listen-address=127.0.0.1:${port}`,
      `--statsd.listen-udp=127.0.0.1:${udpPort}`,
      '--statsd.listen-tcp=',
    ],
  },
  (stage) => {
    /** The counters of a name's begin, once there are so many. */
    async function counters(begin: string, count: number): Promise<string[]> {
      let found: string[] = [];
      for (let i = 0; i < 100 && found.length < count; i++) {
        await sleep(50);
        const text = await (await fetch(`http://127.0.0.1:${stage().backend.port}/metrics`)).text();
        found = text.split('\n').filter((line) => line.startsWith(begin));
      }
      return found.sort();
    }

    test('StatsD: counters', async () => {
      const output = await stage().open('statsd', { forwarder: `127.0.0.1:${udpPort}`, namespace: 'plain.' });
      expect(await output.send(batch, never)).toEqual(ok);
      expect(await counters('plain_', 3)).toEqual([
        'plain_falco_accepted_critical 2',
        'plain_falco_accepted_notice 7',
        'plain_total 9',
      ]);
    });

    test('DogStatsD: counters with tags', async () => {
      const config = { forwarder: `127.0.0.1:${udpPort}`, namespace: 'dog.', tags: ['env:prod', 'team:a,b|#c:d'] };
      const output = await stage().open('dogstatsd', config);
      expect(await output.send(batch, never)).toEqual(ok);
      const tags = (priority: string) => `{env="prod",${priority}team="a_b_#c:d"}`;
      expect(await counters('dog_', 3)).toEqual([
        `dog_falco_accepted${tags('priority="critical",')} 2`,
        `dog_falco_accepted${tags('priority="notice",')} 7`,
        `dog_total${tags('')} 9`,
      ]);
    });
  },
  { required: false },
);
