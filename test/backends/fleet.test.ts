import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { readFromDisk } from '../../src/app/delivery/prepare.ts';
import { DeliveryService } from '../../src/app/delivery/service.ts';
import { exampleNotices } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { PostServer } from '../kit/post-server.ts';
import { backendSuite } from './kit/suite.ts';

const count = 300;

/** One of the workers of a fleet. */
async function worker(folder: string, name: string, text: string): Promise<DeliveryService> {
  const file = path.join(folder, `${name}.yaml`);
  writeFileSync(file, `listenport: 0\nqueue: {directory: ${folder}/${name}}\n${text}`);
  return await DeliveryService.start({
    file,
    environment: {},
    logger: { log: () => undefined },
    version: '0.0.0',
    read: readFromDisk,
    serves: true,
    onWarnings: () => undefined,
  });
}

backendSuite(
  'a fleet by NATS JetStream',
  { command: 'nats-server', args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder] },
  (stage) => {
    test('workers share what agents publish; one that goes loses nothing', async () => {
      const { backend, open } = stage();
      const hostport = `nats://127.0.0.1:${backend.port}`;
      const admin = await connect({ port: backend.port });
      const manager = await jetstreamManager(admin);
      await manager.streams.add({ name: 'ALERTS', subjects: ['falco.>'] });
      const sink = await new PostServer().listen();
      const folder = mkdtempSync(path.join(tmpdir(), 'saker-fleet-'));
      const text =
        `webhook: {address: 'http://127.0.0.1:${sink.port}/'}\n` +
        `inputs: {nats: {hostport: '${hostport}', stream: ALERTS, inflight: 20}}\n`;
      const workers = [await worker(folder, 'one', text), await worker(folder, 'two', text)];
      try {
        const agent = await open('nats', { hostport, delivery: 'jetstream' });
        const notices = exampleNotices(count);
        expect(await agent.send(notices.slice(0, count / 2), never)).toEqual({ kind: 'ok' });
        // No alert at all: it does not come again and again.
        admin.publish('falco.nonsense', 'hello');
        while (sink.posts.length < count / 3) await sleep(5);
        await workers[0]!.close(0);
        expect(await agent.send(notices.slice(count / 2), never)).toEqual({ kind: 'ok' });
        workers[0] = await worker(folder, 'one', text);
        const got = new Set<string>();
        while (got.size < count) {
          for (const { body } of sink.posts) got.add((JSON.parse(body.toString('utf8')) as { uuid: string }).uuid);
          await sleep(20);
        }
        expect([...got].sort()).toEqual(notices.map(({ uuid }) => uuid).sort());
        const { num_pending: pending } = await manager.consumers.info('ALERTS', 'saker');
        expect(pending).toBe(0);
      } finally {
        for (const one of workers) await one.close(0);
        await sink.close();
        await admin.close();
        rmSync(folder, { recursive: true });
      }
    });
  },
);
