import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Post {
  readonly url: string;
  readonly method: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers a request, or does not. @param number of the request, from 1. */
export type Answerer = (response: ServerResponse, post: Post, number: number) => void;

/** A real server on the loopback interface that notes what it gets. */
export class PostServer {
  readonly posts: Post[] = [];
  readonly sockets: Socket[] = [];
  answer: Answerer = (response) => response.end('ok');
  readonly #server: http.Server;

  constructor(tls?: ServerOptions) {
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server = tls === undefined ? http.createServer(handle) : https.createServer(tls, handle);
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.sockets.push(socket);
    });
    // Clients that refuse the certificate, or are refused.
    this.#server.on('tlsClientError', () => undefined);
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const chunk of request) parts.push(chunk as Buffer);
    const { url = '', method = '', headers } = request;
    const post = { url, method, headers, body: Buffer.concat(parts) };
    this.posts.push(post);
    this.answer(response, post, this.posts.length);
  }
}
