import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { connect as connectAmqp } from 'amqplib';
import { connectAsync } from 'mqtt';
import { createClient } from 'redis';
import { expect, test } from 'vitest';
import { exampleNotice, exampleNotices, hostileNotice } from '../kit/notice.ts';
import { never } from '../kit/outputs.ts';
import { backendSuite } from './kit/suite.ts';

const ok = { kind: 'ok' };
const tooLong = { kind: 'drop', reason: expect.stringContaining('longer than') as string };
const subject = 'falco.notice.terminal_shell_in_container';

backendSuite(
  'NATS with JetStream',
  { command: 'nats-server', args: (port, folder) => ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder] },
  (stage) => {
    test('core: a subscriber gets what was published, in order', async () => {
      const { backend, open } = stage();
      const reader = await connectNats({ port: backend.port });
      const got: string[] = [];
      reader.subscribe('falco.>', {
        callback: (_, message) => void got.push(`${message.subject} ${message.string()}`),
      });
      await reader.flush();
      const output = await open('nats', { hostport: `nats://127.0.0.1:${backend.port}` });
      const batch = exampleNotices(50);
      expect(await output.send(batch, never)).toEqual(ok);
      await reader.flush();
      expect(got).toEqual(batch.map(({ json }) => `${subject} ${json}`));
      await reader.close();
    });

    test('a stream acknowledges, and drops repeats', async () => {
      const { backend, open } = stage();
      const reader = await connectNats({ port: backend.port });
      const manager = await jetstreamManager(reader);
      await manager.streams.add({ name: 'alerts', subjects: ['alerts.*'] });
      const hostport = `127.0.0.1:${backend.port}`;
      const output = await open('nats', { hostport, subjecttemplate: 'alerts.<priority>', delivery: 'jetstream' });
      expect(await output.send(exampleNotices(20), never)).toEqual(ok);
      expect(await output.send(exampleNotices(20), never)).toEqual(ok);
      expect((await manager.streams.info('alerts')).state.messages).toBe(20);
      const first = await (await jetstream(reader).streams.get('alerts')).getMessage({ seq: 1 });
      expect(first?.string()).toBe(exampleNotice.json);
      await reader.close();
    });

    test('what is longer than the server takes keeps nothing else from arriving', async () => {
      const { backend, open } = stage();
      for (const delivery of ['core', 'jetstream']) {
        const config = { hostport: `127.0.0.1:${backend.port}`, subjecttemplate: 'alerts.x', delivery };
        const output = await open('nats', config);
        const outcome = await output.send([exampleNotice, hostileNotice()], never);
        expect(outcome).toEqual({ kind: 'each', items: [ok, tooLong] });
      }
    });

    test('no stream for the subject: a rejection, not a loss', async () => {
      const { backend, open } = stage();
      const output = await open('nats', {
        hostport: `127.0.0.1:${backend.port}`,
        subjecttemplate: 'nobody',
        delivery: 'jetstream',
      });
      await expect(output.send([exampleNotice], never)).rejects.toThrow();
    });
  },
);

backendSuite(
  'NATS Streaming',
  {
    command: 'nats-streaming-server',
    args: (port) => ['-a', '127.0.0.1', '-p', String(port), '-cid', 'test-cluster'],
  },
  (stage) => {
    test('the cluster acknowledges, twice over one connection and after a new one', async () => {
      const { backend, open } = stage();
      const config = { hostport: `nats://127.0.0.1:${backend.port}`, clusterid: 'test-cluster', clientid: 'saker' };
      const output = await open('stan', config);
      expect(await output.send(exampleNotices(20), never)).toEqual(ok);
      expect(await output.send([hostileNotice(), exampleNotice], never)).toEqual({
        kind: 'each',
        items: [tooLong, ok],
      });
      await output.close();
      const again = await open('stan', config);
      expect(await again.send([exampleNotice], never)).toEqual(ok);
    });

    test('a cluster that there is none of', async () => {
      const { backend, open } = stage();
      const config = { hostport: `nats://127.0.0.1:${backend.port}`, clusterid: 'none', clientid: 'saker' };
      await expect(open('stan', config, { timeoutMs: 300 })).rejects.toThrow();
    });
  },
  { required: false },
);

