import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';

/** The engine answered a call with an error. */
export class GrpcError extends Error {
  /** Number of the gRPC status, e.g. 5: not found. */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export const grpcCodes = { notFound: 5, unimplemented: 12 } as const;

const prefixSize = 5;
const idleMs = 60_000;
const maxAnswer = 1 << 24;

/**
 * Calls with one message each way, by gRPC over a Unix socket: an HTTP/2 request whose body is the message behind a flag
 * and its length, and whose trailers say how it went (gRPC over HTTP2, in the gRPC repository's PROTOCOL-HTTP2.md).
 */
export class GrpcClient {
  readonly #socket: string;
  readonly #timeoutMs: number;
  #session: ClientHttp2Session | undefined;

  constructor(socket: string, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Rejects with GrpcError, or when there is no answer in time.
   * @param method e.g. /runtime.v1.RuntimeService/Version
   * @param metadata more headers.
   */
  call(method: string, message: Buffer, metadata: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const session = this.#connect();
      const stream = session.request(
        {
          ...metadata,
          ':method': 'POST',
          ':path': method,
          'content-type': 'application/grpc',
          te: 'trailers',
          'grpc-timeout': `${this.#timeoutMs}m`,
        },
        { signal: AbortSignal.timeout(this.#timeoutMs) },
      );
      const parts: Buffer[] = [];
      let size = 0;
      let status: string | undefined;
      let text = '';
      const readStatus = (headers: IncomingHttpHeaders): void => {
        status ??= single(headers['grpc-status']);
        text = single(headers['grpc-message']) ?? text;
      };
      // An answer without a body has its status in the headers.
      stream.on('response', readStatus);
      stream.on('trailers', readStatus);
      stream.on('data', (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size > maxAnswer) stream.destroy(new Error(`the answer is larger than ${maxAnswer} bytes`));
      });
      stream.on('error', reject);
      stream.on('close', () => {
        const body = Buffer.concat(parts);
        if (status === undefined) reject(new Error('the connection ended within the answer'));
        else if (status !== '0') reject(new GrpcError(Number(status), text.slice(0, 200)));
        else if (!isMessage(body)) reject(new Error('the answer is no gRPC message'));
        else resolve(body.subarray(prefixSize));
      });
      stream.end(Buffer.concat([prefix(message.length), message]));
    });
  }

  close(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  #connect(): ClientHttp2Session {
    const open = this.#session;
    if (open !== undefined && !open.closed && !open.destroyed) return open;
    const session = connectHttp2('http://localhost', { createConnection: () => connect(this.#socket) });
    // What goes wrong, the calls are told; the next call connects anew.
    session.on('error', () => session.destroy());
    session.on('goaway', () => session.close(() => undefined));
    session.setTimeout(idleMs, () => session.close());
    this.#session = session;
    return session;
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function prefix(length: number): Buffer {
  const bytes = Buffer.alloc(prefixSize);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

/** One message that is not compressed. */
function isMessage(body: Buffer): boolean {
  return body.length >= prefixSize && body[0] === 0 && body.readUInt32BE(1) === body.length - prefixSize;
}
