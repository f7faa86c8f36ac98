import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { alertJson } from '../kit/alerts.ts';

const saker = path.resolve(import.meta.dirname, '../../bin/saker');

/** `saker deliver`, as people start it. */
export class Program {
  readonly #child: ChildProcess;
  /** Where alerts can be posted; rejects when it ends before. */
  readonly url: Promise<string>;
  readonly ended: Promise<number | null>;

  private constructor(config: string) {
    const child = spawn(saker, ['deliver', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.ended = new Promise((resolve) => child.on('close', resolve));
    this.url = new Promise((resolve, reject) => {
      let log = '';
      child.stderr.on('data', (part: Buffer) => {
        log += part.toString();
        const address = /alerts can be posted.*?(127\.0\.0\.1:\d+)/.exec(log)?.[1];
        if (address !== undefined) resolve(`http://${address}`);
      });
      child.on('close', () => reject(new Error(`saker deliver has ended:\n${log}`)));
    });
    // Who kills it before it listens does not ask.
    this.url.catch(() => undefined);
  }

  /** Starts it with its queue in the folder. @param lines further ones of its configuration. */
  static start(folder: string, lines: readonly string[]): Program {
    const config = path.join(folder, 'config.yaml');
    const own = ['listenaddress: 127.0.0.1', 'listenport: 0', `queue: {directory: ${path.join(folder, 'queue')}}`];
    writeFileSync(config, [...own, ...lines, ''].join('\n'));
    return new Program(config);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends it in order; its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }
}

/** Posts alerts as one request; their ids once they are acknowledged. @throws Error where they are not. */
export async function post(url: string, count: number): Promise<string[]> {
  const uuids = Array.from({ length: count }, () => randomUUID());
  const body = JSON.stringify(uuids.map((uuid) => alertJson({ uuid })));
  const answer = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`status ${answer.status}`);
  return uuids;
}

/** Waits until something holds; throws when it has not after so long, which is no measure of speed. */
export async function until(holds: () => boolean, mostMs: number): Promise<void> {
  const end = performance.now() + mostMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${mostMs} ms`);
    await sleep(20);
  }
}
