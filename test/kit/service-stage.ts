import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFromDisk } from '../../src/app/delivery/prepare.ts';
import { DeliveryService } from '../../src/app/delivery/service.ts';
import { PostServer } from './post-server.ts';

/** A folder, a receiver, and deliveries that are configured as people do it. */
export class ServiceStage {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'saker-stage-'));
  readonly sink = new PostServer();
  readonly logged: string[] = [];
  readonly #services: DeliveryService[] = [];

  async open(): Promise<this> {
    await this.sink.listen();
    return this;
  }

  get file(): string {
    return path.join(this.folder, 'config.yaml');
  }

  /** @param config `{url}` stands for the receiver, `{folder}` for the folder. */
  configure(config: string): void {
    const text = config
      .replaceAll('{url}', `http://127.0.0.1:${this.sink.port}`)
      .replaceAll('{port}', String(this.sink.port))
      .replaceAll('{folder}', this.folder);
    writeFileSync(this.file, `listenport: 0\nqueue: {directory: ${this.folder}/queue}\n${text}`);
  }

  async start(config: string, environment: Readonly<Record<string, string>> = {}): Promise<DeliveryService> {
    this.configure(config);
    const service = await DeliveryService.start({
      file: this.file,
      environment,
      logger: {
        log: (level, message, fields) => this.logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
      },
      version: '0.0.0',
      read: readFromDisk,
      serves: true,
      onWarnings: (found) => this.logged.push(...found.map(({ message }) => message)),
    });
    this.#services.push(service);
    return service;
  }

  async post(service: DeliveryService, body: string): Promise<number> {
    const { status } = await fetch(`http://127.0.0.1:${service.ports[0]}/`, { method: 'POST', body });
    return status;
  }

  /** Waits until so many requests have come to pages whose path begins so; their bodies. */
  async arrived(count: number, page = '/'): Promise<Buffer[]> {
    for (;;) {
      const found = this.sink.posts.filter(({ url }) => url.startsWith(page));
      if (found.length >= count) return found.map(({ body }) => body);
      await sleep(5);
    }
  }

  async close(): Promise<void> {
    for (const service of this.#services) await service.close(0);
    await this.sink.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** An alert as Falco sends it. */
export function alertText(rule: string, parts: object = {}): string {
  const time = '2026-11-21T05:29:25.123456789Z';
  return JSON.stringify({ output: 'x', priority: 'Warning', rule, time, output_fields: { a: 1 }, ...parts });
}
