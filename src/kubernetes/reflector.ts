import { setTimeout as wait } from 'node:timers/promises';
import type { HttpAnswer } from '../transport/http-client.ts';
import type { KubernetesClient } from '../transport/kubernetes/client.ts';

/** What is asked for: https://kubernetes.io/docs/reference/using-api/api-concepts/ */
export interface Resource {
  /** `/api/v1/pods` */
  readonly path: string;
  readonly fieldSelector?: string | undefined;
  /** Leave out all but metadata. */
  readonly metadataOnly: boolean;
}

/** Where the objects go, as the API server sent them. */
interface ResourceSink {
  put(object: unknown): void;
  delete(object: unknown): void;
  /** All objects have been listed; what was not among them is no more. */
  listed(objects: ListedObjects): void;
}

/** What one list held, of as many pages as it had. */
type ListedObjects = ReadonlySet<string>;

/** Milliseconds; tests are in more of a hurry. */
export interface ReflectorTiming {
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long a watch lasts at least; the server ends it. At most twice as long. */
  readonly watchMs: number;
}

export const usualTiming: ReflectorTiming = { firstPauseMs: 500, longestPauseMs: 30_000, watchMs: 240_000 };

export interface ReflectorCounts {
  lists: number;
  /** Watches that began. */
  watches: number;
  /** Lists that became necessary because the server no longer knew how far the watch had come. */
  expired: number;
  failures: number;
  bookmarks: number;
}

