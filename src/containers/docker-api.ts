import type {
  ContainerChange,
  ContainerDescription,
  EngineContext,
  OpenContainerEngine,
} from '../model/container-engine.ts';
import { asId, asList, asObject, asText, isShortHexId, shortId } from './describe.ts';
import { readDockerContainer, readDockerEvent } from './docker-description.ts';
import { isSocket } from './socket.ts';
import { HttpStatusError, SocketHttp } from './socket-http.ts';

const maxAnswer = 1 << 20;
const maxList = 1 << 24;
const maxLine = 1 << 18;
const maxListed = 4096;
const maxImages = 256;
const maxEvents = 256;

/** Actions of the engine's event stream; Podman says remove where Docker says destroy. */
const changes: Readonly<Record<string, ContainerChange>> = {
  create: 'create',
  start: 'start',
  destroy: 'remove',
  remove: 'remove',
};

/** An engine with the API of Docker Engine: Docker itself, and `podman system service`. */
export class DockerApi implements OpenContainerEngine {
  readonly #socket: string;
  readonly #type: number;
  readonly #context: EngineContext;
  readonly #http: SocketHttp;
  /** What is told of images, by id; the oldest goes. */
  readonly #images = new Map<string, unknown>();
  /** What the last events said of their containers, by the first characters of the id; the oldest goes. */
  readonly #events = new Map<string, ContainerDescription>();

  constructor(socket: string, type: number, context: EngineContext) {
    this.#socket = socket;
    this.#type = type;
    this.#context = context;
    this.#http = new SocketHttp(socket, context.timeoutMs);
  }

  isThere(): boolean {
    return isSocket(this.#socket);
  }

  takes(id: string): boolean {
    return isShortHexId(id);
  }

  async list(): Promise<string[]> {
    const answer = await this.#http.get('/containers/json', maxList);
    const items: readonly unknown[] = Array.isArray(answer) ? answer.slice(0, maxListed) : [];
    return items.map((item) => asId(asObject(item)['Id'])).filter((id) => id !== undefined);
  }

  async describe(id: string): Promise<ContainerDescription | undefined> {
    const answer = await this.#getOrNone(`/containers/${encodeURIComponent(id)}/json`);
    // An engine also finds containers by name: that is not what was asked for. One that has lived for a moment only may
    // be gone; its events told something of it.
    if (!asText(asObject(answer)['Id']).startsWith(id)) return this.#events.get(id);
    const image = await this.#image(asText(asObject(answer)['Image']));
    return readDockerContainer(answer, image, this.#type, this.#context.labelMaxLength);
  }

  async watch(onChange: (change: ContainerChange, id: string) => void, signal: AbortSignal): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
    const onLine = (line: string): void => {
      const found = readChange(line);
      if (found === undefined) return;
      this.#remember(found.id, found.attributes);
      onChange(found.change, found.id);
    };
    await this.#http.lines(`/events?filters=${filters}`, onLine, { maxLine, signal });
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
    trim(this.#images, maxImages);
    return kept;
  }

  #remember(id: string, attributes: unknown): void {
    const { labelMaxLength } = this.#context;
    this.#events.set(shortId(id), readDockerEvent(id, attributes, this.#type, labelMaxLength));
    trim(this.#events, maxEvents);
  }
}

function trim(map: Map<string, unknown>, max: number): void {
  const oldest = map.keys().next().value;
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}

interface Change {
  readonly change: ContainerChange;
  readonly id: string;
  readonly attributes: unknown;
}

function readChange(line: string): Change | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { Action, status, Actor, id } = asObject(event);
  const action = asText(Action) || asText(status);
  const change = Object.hasOwn(changes, action) ? changes[action] : undefined;
  const container = asId(asObject(Actor)['ID']) ?? asId(id);
  if (change === undefined || container === undefined) return undefined;
  return { change, id: container, attributes: asObject(Actor)['Attributes'] };
}
