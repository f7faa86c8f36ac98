import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { outputs, type OutputId } from '../../src/app/registry.ts';
import type { OpenOutput, OutputSpec } from '../../src/model/output.ts';
import { exampleNotice, exampleNotices, hostileNotice, makeNotice } from '../kit/notice.ts';
import { never, openOutput, outputContext } from '../kit/outputs.ts';

// Outputs that write lines to a socket, to the letter of what receivers document.

const ok = { kind: 'ok' };
let endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings) await end();
  endings = [];
});

async function open(id: OutputId, config: object): Promise<OpenOutput> {
  const { default: spec } = await outputs[id]();
  const output = await openOutput(spec as unknown as OutputSpec, config, outputContext());
  endings.unshift(() => output.close());
  return output;
}

/** A TCP server; `lines` resolves with so many lines that it got. */
async function lineServer(): Promise<{ port: number; lines(count: number): Promise<string[]> }> {
  let text = '';
  const sockets = new Set<Socket>();
  let check = (): void => undefined;
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.setEncoding('utf8').on('data', (data: string) => {
      text += data;
      check();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    lines: (count) =>
      new Promise((resolve) => {
        check = () => {
          const found = text.split('\n');
          if (found.length > count) resolve(found.slice(0, -1));
        };
        check();
      }),
  };
}

/** A UDP server; `next` resolves with the text of the next datagram. */
async function datagramServer(): Promise<{ port: number; next(): Promise<string> }> {
  const socket: Datagrams = createSocket('udp4');
  const got: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (bytes) => {
    const text = bytes.toString('utf8');
    const first = waiting.shift();
    if (first === undefined) got.push(text);
    else first(text);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  endings.push(() => socket.close());
  return {
    port: socket.address().port,
    next() {
      const first = got.shift();
      return first === undefined ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(first);
    },
  };
}

// https://www.elastic.co/docs/reference/logstash/plugins/plugins-codecs-json_lines
test('logstash: a line of JSON for each alert, with the tags that are added', async () => {
  const server = await lineServer();
  const batch = [...exampleNotices(3), hostileNotice()];
  const plain = await open('logstash', { address: '127.0.0.1', port: server.port });
  expect(await plain.send(batch, never)).toEqual(ok);
  expect(await server.lines(4)).toEqual(batch.map(({ json }) => json));
  const tagged = await open('logstash', { address: '127.0.0.1', port: server.port, tags: ['a"b', '$&'] });
  expect(await tagged.send([exampleNotice, makeNotice({ tags: [], fields: { tags: ['x'] } })], never)).toEqual(ok);
  const tags = (await server.lines(6)).slice(4).map((line) => (JSON.parse(line) as { tags: string[] }).tags);
  expect(tags).toEqual([
    ['a"b', '$&', ...exampleNotice.tags],
    ['a"b', '$&'],
  ]);
});

// https://docs.wavefront.com/wavefront_data_format.html
test('wavefront: a point for each alert', async () => {
  const server = await lineServer();
  const config = { endpointtype: 'proxy', endpointhost: '127.0.0.1', endpointmetricport: server.port };
  const output = await open('wavefront', config);
  expect(await output.send([exampleNotice, hostileNotice()], never)).toEqual(ok);
  const [first, second, ...more] = await server.lines(2);
  expect(more).toEqual([]);
  expect(first).toBe(
    'falco.alert 1 1795238965 source=web-1 severity="Notice" rule="Terminal shell in container" source_type="syscall" ' +
      'container.id="3ad7b26ded6d" container.image.repository="docker.io/library/nginx" container.name="web" ' +
      'evt.time="1795238965123456789" k8s.ns.name="shop" k8s.pod.name="web-7f9c" proc.cmdline="sh -c \\"id\\"" ' +
      'proc.name="sh" proc.pid="4242" proc.tty="34816" user.name="root"',
  );
  const tags = [...second!.matchAll(/ ([A-Za-z0-9._-]{1,100})="((?:[^"\\]|\\.)*)"/g)];
  expect(tags).toHaveLength(20);
  expect(
    `falco.alert 1 1795238965 source=${/source=(\S+)/.exec(second!)?.[1]}${tags.map(([tag]) => tag).join('')}`,
  ).toBe(second);
  // Without the escapes, a name and its value have 254 characters at most.
  expect(Math.max(...tags.map(([, name, value]) => name!.length + value!.replace(/\\(.)/g, '$1').length))).toBeLessThan(
    255,
  );
});

const counted = [...exampleNotices(7), makeNotice({ priority: 'Critical' }), makeNotice({ priority: 'Critical' })];

// https://github.com/statsd/statsd/blob/master/docs/metric_types.md
test('statsd: counters, a line each', async () => {
  const server = await datagramServer();
  const output = await open('statsd', { forwarder: `127.0.0.1:${server.port}` });
  expect(await output.send(counted, never)).toEqual(ok);
  const lines = ['total:9', 'falco.accepted.notice:7', 'falco.accepted.critical:2'];
  expect(await server.next()).toBe(lines.map((line) => `falcosidekick.${line}|c`).join('\n'));
});

// https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
test('dogstatsd: counters with tags', async () => {
  const server = await datagramServer();
  const output = await open('dogstatsd', { forwarder: `127.0.0.1:${server.port}`, tags: ['env:prod'] });
  expect(await output.send(counted, never)).toEqual(ok);
  expect(await server.next()).toBe(
    'falcosidekick.total:9|c|#env:prod\n' +
      'falcosidekick.falco.accepted:7|c|#env:prod,priority:notice\n' +
      'falcosidekick.falco.accepted:2|c|#env:prod,priority:critical',
  );
});