backendSuite(
  'Mosquitto',
  {
    command: 'mosquitto',
    args: (_, folder) => ['-c', path.join(folder, 'mosquitto.conf')],
    prepare(port, folder) {
      writeFileSync(path.join(folder, 'mosquitto.conf'), `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
    },
  },
  (stage) => {
    test.each([0, 1, 2])('quality of service %i', async (qos) => {
      const { backend, open } = stage();
      const reader = await connectAsync(`mqtt://127.0.0.1:${backend.port}`);
      const got: string[] = [];
      const all = Promise.withResolvers<void>();
      reader.on('message', (topic, payload) => {
        got.push(`${topic} ${payload.toString('utf8')}`);
        if (got.length === 30) all.resolve();
      });
      await reader.subscribeAsync(`alerts/${qos}/#`, { qos: 1 });
      const output = await open('mqtt', {
        broker: `tcp://127.0.0.1:${backend.port}`,
        topic: `alerts/${qos}/<priority>`,
        qos,
      });
      const batch = exampleNotices(30);
      expect(await output.send(batch, never)).toEqual(ok);
      await all.promise;
      expect(got).toEqual(batch.map(({ json }) => `alerts/${qos}/notice ${json}`));
      await reader.endAsync(true);
    });
  },
);

backendSuite(
  'Redis',
  {
    command: 'redis-server',
    args: (port, folder) => ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
  },
  (stage) => {
    test('a list, trimmed; a hash; a stream', async () => {
      const { backend, open } = stage();
      const address = `127.0.0.1:${backend.port}`;
      const batch = exampleNotices(10);
      const reader = await createClient({ url: `redis://${address}` }).connect();
      const list = await open('redis', { address, maxlength: 4 });
      expect(await list.send(batch, never)).toEqual(ok);
      expect(await reader.lRange('falco', 0, -1)).toEqual(batch.slice(6).map(({ json }) => json));
      const hash = await open('redis', { address, storagetype: 'hashmap', key: 'alerts', database: 0 });
      expect(await hash.send(batch, never)).toEqual(ok);
      expect(await hash.send(batch, never)).toEqual(ok);
      expect(await reader.hLen('alerts')).toBe(10);
      expect(await reader.hGet('alerts', batch[3]!.uuid)).toBe(batch[3]!.json);
      const stream = await open('redis', { address, storagetype: 'stream', key: 'events' });
      expect(await stream.send([hostileNotice()], never)).toEqual(ok);
      const entries = await reader.xRange('events', '-', '+');
      expect(entries?.map(({ message }) => message)).toEqual([{ alert: hostileNotice().json }]);
      reader.destroy();
    });

    test('a key of another type: a rejection', async () => {
      const { backend, open } = stage();
      const output = await open('redis', { address: `127.0.0.1:${backend.port}`, key: 'alerts' });
      await expect(output.send([exampleNotice], never)).rejects.toThrow(/WRONGTYPE/);
    });
  },
);

backendSuite(
  'RabbitMQ',
  {
    command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    secondsToStart: 120,
    prepare(_, folder) {
      for (const name of ['db', 'log']) mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, 'plugins'), '[].');
    },
    args: () => [],
    // The port mapper that Erlang starts beside it outlives it.
    cleanUp: (port) => void spawnSync('epmd', ['-port', String(port + 2), '-kill']),
    environment: (port, folder) => ({
      HOME: folder,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(port + 2),
      RABBITMQ_NODENAME: `saker${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(port + 1),
      RABBITMQ_MNESIA_BASE: path.join(folder, 'db'),
      RABBITMQ_LOG_BASE: path.join(folder, 'log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'plugins'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    }),
  },
  (stage) => {
    test('the broker confirms; a queue that is missing is told', async () => {
      const { backend, open } = stage();
      const url = `amqp://guest:guest@127.0.0.1:${backend.port}`;
      const output = await open('rabbitmq', { url, queue: 'alerts' });
      expect(await output.send([exampleNotice], never)).toEqual({
        kind: 'each',
        items: [{ kind: 'retry', reason: 'there is no queue alerts' }],
      });
      const reader = await connectAmqp(url);
      const channel = await reader.createChannel();
      await channel.assertQueue('alerts');
      const batch = [...exampleNotices(20), hostileNotice()];
      expect(await output.send(batch, never)).toEqual(ok);
      for (const { json, uuid } of batch) {
        const message = await channel.get('alerts', { noAck: true });
        if (message === false) throw new Error('a message is missing');
        expect(message.content.toString('utf8')).toBe(json);
        expect(message.properties.messageId).toBe(uuid);
      }
      await reader.close();
    });
  },
  { required: false },
);
