import {
  type ContainerDescription,
  containerTypes,
  type EngineContext,
  type OpenContainerEngine,
} from '../../model/container-engine.ts';
import { asId, asList, asObject, isShortHexId, type Raw } from '../describe.ts';
import { readCriContainer, readCriSandbox } from './description.ts';
import { GrpcClient, grpcCodes, GrpcError } from '../grpc.ts';
import { decodeMessage, encodeMessage, type MessageShape } from '../../base/protobuf.ts';
import { isSocket } from '../socket.ts';
import {
  containerRunning,
  containerStatusResponse,
  listContainersResponse,
  listSandboxesResponse,
  sandboxStatusResponse,
  service,
  versionResponse,
} from './runtime.ts';

const maxListed = 4096;

/** A container runtime behind the interface that Kubernetes has for them: containerd, CRI-O and others. */
export class CriEngine implements OpenContainerEngine {
  readonly #socket: string;
  readonly #context: EngineContext;
  readonly #client: GrpcClient;
  #type: number | undefined;

  constructor(socket: string, context: EngineContext) {
    this.#socket = socket;
    this.#context = context;
    this.#client = new GrpcClient(socket, context.timeoutMs);
  }

  isThere(): boolean {
    return isSocket(this.#socket);
  }

  takes(id: string): boolean {
    return isShortHexId(id);
  }

  async list(): Promise<string[]> {
    const running = encodeMessage({ 1: encodeMessage({ 2: encodeMessage({ 1: containerRunning }) }) });
    // The state of a sandbox that is ready is 0, which a message leaves out.
    const ready = encodeMessage({ 1: encodeMessage({ 2: encodeMessage({ 1: 0 }) }) });
    const { containers } = await this.#call('ListContainers', running, listContainersResponse);
    const { items } = await this.#call('ListPodSandbox', ready, listSandboxesResponse);
    const all = [...((containers ?? []) as unknown[]), ...((items ?? []) as unknown[])].slice(0, maxListed);
    return all.map((item) => asId(asObject(item)['id'])).filter((id) => id !== undefined);
  }

  async describe(id: string): Promise<ContainerDescription | undefined> {
    const byId = encodeMessage({ 1: encodeMessage({ 1: id }) });
    const { containers } = await this.#call('ListContainers', byId, listContainersResponse);
    const found = asList(containers)
      .map(asObject)
      .find((item) => asId(item['id'])?.startsWith(id));
    return found === undefined ? this.#describeSandbox(id) : this.#describeContainer(found);
  }

  close(): void {
    this.#client.close();
  }

  async #describeContainer(item: Raw): Promise<ContainerDescription | undefined> {
    const verbose = 1;
    const request = encodeMessage({ 1: String(item['id']), 2: verbose });
    const sandboxId = asId(item['sandboxId']);
    const [type, container, sandbox] = await Promise.all([
      this.#runtimeType(),
      this.#find('ContainerStatus', request, containerStatusResponse),
      sandboxId === undefined
        ? undefined
        : this.#find('PodSandboxStatus', encodeMessage({ 1: sandboxId, 2: verbose }), sandboxStatusResponse),
    ]);
    return readCriContainer(container ?? {}, sandbox ?? {}, type, this.#context.labelMaxLength);
  }

  async #describeSandbox(id: string): Promise<ContainerDescription | undefined> {
    const byId = encodeMessage({ 1: encodeMessage({ 1: id }) });
    const { items } = await this.#call('ListPodSandbox', byId, listSandboxesResponse);
    const whole = asList(items)
      .map((item) => asId(asObject(item)['id']))
      .find((found) => found?.startsWith(id));
    if (whole === undefined) return undefined;
    const request = encodeMessage({ 1: whole, 2: 1 });
    const sandbox = await this.#find('PodSandboxStatus', request, sandboxStatusResponse);
    return readCriSandbox(sandbox ?? {}, await this.#runtimeType(), this.#context.labelMaxLength);
  }

  async #runtimeType(): Promise<number> {
    if (this.#type !== undefined) return this.#type;
    const { runtimeName } = await this.#call('Version', Buffer.alloc(0), versionResponse);
    if (runtimeName === 'containerd') this.#type = containerTypes.containerd;
    else this.#type = runtimeName === 'cri-o' ? containerTypes.crio : containerTypes.cri;
    return this.#type;
  }

  async #find(method: string, message: Buffer, shape: MessageShape): Promise<Raw | undefined> {
    try {
      return await this.#call(method, message, shape);
    } catch (error) {
      if (error instanceof GrpcError && error.code === grpcCodes.notFound) return undefined;
      throw error;
    }
  }

  async #call(method: string, message: Buffer, shape: MessageShape): Promise<Raw> {
    return decodeMessage(await this.#client.call(`${service}/${method}`, message), shape);
  }
}
