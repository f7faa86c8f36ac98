import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver does with a request: the default is 200. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A receiver of alerts over HTTP, on the loopback interface, that counts what it has acknowledged. */
export class Sink {
  /** By uuid: how often it was acknowledged. */
  readonly counts = new Map<string, number>();
  /** By uuid, in the order of arrival. */
  readonly order: string[] = [];
  requests = 0;
  behaviour: Behaviour | undefined;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('error', () => undefined);
      request.on('end', () => {
        this.requests++;
        const body = Buffer.concat(parts).toString();
        if (this.behaviour === undefined) this.take(body, response);
        else this.behaviour(request, response, body);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Counts the alerts of a body and answers. */
  take(body: string, response: ServerResponse): void {
    for (const match of body.matchAll(/"uuid":"([^"]+)"/g)) {
      const uuid = match[1]!;
      this.counts.set(uuid, (this.counts.get(uuid) ?? 0) + 1);
      this.order.push(uuid);
    }
    response.end();
  }

  /** More than once. */
  get repeats(): number {
    let repeats = 0;
    for (const count of this.counts.values()) repeats += count - 1;
    return repeats;
  }

  /** Nothing listens there any more; connections are broken. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
