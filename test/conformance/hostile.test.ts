import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { outputs } from '../../src/app/registry.ts';
import type { OpenOutput, OutputSpec } from '../../src/model/output.ts';
import { exampleNotice, hostileNotice } from '../kit/notice.ts';
import { never, openOutput, outputContext } from '../kit/outputs.ts';

// What is not HTTP, as its bytes are on the wire. (HTTP: outputs.test.ts; real servers: test/backends.)

const hostile = hostileNotice();
/** Shows that what follows a hostile alert is not swallowed by it. */
const next = { ...exampleNotice, uuid: '00000000-0000-4000-8000-000000000000' };

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.toReversed()) await close();
  closing = [];
});

interface Wire {
  readonly port: number;
  readonly bytes: () => Buffer;
}

/** A server that notes what it gets, and answers as the protocol wants it. */
async function tcp(answer: (socket: Socket) => void = () => undefined): Promise<Wire> {
  const parts: Buffer[] = [];
  const server = createServer((socket) => {
    closing.push(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => parts.push(bytes));
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, bytes: () => Buffer.concat(parts) };
}

async function udp(): Promise<{ readonly port: number; readonly datagrams: Buffer[] }> {
  const datagrams: Buffer[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => datagrams.push(bytes));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closing.push(() => socket.close());
  return { port: socket.address().port, datagrams };
}

async function open(id: keyof typeof outputs, config: object): Promise<OpenOutput> {
  const spec = (await outputs[id]()).default as unknown as OutputSpec;
  const output = await openOutput(spec, config, outputContext({ traffic: undefined as never }));
  closing.push(() => output.close());
  return output;
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await sleep(2);
}

/** Nothing that a terminal or a line-based reader takes for more than text. */
function expectPlain(text: string): void {
  // oxlint-disable-next-line no-control-regex
  expect(/[\x00-\x08\x0b-\x1f\x7f]/.exec(text)?.[0]).toBeUndefined();
  expect(text.isWellFormed()).toBe(true);
  expect(text).not.toContain('\ufffd\ufffd\ufffd');
}

describe('syslog', () => {
  const forms = ['3164', '5424'].flatMap((rfc) => ['json', 'cef'].map((format) => [rfc, format] as const));
  test.each(forms)('RFC %s, %s: one line, and the next is its own', async (rfc, format) => {
    const wire = await tcp();
    const output = await open('syslog', {
      host: '127.0.0.1',
      port: wire.port,
      protocol: 'tcp',
      rfc,
      format,
      maxbytes: 16 << 20,
    });
    expect(await output.send([hostile, next], never)).toEqual({ kind: 'ok' });
    await until(() => wire.bytes().toString().split('\n').length > 2);
    const [first, second, end] = wire.bytes().toString().split('\n');
    expect(end).toBe('');
    expect(first!.startsWith('<10>')).toBe(true);
    expect(second!.startsWith('<13>')).toBe(true);
    expectPlain(first!);
    const text = first!.slice(first!.indexOf(format === 'cef' ? 'CEF:0' : '{"uuid"'));
    if (format === 'json') expect((JSON.parse(text) as { rule: string }).rule).toBe(hostile.rule);
    // Seven bars part the head; those within are escaped.
    else expect(text).toMatch(/^CEF:0\|(?:(?:[^|\\]|\\[|\\])*\|){6}/);
    if (rfc === '5424')
      expect(first).toMatch(/^<10>1 \S+ \S+ \S+ - alert \[saker@32473(?: \w+="(?:[^"\\\]]|\\["\\\]])*"){4}\] /);
  });

  test('octets: the length counts bytes', async () => {
    const wire = await tcp();
    const output = await open('syslog', {
      host: '127.0.0.1',
      port: wire.port,
      protocol: 'tcp',
      framing: 'octets',
      maxbytes: 16 << 20,
    });
    await output.send([hostile, next], never);
    let length = 0;
    await until(() => {
      length = Number(/^\d+/.exec(wire.bytes().toString('latin1', 0, 12))?.[0]);
      return wire.bytes().length > length + 20;
    });
    const head = String(length).length + 1;
    expect(wire.bytes().toString('utf8', head + length)).toMatch(/^\d+ <13>/);
  });

  test('UDP: a datagram each, cut with a mark', async () => {
    const { port, datagrams } = await udp();
    const output = await open('syslog', { host: '127.0.0.1', port });
    await output.send([hostile, next], never);
    await until(() => datagrams.length === 2);
    expect(datagrams[0]!.length).toBeLessThanOrEqual(65_000);
    expect(datagrams[0]!.toString().endsWith('…')).toBe(true);
    expect(datagrams[1]!.toString()).toMatch(/^<13>/);
  });
});

