import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

export interface ListenOptions {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Certificate and key in one text (PEM); absent: no TLS. */
  readonly certificate?: string | undefined;
  /** Something went wrong while it serves; it goes on. */
  readonly onError: (error: Error) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

const mostConnections = 256;

/** The pages are small and so are their requests: who sends more, or slowly, is cut off. Times in milliseconds. */
const limits = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};

function adaptorServer(app: Hono, certificate: string | undefined) {
  const { fetch } = app;
  if (certificate === undefined) return createAdaptorServer({ fetch, createServer, serverOptions: limits });
  const serverOptions = { ...limits, handshakeTimeout: limits.headersTimeout, cert: certificate, key: certificate };
  return createAdaptorServer({ fetch, createServer: createTlsServer, serverOptions });
}

/** Serves pages. @throws Error when the address can't be had or the certificate is none. */
export async function listen(app: Hono, options: ListenOptions): Promise<RunningServer> {
  const server = adaptorServer(app, options.certificate);
  server.maxConnections = mostConnections;
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
