import { encodeMessage, Fixed64 } from '../base/protobuf.ts';
import type { NoticeValue } from '../model/notice.ts';
import type { Outcome, OutputContext } from '../model/output.ts';
import { choice, flag, integer, secretMap, secretOr, textMapOr } from '../model/schema.ts';
import { HttpClient } from './http-client.ts';
import { classifyAnswer } from './http-outcome.ts';
import { tlsPems } from './tls.ts';

// Messages of OTLP 1.x: github.com/open-telemetry/opentelemetry-proto.

/** Keys that all three kinds of OTLP have. */
export const otlpOptions = {
  endpoint: secretOr('', 'Address: http://HOST:4318 or https://..., with gRPC http://HOST:4317.'),
  protocol: choice(['http/protobuf', 'grpc'], 'http/protobuf', 'How.'),
  headers: secretMap('Headers to add.'),
  timeout: integer(10_000, 1, 600_000, 'Milliseconds for one send.'),
  tls: flag(false, 'Whether gRPC speaks TLS; with HTTP the address says so.'),
  checkcert: flag(true, "Check the server's certificate."),
  extraenvvars: textMapOr(
    {},
    'Variables for the sender, as the environment has them: OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME.',
  ),
} as const;

/** What those keys hold. */
export interface OtlpConfig {
  readonly endpoint: string;
  readonly protocol: 'http/protobuf' | 'grpc';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly tls: boolean;
  readonly checkcert: boolean;
  readonly extraenvvars: Readonly<Record<string, string>>;
}

/** The kinds of data, by their path for HTTP and their method for gRPC. */
export const otlpKinds = {
  logs: { path: '/v1/logs', method: '/opentelemetry.proto.collector.logs.v1.LogsService/Export' },
  traces: { path: '/v1/traces', method: '/opentelemetry.proto.collector.trace.v1.TraceService/Export' },
  metrics: { path: '/v1/metrics', method: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export' },
} as const;
export type OtlpKind = keyof typeof otlpKinds;

/** AnyValue. */
function anyValue(value: NoticeValue): Buffer {
  if (typeof value === 'string') return encodeMessage({ 1: Buffer.from(value) });
  // A field that is 0 or false has to be written here: it says which kind of value it is.
  if (typeof value === 'boolean') return Buffer.from([0x10, value ? 1 : 0]);
  if (typeof value === 'bigint') return encodeMessage({ 3: value });
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? encodeMessage({ 3: BigInt(value) }) : encodeMessage({ 4: new Fixed64(value) });
  }
  if (value === null) return Buffer.alloc(0);
  return encodeMessage({ 5: encodeMessage({ 1: (value as readonly NoticeValue[]).map(anyValue) }) });
}

/** KeyValue, for each attribute. */
export function attributes(pairs: Iterable<readonly [string, NoticeValue]>): Buffer[] {
  return [...pairs].map(([key, value]) => encodeMessage({ 1: key, 2: anyValue(value) }));
}

/** Resource: who tells. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are as all senders have them. */
export function resource(config: OtlpConfig, { environment, version }: OutputContext): Buffer {
  const variable = (name: string): string => config.extraenvvars[name] ?? environment[name] ?? '';
  const pairs = new Map<string, NoticeValue>([
    ['service.name', 'saker'],
    ['service.version', version],
  ]);
  for (const part of variable('OTEL_RESOURCE_ATTRIBUTES').split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) pairs.set(part.slice(0, equals).trim(), unescaped(part.slice(equals + 1).trim()));
  }
  const name = variable('OTEL_SERVICE_NAME');
  if (name !== '') pairs.set('service.name', name);
  return encodeMessage({ 1: attributes(pairs) });
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** InstrumentationScope. */
export function scope({ version }: OutputContext): Buffer {
  return encodeMessage({ 1: 'saker', 2: version });
}

/** Sends an export request. */
export interface OtlpSender {
  send(message: Buffer): Promise<Outcome>;
  close(): void | Promise<void>;
}

function httpSender(config: OtlpConfig, kind: OtlpKind, context: OutputContext): OtlpSender {
  const client = new HttpClient({ ...context, timeoutMs: config.timeout });
  const base = config.endpoint.replace(/\/+$/, '');
  const { path } = otlpKinds[kind];
  const url = base.endsWith(path) ? base : `${base}${path}`;
  const headers = Object.fromEntries(
    Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    async send(body) {
      const request = {
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-protobuf', ...headers },
        body,
      } as const;
      return classifyAnswer(await client.exchange(request, new AbortController().signal));
    },
    close: () => client.close(),
  };
}

/** Codes of gRPC for which a later attempt may succeed, by OTLP's specification; and those that people put right. */
const passing = new Set([1, 4, 8, 10, 11, 14, 15, 7, 16, 12]);

async function grpcSender(config: OtlpConfig, kind: OtlpKind, { tls }: OutputContext): Promise<OtlpSender> {
  const { Client, credentials, Metadata } = await import('@grpc/grpc-js');
  const isTls = config.tls || config.endpoint.startsWith('https://');
  const secure = () => {
    const { ca, cert, key, rejectUnauthorized } = tlsPems({ ...tls, checkCert: config.checkcert });
    const bytes = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
    return credentials.createSsl(bytes(ca?.join('\n')), bytes(key), bytes(cert), { rejectUnauthorized });
  };
  const address = config.endpoint.replace(/^[a-z]+:\/\//, '').replace(/\/.*$/, '');
  const client = new Client(address, isTls ? secure() : credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(config.headers)) metadata.set(name, value);
  return {
    send(message) {
      return new Promise((resolve) => {
        const same = (value: Buffer): Buffer => value;
        const deadline = Date.now() + config.timeout;
        client.makeUnaryRequest(otlpKinds[kind].method, same, same, message, metadata, { deadline }, (error) => {
          if (error === null) resolve({ kind: 'ok' });
          else resolve({ kind: passing.has(error.code) ? 'retry' : 'drop', reason: error.message });
        });
      });
    },
    close: () => client.close(),
  };
}

/** Opens the way that the configuration names. @throws Error */
export async function otlpSender(config: OtlpConfig, kind: OtlpKind, context: OutputContext): Promise<OtlpSender> {
  const tls = { ...context.tls, checkCert: config.checkcert };
  return config.protocol === 'grpc'
    ? await grpcSender(config, kind, { ...context, tls })
    : httpSender(config, kind, { ...context, tls });
}