/** Sends both alerts. @returns the line of each, all of plain characters. */
async function sentLines(
  output: Awaited<ReturnType<typeof open>>,
  wire: Awaited<ReturnType<typeof tcp>>,
): Promise<string[]> {
  await output.send([hostile, next], never);
  await until(() => wire.bytes().toString().split('\n').length > 2);
  const lines = wire.bytes().toString().split('\n').slice(0, -1);
  expect(lines).toHaveLength(2);
  for (const line of lines) expectPlain(line);
  return lines;
}

test('logstash: a line of JSON each, with the added tags', async () => {
  const wire = await tcp();
  const tags = ['a"b\nc', '$1 $& {{x}}'];
  const output = await open('logstash', { address: '127.0.0.1', port: wire.port, tags });
  for (const line of await sentLines(output, wire)) {
    expect((JSON.parse(line) as { tags: string[] }).tags.slice(0, 2)).toEqual(tags);
  }
});

test('wavefront: a point is one line with quoted tags', async () => {
  const wire = await tcp();
  const output = await open('wavefront', {
    endpointtype: 'proxy',
    endpointhost: '127.0.0.1',
    endpointmetricport: wire.port,
  });
  for (const line of await sentLines(output, wire)) {
    expect(line).toMatch(/^falco\.alert 1 \d+ source=[A-Za-z0-9._-]+(?: [A-Za-z0-9._-]+="(?:[^"\\]|\\["\\])*")+$/);
  }
});