interface Options {
  readonly client: Pick<KubernetesClient, 'exchange' | 'follow'>;
  readonly resource: Resource;
  readonly sink: ResourceSink;
  readonly timing: ReflectorTiming;
  /** The uid of an object; undefined: it is none. */
  readonly uidOf: (object: unknown) => string | undefined;
  readonly onProblem: (reason: string) => void;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** Objects in a page: large ones have some 30 KiB. */
const firstPageSize = 250;
/** Bytes of an answer that are read. */
const maxAnswer = 15 << 20;
/** Bytes of one event. */
const maxLine = 4 << 20;
/** How much longer than promised a watch may last before it is taken for dead, in milliseconds. */
const graceMs = 30_000;
const newline = 10;

/** A 410 in any of its forms: what was asked for is too long ago. */
class Expired extends Error {}

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function metadataOf(value: unknown): Json {
  return objectOf(objectOf(value)['metadata']);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What an answer without success says. */
function reasonOf({ status, body }: HttpAnswer): string {
  let message = '';
  try {
    message = textOf(objectOf(JSON.parse(body.toString('utf8')))['message']);
  } catch {
    // Something else than the API server has answered.
  }
  return message === '' ? `status ${status}` : `status ${status}: ${message.slice(0, 300)}`;
}

/**
 * Follows all objects of one resource: lists them in pages, then watches from there, with bookmarks so that a watch
 * that ends goes on where it was. Lists anew only when the server says that this is too long ago (410). Failures are followed by
 * pauses that double, with jitter, so that a thousand nodes don't ask at once.
 */
export class Reflector {
  readonly counts: ReflectorCounts = { lists: 0, watches: 0, expired: 0, failures: 0, bookmarks: 0 };
  /** Whether the objects are known: they have been listed once. */
  isListed = false;
  readonly #options: Options;
  readonly #random: () => number;
  #version = '';
  #pageSize = firstPageSize;
  #onListed: (() => void) | undefined;
  /** Resolves when the objects have been listed for the first time. */
  readonly listed = new Promise<void>((resolve) => {
    this.#onListed = resolve;
  });

  constructor(options: Options) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Resolves when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { timing, onProblem } = this.#options;
    let pause = timing.firstPauseMs;
    while (!signal.aborted) {
      const begun = performance.now();
      let isWell = true;
      try {
        if (this.#version === '') await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Expired) this.#forget();
        else {
          isWell = false;
          this.counts.failures++;
          onProblem((error as Error).message);
        }
      }
      // A watch that lasted shows that all is well; one that ended at once may do so for ever.
      const lasted = performance.now() - begun >= timing.firstPauseMs;
      if (isWell) pause = timing.firstPauseMs;
      if (isWell && lasted) continue;
      await wait(pause * (0.5 + this.#random()), undefined, { signal, ref: false }).catch(() => undefined);
      if (!isWell) pause = Math.min(2 * pause, timing.longestPauseMs);
    }
  }

  #forget(): void {
    this.#version = '';
    this.counts.expired++;
  }

  #url(query: Readonly<Record<string, string | undefined>>): string {
    const { path, fieldSelector } = this.#options.resource;
    const given = Object.entries({ fieldSelector, ...query }).filter((pair): pair is [string, string] => !!pair[1]);
    return `${path}?${new URLSearchParams(given).toString()}`;
  }

  #headers(kind: string): Record<string, string> {
    const { metadataOnly } = this.#options.resource;
    // A server that can't leave it out sends all.
    return {
      accept: metadataOnly ? `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json` : 'application/json',
    };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { sink, uidOf } = this.#options;
    const uids = new Set<string>();
    let next = '';
    do {
      const page = await this.#page(next, signal);
      const { items } = objectOf(page);
      for (const item of Array.isArray(items) ? (items as unknown[]) : []) {
        const uid = uidOf(item);
        if (uid !== undefined) uids.add(uid);
        sink.put(item);
      }
      const { resourceVersion, continue: more } = metadataOf(page);
      next = textOf(more);
      if (next === '') this.#version = textOf(resourceVersion);
    } while (next !== '');
    if (this.#version === '') throw new Error('a list without resourceVersion');
    sink.listed(uids);
    this.counts.lists++;
    this.isListed = true;
    this.#onListed?.();
  }

  async #page(token: string, signal: AbortSignal): Promise<unknown> {
    const url = this.#url({ limit: String(this.#pageSize), continue: token });
    const request = {
      method: 'GET',
      headers: this.#headers('PartialObjectMetadataList'),
      answerBytes: maxAnswer,
    } as const;
    const answer = await this.#options.client.exchange(url, request, signal);
    if (answer.status === 410) throw new Expired();
    if (answer.status !== 200) throw new Error(reasonOf(answer));
    try {
      return JSON.parse(answer.body.toString('utf8'));
    } catch {
      // Cut off: smaller pages, from the beginning.
      this.#pageSize = Math.max(1, this.#pageSize >> 2);
      throw new Error('a list that is no JSON, or too long');
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { timing, client } = this.#options;
    const maxMs = Math.round(timing.watchMs * (1 + this.#random()));
    const url = this.#url({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      timeoutSeconds: String(Math.max(1, Math.round(maxMs / 1000))),
    });
    const stop = new AbortController();
    const lines = new Lines((line) => this.#event(line));
    let failure: Error | undefined;
    const answer = await client
      .follow(
        url,
        { method: 'GET', headers: this.#headers('PartialObjectMetadata') },
        {
          signal: AbortSignal.any([signal, stop.signal]),
          maxMs: maxMs + graceMs,
          onPart: (part) => {
            try {
              lines.add(part);
            } catch (error) {
              // What can't be read would come again from here.
              this.#version = '';
              failure ??= error as Error;
              stop.abort();
            }
          },
        },
      )
      .catch((error: Error) => {
        throw failure ?? error;
      });
    if (answer.status === 410) throw new Expired();
    if (answer.status !== 200) throw new Error(reasonOf(answer));
    this.counts.watches++;
  }

  /** @throws Expired, Error */
  #event(line: Buffer): void {
    const event = objectOf(JSON.parse(line.toString('utf8')));
    const { type, object } = event;
    if (type === 'ERROR') {
      const { code, message } = objectOf(object);
      if (code === 410) throw new Expired();
      throw new Error(`the watch failed: ${textOf(message).slice(0, 300)}`);
    }
    const version = textOf(metadataOf(object)['resourceVersion']);
    if (version !== '') this.#version = version;
    if (type === 'BOOKMARK') this.counts.bookmarks++;
    else if (type === 'DELETED') this.#options.sink.delete(object);
    else if (type === 'ADDED' || type === 'MODIFIED') this.#options.sink.put(object);
  }
}

/** The lines of a text that comes in parts. */
class Lines {
  readonly #onLine: (line: Buffer) => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(onLine: (line: Buffer) => void) {
    this.#onLine = onLine;
  }

  /** @throws what the listener throws; Error when a line has no end. */
  add(part: Buffer): void {
    let start = 0;
    for (let end = part.indexOf(newline); end >= 0; end = part.indexOf(newline, start)) {
      this.#parts.push(part.subarray(start, end));
      const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      this.#parts = [];
      this.#size = 0;
      start = end + 1;
      if (line.length > 0) this.#onLine(line);
    }
    const rest = part.subarray(start);
    if (rest.length === 0) return;
    this.#size += rest.length;
    if (this.#size > maxLine) throw new Error('an event that is too long');
    this.#parts.push(rest);
  }
}
