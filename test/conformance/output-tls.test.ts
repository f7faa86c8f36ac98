import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { outputs } from '../../src/app/registry.ts';
import type { ClientTls, OpenOutput, OutputSpec } from '../../src/model/output.ts';
import { exampleNotice } from '../kit/notice.ts';
import { never, openOutput, outputContext } from '../kit/outputs.ts';
import { Pki } from '../kit/pki.ts';

// HTTP outputs have one client in common, whose own test is about this.

/** What is said in the clear before TLS begins. */
type Preamble = (socket: Socket, begin: () => void) => void;

function starttls(socket: Socket, begin: () => void): void {
  socket.write('220 test ESMTP\r\n');
  socket.on('data', (bytes) => {
    const text = bytes.toString();
    if (text.startsWith('EHLO')) socket.write('250-test\r\n250 STARTTLS\r\n');
    else if (text.startsWith('STARTTLS')) {
      socket.removeAllListeners('data');
      socket.write('220 go\r\n', () => begin());
    }
  });
}

function nats(socket: Socket, begin: () => void): void {
  const info = {
    server_id: 'x',
    version: '2.10.0',
    headers: true,
    max_payload: 1_048_576,
    tls_required: true,
    proto: 1,
  };
  socket.write(`INFO ${JSON.stringify(info)}\r\n`, () => begin());
}

function postgres(socket: Socket, begin: () => void): void {
  socket.once('data', () => socket.write('S', () => begin()));
}

const atOnce: Preamble = (_, begin) => begin();
const mail = { from: 'a@example.com', to: ['b@example.com'] };

interface Place {
  readonly id: keyof typeof outputs;
  readonly config: (port: number, isChecked: boolean) => object;
  readonly preamble?: Preamble;
}

const places: readonly Place[] = [
  { id: 'syslog', config: (port) => ({ host: '127.0.0.1', port, protocol: 'tls' }) },
  { id: 'logstash', config: (port, checkcert) => ({ address: '127.0.0.1', port, tls: true, checkcert }) },
  { id: 'redis', config: (port) => ({ address: `127.0.0.1:${port}`, tls: true }) },
  { id: 'rabbitmq', config: (port) => ({ url: `amqps://u:p@127.0.0.1:${port}`, queue: 'q' }) },
  { id: 'mqtt', config: (port) => ({ broker: `ssl://127.0.0.1:${port}` }) },
  { id: 'kafka', config: (port) => ({ hostport: [`127.0.0.1:${port}`], topic: 't', tls: true }) },
  { id: 'nats', config: (port) => ({ hostport: `tls://127.0.0.1:${port}` }), preamble: nats },
  {
    id: 'stan',
    config: (port) => ({ hostport: `tls://127.0.0.1:${port}`, clusterid: 'c', clientid: 'i' }),
    preamble: nats,
  },
  { id: 'smtp', config: (port) => ({ hostport: `127.0.0.1:${port}`, ...mail }), preamble: starttls },
  {
    id: 'postgresql',
    config: (port, isChecked) => ({ host: '127.0.0.1', port, sslmode: isChecked ? 'verify-full' : 'require' }),
    preamble: postgres,
  },
  {
    id: 'timescaledb',
    config: (port) => ({ host: '127.0.0.1', port, sslmode: 'require' }),
    preamble: postgres,
  },
  {
    id: 'otlp-logs',
    config: (port, checkcert) => ({
      endpoint: `https://127.0.0.1:${port}`,
      protocol: 'grpc',
      checkcert,
      timeout: 1500,
    }),
  },
];

let pki: Pki;
let stranger: Pki;
beforeAll(() => {
  pki = new Pki();
  stranger = new Pki();
});
afterAll(() => {
  pki.close();
  stranger.close();
});

let server: Server | undefined;
let sockets: Socket[] = [];
let opened: OpenOutput[] = [];
afterEach(async () => {
  for (const output of opened) await output.close();
  for (const socket of sockets) socket.destroy();
  server?.close();
  [server, sockets, opened] = [undefined, [], []];
});

interface Handshakes {
  readonly port: number;
  /** Names of the clients' certificates; '' where one showed none. */
  readonly names: string[];
  readonly first: Promise<void>;
}

async function serve(preamble: Preamble): Promise<Handshakes> {
  const secureContext = createSecureContext({
    cert: pki.text('server.crt'),
    key: pki.text('server.key'),
    ca: pki.text('ca.crt'),
  });
  const names: string[] = [];
  const first = Promise.withResolvers<void>();
  const started = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    preamble(socket, () => {
      // Who shows no certificate is let in, too: the test looks.
      const options = { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false } as const;
      const secure = new TLSSocket(socket, { ...options, ALPNProtocols: ['h2'] });
      secure.on('error', () => undefined);
      secure.on('secure', () => {
        const peer = secure.getPeerCertificate();
        names.push(String((peer as { subject?: { CN?: string } }).subject?.CN ?? ''));
        first.resolve();
        secure.destroy();
      });
    });
  });
  server = started;
  started.listen(0, '127.0.0.1');
  await once(started, 'listening');
  return { port: (started.address() as AddressInfo).port, names, first: first.promise };
}

/** Opens and sends; why that failed. */
async function attempt({ id, config }: Place, port: number, tls: ClientTls): Promise<string> {
  const spec = (await outputs[id]()).default as unknown as OutputSpec;
  const context = outputContext({ tls, timeoutMs: 1500 });
  try {
    const output = await openOutput(spec, config(port, tls.checkCert), context);
    opened.push(output);
    const outcome = await output.send([exampleNotice], never);
    return outcome.kind === 'each' || outcome.kind === 'ok' ? outcome.kind : outcome.reason;
  } catch (error) {
    return (error as Error).message;
  }
}

const nothing = { ca: [], cert: undefined, key: undefined };

describe.each(places)('$id', (place) => {
  test('a server whose authority is configured is believed, and shown the certificate', async () => {
    const seen = await serve(place.preamble ?? atOnce);
    const tls = {
      checkCert: true,
      ca: [pki.text('ca.crt')],
      cert: pki.text('client.crt'),
      key: pki.text('client.key'),
    };
    const failure = attempt(place, seen.port, tls);
    await Promise.race([
      seen.first,
      failure.then((text) => (text === 'ok' ? seen.first : Promise.reject(new Error(text)))),
    ]);
    expect(seen.names[0]).toBe('client');
    await failure;
  });

  test('another server is refused, and the reason says so', async () => {
    const seen = await serve(place.preamble ?? atOnce);
    const tls = { ...nothing, checkCert: true, ca: [stranger.text('ca.crt')] };
    expect(await attempt(place, seen.port, tls)).toMatch(/certificate|self.signed|unable to verify/i);
    expect(seen.names).toEqual([]);
  });

  test('unless nobody is to check', async () => {
    const seen = await serve(place.preamble ?? atOnce);
    const failure = attempt(place, seen.port, { ...nothing, checkCert: false });
    await Promise.race([
      seen.first,
      failure.then((text) => (text === 'ok' ? seen.first : Promise.reject(new Error(text)))),
    ]);
    expect(seen.names[0]).toBe('');
    await failure;
  });
});