describe('smtp', () => {
  /** Takes mails as servers do; notes what is between DATA and the lonely point. */
  function mailServer(mails: string[]): (socket: Socket) => void {
    return (socket) => {
      let isData = false;
      let rest = '';
      socket.write('220 test ESMTP\r\n');
      socket.on('data', (bytes) => {
        rest += bytes.toString('latin1');
        for (;;) {
          const end = rest.indexOf(isData ? '\r\n.\r\n' : '\r\n');
          if (end < 0) return;
          const text = rest.slice(0, end);
          rest = rest.slice(end + (isData ? 5 : 2));
          if (isData) mails.push(text);
          isData = !isData && text === 'DATA';
          socket.write(isData ? '354 go\r\n' : '250 ok\r\n');
        }
      });
    };
  }

  test.each(['html', 'text'])("%s: no header, no command and no mark-up is the alert's own", async (outputformat) => {
    const mails: string[] = [];
    const wire = await tcp(mailServer(mails));
    const people = { from: 'saker@example.com', to: ['soc@example.com'] };
    const output = await open('smtp', { hostport: `127.0.0.1:${wire.port}`, tls: false, outputformat, ...people });
    const point = {
      ...hostile,
      output: `\r\n.\r\nMAIL FROM:<evil@example.com>\r\n${hostile.output}`,
      rule: 'x\r\nBcc: evil@example.com',
    };
    expect(await output.send([point], never)).toEqual({ kind: 'ok' });
    expect(await output.send([next], never)).toEqual({ kind: 'ok' });
    expect(mails).toHaveLength(2);
    // Whoever reads lines finds the end of the mail where it is.
    expect(mails[0]).toContain('MAIL FROM:<evil@example.com>');
    const [head = ''] = mails[0]!.split('\r\n\r\n', 1);
    expect(head).not.toMatch(/^bcc:/im);
    expect(head).toMatch(/^Subject: /m);
    const decoded = mails[0]!
      .replace(/=\r\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    const [, html = ''] = decoded.split('Content-Type: text/html');
    expect(html === '').toBe(outputformat === 'text');
    expect(html).not.toMatch(/<script|<!channel|<http/);
    expect(decoded).not.toContain('\x1b');
  });
});

describe('redis', () => {
  /** The commands in the bytes, by RESP's lengths; undefined where the last one is not whole. */
  function commandsOf(bytes: Buffer): string[][] | undefined {
    const commands: string[][] = [];
    let at = 0;
    const number = (): number => {
      const end = bytes.indexOf('\r\n', at);
      const value = end < 0 ? Number.NaN : Number(bytes.toString('latin1', at + 1, end));
      at = end + 2;
      return value;
    };
    while (at < bytes.length) {
      const words: string[] = [];
      for (let left = number(); left > 0; left--) {
        const length = number();
        if (!(at + length + 2 <= bytes.length)) return undefined;
        words.push(bytes.toString('utf8', at, at + length));
        at += length + 2;
      }
      commands.push(words);
    }
    return commands;
  }

  test.each([
    ['list', 'RPUSH'],
    ['hashmap', 'HSET'],
    ['stream', 'XADD'],
  ])('%s: one argument, whatever is in it', async (storagetype, command) => {
    let answered = 0;
    const wire = await tcp((socket) => {
      socket.on('data', () => {
        const commands = commandsOf(wire.bytes()) ?? [];
        let queued = 0;
        for (const [i, [name = '']] of commands.entries()) {
          queued = name === 'MULTI' ? 0 : queued + 1;
          if (i < answered) continue;
          const count = Math.max(0, queued - 1);
          const results = `*${count}\r\n${':1\r\n'.repeat(count)}`;
          const answers: Record<string, string> = { EXEC: results, HELLO: '%1\r\n$5\r\nproto\r\n:3\r\n' };
          socket.write(answers[name] ?? (name === command ? '+QUEUED\r\n' : '+OK\r\n'));
        }
        answered = Math.max(answered, commands.length);
      });
    });
    const output = await open('redis', { address: `127.0.0.1:${wire.port}`, storagetype });
    const evil = {
      ...hostile,
      uuid: '10000000-0000-4000-8000-000000000000',
      json: `{"x":"\r\n*1\r\n$8\r\nFLUSHALL\r\n\u0000 é"}`,
    };
    expect(await output.send([evil, hostile, next], never)).toEqual({ kind: 'ok' });
    const commands = commandsOf(wire.bytes())!;
    const words = commands.filter(([name]) => name === command).flat();
    for (const { json } of [evil, hostile, next]) expect(words).toContain(json);
    expect(commands.map(([name]) => name)).not.toContain('FLUSHALL');
  });
});

describe('counters', () => {
  test.each([
    ['statsd', {}, /^falcosidekick\.[a-z.]+:\d+\|c$/],
    ['dogstatsd', { tags: ['a,b|c\nd:e'] }, /^falcosidekick\.[a-z.]+:\d+\|c\|#[^|\n]+$/],
  ] as const)('%s', async (id, more, form) => {
    const { port, datagrams } = await udp();
    const output = await open(id, { forwarder: `127.0.0.1:${port}`, ...more });
    await output.send([hostile, next], never);
    await until(() => datagrams.length > 0);
    const lines = datagrams.join('\n').split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(form);
  });
});

describe('brokers', () => {
  test('NATS: subject without blanks, payload by its length', async () => {
    const wire = await tcp((socket) => {
      socket.write('INFO {"server_id":"x","version":"2.10.0","headers":true,"max_payload":8388608,"proto":1}\r\n');
      socket.on('data', (bytes) => {
        for (const _ of bytes.toString('latin1').matchAll(/^PING\r\n/gm)) socket.write('PONG\r\n');
      });
    });
    const output = await open('nats', { hostport: `nats://127.0.0.1:${wire.port}` });
    const rule = { ...hostile, rule: 'x\r\nPUB evil 0\r\n\r\n> * .. \u00e9' };
    expect(await output.send([rule, next], never)).toEqual({ kind: 'ok' });
    const text = wire.bytes().toString('latin1');
    const [, subject = '', length = ''] = /^PUB (\S+) (\d+)\r\n/m.exec(text) ?? [];
    expect(subject).toMatch(/^falco\.critical\.[^\s*>]+$/);
    expect(Number(length)).toBe(Buffer.byteLength(hostile.json));
    expect(text.match(/^PUB (?!falco\.)/m)).toBeNull();
  });

  test('MQTT: a topic without wildcards, payload by its length', async () => {
    const wire = await tcp((socket) => {
      // CONNACK.
      socket.once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])));
    });
    const output = await open('mqtt', { broker: `tcp://127.0.0.1:${wire.port}`, topic: 'a/<rule>' });
    const rule = { ...hostile, rule: '+/#\u0000/\ud800$SYS' };
    expect(await output.send([rule], never)).toEqual({ kind: 'ok' });
    await until(() => wire.bytes().length > Buffer.byteLength(hostile.json));
    const bytes = wire.bytes();
    const at = bytes.indexOf('a/');
    const topic = bytes.toString('utf8', at, at + bytes.readUInt16BE(at - 2));
    expect(topic).toMatch(/^a\/[^+#\0]*$/);
    expect(topic.isWellFormed()).toBe(true);
    const payload = bytes.toString('utf8', at + bytes.readUInt16BE(at - 2));
    expect((JSON.parse(payload) as { output: string }).output).toBe(hostile.output);
  });
});
