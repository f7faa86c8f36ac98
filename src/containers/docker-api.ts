import { statSync } from 'node:fs';
import type {
  ContainerChange,
  ContainerDescription,
  EngineContext,
  OpenContainerEngine,
} from '../model/container-engine.ts';
import { asId, asList, asObject, asText } from './describe.ts';
import { readDockerContainer } from './docker-description.ts';
import { HttpStatusError, SocketHttp } from './socket-http.ts';

const maxAnswer = 1 << 20;
const maxList = 1 << 24;
const maxLine = 1 << 18;
const maxListed = 4096;
const maxImages = 256;

/** Actions of the engine's event stream; Podman says remove where Docker says destroy. */
const changes: Readonly<Record<string, ContainerChange>> = {
  create: 'create',
  start: 'start',
  destroy: 'remove',
  remove: 'remove',
};

export function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** An engine with the API of Docker Engine: Docker itself, and `podman system service`. */
export class DockerApi implements OpenContainerEngine {
  readonly #socket: string;
  readonly #type: number;
  readonly #context: EngineContext;
  readonly #http: SocketHttp;
  /** What is told of images, by id; the oldest goes. */
  readonly #images = new Map<string, unknown>();

  constructor(socket: string, type: number, context: EngineContext) {
    this.#socket = socket;
    this.#type = type;
    this.#context = context;
    this.#http = new SocketHttp(socket, context.timeoutMs);
  }

  isThere(): boolean {
    return isSocket(this.#socket);
  }

  async list(): Promise<string[]> {
    const answer = await this.#http.get('/containers/json', maxList);
    const items: readonly unknown[] = Array.isArray(answer) ? answer.slice(0, maxListed) : [];
    return items.map((item) => asId(asObject(item)['Id'])).filter((id) => id !== undefined);
  }

  async describe(id: string): Promise<ContainerDescription | undefined> {
    const answer = await this.#getOrNone(`/containers/${encodeURIComponent(id)}/json`);
    // An engine also finds containers by name: that is not what was asked for.
    if (!asText(asObject(answer)['Id']).startsWith(id)) return undefined;
    const image = await this.#image(asText(asObject(answer)['Image']));
    return readDockerContainer(answer, image, this.#type, this.#context.labelMaxLength);
  }

  async watch(onChange: (change: ContainerChange, id: string) => void, signal: AbortSignal): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
    await this.#http.lines(`/events?filters=${filters}`, (line) => readChange(line, onChange), { maxLine, signal });
  }

  close(): void {
    this.#http.close();
  }

  async #getOrNone(path: string): Promise<unknown> {
    try {
      return await this.#http.get(path, maxAnswer);
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Only the digest comes from the image: without it the rest is still good. */
  async #image(id: string): Promise<unknown> {
    if (id === '') return undefined;
    if (this.#images.has(id)) return this.#images.get(id);
    let image: unknown;
    try {
      image = await this.#http.get(`/images/${encodeURIComponent(id)}/json`, maxAnswer);
    } catch {
      return undefined;
    }
    const { RepoTags, RepoDigests } = asObject(image);
    const kept = { RepoTags: asList(RepoTags).map(asText), RepoDigests: asList(RepoDigests).map(asText) };
    this.#images.set(id, kept);
    const oldest = this.#images.keys().next().value;
    if (this.#images.size > maxImages && oldest !== undefined) this.#images.delete(oldest);
    return kept;
  }
}

function readChange(line: string, onChange: (change: ContainerChange, id: string) => void): void {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return;
  }
  const { Action, status, Actor, id } = asObject(event);
  const action = asText(Action) || asText(status);
  const change = Object.hasOwn(changes, action) ? changes[action] : undefined;
  const container = asId(asObject(Actor)['ID']) ?? asId(id);
  if (change !== undefined && container !== undefined) onChange(change, container);
}
