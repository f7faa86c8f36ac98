import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An object as a test gives it. */
export interface ApiObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

interface Watch {
  readonly path: string;
  readonly response: ServerResponse;
}

/**
 * A loopback server that lists and watches as the API server of Kubernetes does: pages, resource versions, bookmarks, and 410
 * for what it has forgotten. Every path is a resource of its own.
 */
export class ApiServer {
  /** Requests, as they came: path with query. */
  readonly requests: string[] = [];
  readonly watches: Watch[] = [];
  port = 0;
  /** Versions up to this one are forgotten. */
  oldest = 0;
  /** Answers instead of the server where it gives a status. */
  refuse: (url: URL) => number | undefined = () => undefined;
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #events: { path: string; version: number; line: string }[] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  #version = 10;

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Text of a kubeconfig for it. */
  get kubeconfig(): string {
    return `current-context: x
contexts: [{name: x, context: {cluster: c}}]
clusters: [{name: c, cluster: {server: "http://127.0.0.1:${this.port}"}}]
`;
  }

  put(path: string, object: ApiObject): void {
    const all = this.#all(path);
    const type = all.has(object.metadata.uid) ? 'MODIFIED' : 'ADDED';
    const versioned = this.#versioned(object);
    all.set(object.metadata.uid, versioned);
    this.#tell(path, type, versioned);
  }

  delete(path: string, uid: string): void {
    const object = this.#all(path).get(uid);
    if (object === undefined) return;
    this.#all(path).delete(uid);
    this.#tell(path, 'DELETED', this.#versioned(object));
  }

  /** Changes an object without telling those who watch: they were not there. */
  putSilently(path: string, object: ApiObject): void {
    this.#all(path).set(object.metadata.uid, this.#versioned(object));
  }

  deleteSilently(path: string, uid: string): void {
    this.#all(path).delete(uid);
  }

  /** Tells how far it is to those who watch a path. */
  bookmark(path: string): void {
    const object = { kind: 'Bookmark', metadata: { resourceVersion: String(++this.#version) } };
    this.#send(path, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  /** What it knows of the past is gone. */
  forget(): void {
    this.oldest = ++this.#version;
    this.#version++;
    this.#events.length = 0;
  }

  /** A line as it is. */
  write(path: string, text: string): void {
    this.#send(path, text);
  }

  /** Ends the watches of a path; `how` destroys the connections. */
  endWatches(path: string, how: 'end' | 'destroy' = 'end'): void {
    for (const watch of this.watches.filter((one) => one.path === path)) {
      if (how === 'end') watch.response.end();
      else watch.response.destroy();
      this.watches.splice(this.watches.indexOf(watch), 1);
    }
  }

  #all(path: string): Map<string, ApiObject> {
    const known = this.#objects.get(path) ?? new Map<string, ApiObject>();
    this.#objects.set(path, known);
    return known;
  }

  #versioned(object: ApiObject): ApiObject {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
  }

  #tell(path: string, type: string, object: ApiObject): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#events.push({ path, version: this.#version, line });
    this.#send(path, line);
  }

  #send(path: string, text: string): void {
    for (const watch of this.watches) if (watch.path === path) watch.response.write(text);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://x');
    this.requests.push(request.url ?? '');
    const refused = this.refuse(url);
    if (refused !== undefined) {
      response.writeHead(refused, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code: refused, message: `no ${url.pathname}` }));
    } else if (url.searchParams.has('watch')) this.#watch(url, response);
    else this.#list(url, response);
  }

  #list(url: URL, response: ServerResponse): void {
    const all = [...this.#all(url.pathname).values()];
    const limit = Number(url.searchParams.get('limit') ?? '0') || all.length;
    const from = Number(url.searchParams.get('continue') ?? '0');
    const next = from + limit < all.length ? String(from + limit) : undefined;
    const metadata = { resourceVersion: String(this.#version), ...(next === undefined ? {} : { continue: next }) };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'List', metadata, items: all.slice(from, from + limit) }));
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    if (from < this.oldest) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    response.flushHeaders();
    for (const { path, version, line } of this.#events)
      if (path === url.pathname && version > from) response.write(line);
    this.watches.push({ path: url.pathname, response });
  }
}
