import type { ContainerDescription, EngineContext, OpenContainerEngine } from '../../model/container-engine.ts';
import { asList, asObject, asText, type Raw } from '../describe.ts';
import { GrpcClient } from '../grpc.ts';
import { decodeMessage, encodeMessage, type MessageShape } from '../../base/protobuf.ts';
import { isSocket } from '../socket.ts';
import { readContainerdContainer } from './description.ts';

// Services of containerd with the fields that Saker reads, by the numbers of github.com/containerd/containerd/api.

const container: MessageShape = {
  1: ['id', 'text'],
  2: ['labels', 'map'],
  3: ['image', 'text'],
  5: ['spec', { 2: ['value', 'text'] }],
  8: ['createdAt', { 1: ['seconds', 'integer'] }],
};
const listContainersResponse: MessageShape = { 1: ['containers', [container]] };
const listNamespacesResponse: MessageShape = { 1: ['namespaces', [{ 1: ['name', 'text'] }]] };
const containers = '/containerd.services.containers.v1.Containers/List';
const namespaces = '/containerd.services.namespaces.v1.Namespaces/List';

/** Those of Docker and Kubernetes: they know more of their containers. */
const othersNamespaces = new Set(['moby', 'k8s.io']);
const maxNamespaces = 16;
const maxListed = 4096;
const shortLength = 12;

/** containerd by its own interface: the containers of nerdctl, ctr and the like. */
export class ContainerdEngine implements OpenContainerEngine {
  readonly #socket: string;
  readonly #context: EngineContext;
  readonly #client: GrpcClient;

  constructor(socket: string, context: EngineContext) {
    this.#socket = socket;
    this.#context = context;
    this.#client = new GrpcClient(socket, context.timeoutMs);
  }

  isThere(): boolean {
    return isSocket(this.#socket);
  }

  /** Ids are names that its clients choose. */
  takes(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_.-]{0,11}$/.test(id);
  }

  async list(): Promise<string[]> {
    const ids: string[] = [];
    for (const namespace of await this.#namespaces()) {
      for (const { id } of await this.#containers(namespace, '')) ids.push(asText(id));
    }
    return ids.slice(0, maxListed);
  }

  async describe(id: string): Promise<ContainerDescription | undefined> {
    for (const namespace of await this.#namespaces()) {
      // All that this id can hold is taken literally, or for itself at least.
      const items = await this.#containers(namespace, `id~="^${id}"`);
      const found = items.find((item) => asText(item['id']).slice(0, shortLength) === id);
      if (found !== undefined) return readContainerdContainer(found, this.#context.labelMaxLength);
    }
    return undefined;
  }

  close(): void {
    this.#client.close();
  }

  async #namespaces(): Promise<string[]> {
    const answer = decodeMessage(await this.#client.call(namespaces, Buffer.alloc(0)), listNamespacesResponse);
    const names = asList(answer['namespaces']).map((item) => asText(asObject(item)['name']));
    // A name goes into a header.
    return names
      .filter((name) => /^[A-Za-z0-9._-]+$/.test(name) && !othersNamespaces.has(name))
      .slice(0, maxNamespaces);
  }

  async #containers(namespace: string, filter: string): Promise<Raw[]> {
    const metadata = { 'containerd-namespace': namespace };
    const answer = await this.#client.call(containers, encodeMessage({ 1: filter }), metadata);
    const { containers: found } = decodeMessage(answer, listContainersResponse);
    return ((found ?? []) as unknown[]).slice(0, maxListed).map(asObject);
  }
}
