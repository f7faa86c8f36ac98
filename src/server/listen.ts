import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings, type Http2Bindings } from '@hono/node-server';

/** What answers requests. */
export interface Pages {
  /** A Hono application's. */
  readonly fetch: (request: Request, bindings: HttpBindings | Http2Bindings) => Response | Promise<Response>;
  /** Answers, where it says so, beside the application. */
  readonly direct?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface ListenOptions {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Absent: no TLS. */
  readonly tls?: ServerTls | undefined;
  /** For pages that take something in; absent: those for pages that only tell. */
  readonly limits?: ServerLimits;
  /** Something went wrong while it serves; it goes on. */
  readonly onError: (error: Error) => void;
}

/** PEM texts. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Only clients with a certificate by one of these authorities are served; absent: all. */
  readonly clientAuthorities?: string | undefined;
}

/** What a client may take of the server. Times in milliseconds. */
interface ServerLimits {
  readonly connections: number;
  /** Until a request has arrived in full. */
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
}

export interface RunningServer {
  readonly port: number;
  /** Another certificate for connections to come. @throws Error when it is none. */
  renew(tls: ServerTls): void;
  /** Ends open connections too; requests under way have a moment to be answered. */
  close(): Promise<void>;
}

/** The pages are small and so are their requests: who sends more, or slowly, is cut off. */
const telling: ServerLimits = { connections: 256, requestTimeout: 5000, keepAliveTimeout: 5000 };
const headersTimeout = 5000;
/** Milliseconds for requests under way at the end. */
const graceMs = 500;

function secrets({ cert, key, clientAuthorities }: ServerTls) {
  const mutual = clientAuthorities === undefined ? {} : { ca: clientAuthorities, requestCert: true };
  return { cert, key, minVersion: 'TLSv1.2' as const, ...mutual };
}

function makeServer({ fetch, direct }: Pages, { tls, limits = telling }: ListenOptions) {
  const { requestTimeout, keepAliveTimeout } = limits;
  const common = {
    maxHeaderSize: 8192,
    headersTimeout,
    requestTimeout,
    keepAliveTimeout,
    connectionsCheckingInterval: 1000,
  };
  const answerByPage = getRequestListener(fetch);
  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (direct?.(request, response) !== true) void answerByPage(request, response);
  }
  if (tls === undefined) return createServer(common, onRequest);
  return createTlsServer({ ...common, handshakeTimeout: headersTimeout, ...secrets(tls) }, onRequest);
}

/** Serves pages. @throws Error when the address can't be had or the certificate is none. */
export async function listen(app: Pages, options: ListenOptions): Promise<RunningServer> {
  const server = makeServer(app, options);
  server.maxConnections = (options.limits ?? telling).connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', options.onError);
  return {
    port: (server.address() as AddressInfo).port,
    renew(next) {
      if ('setSecureContext' in server) server.setSecureContext(secrets(next));
    },
    close: () =>
      new Promise((resolve) => {
        const end = (): void => server.closeAllConnections();
        // Who has been heard gets an answer: producers may not ask twice.
        const timer = setTimeout(end, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
