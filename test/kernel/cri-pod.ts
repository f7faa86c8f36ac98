import { GrpcClient } from '../../src/containers/grpc.ts';
import { decodeMessage, encodeMessage, type MessageShape } from '../../src/base/protobuf.ts';

const service = '/runtime.v1.RuntimeService';
const idResponse: MessageShape = { 1: ['id', 'text'] };
const hostNamespace = 2;
const mostAttempts = 5;

function map(field: number, entries: Readonly<Record<string, string>>): Buffer {
  const items = Object.entries(entries).map(([key, value]) =>
    encodeMessage({ [field]: encodeMessage({ 1: key, 2: value }) }),
  );
  return Buffer.concat(items);
}

/** What a pod is called. */
export interface PodName {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** The labels that the kubelet gives all containers of a pod. */
function labelsOf({ name, namespace, uid }: PodName): Readonly<Record<string, string>> {
  return {
    'io.kubernetes.pod.name': name,
    'io.kubernetes.pod.namespace': namespace,
    'io.kubernetes.pod.uid': uid,
  };
}

function sandboxOf(named: PodName, attempt: number): Buffer {
  const metadata = encodeMessage({ 1: named.name, 2: named.uid, 3: named.namespace, 4: attempt });
  const security = encodeMessage({ 1: encodeMessage({ 1: hostNamespace, 2: 1 }) });
  return Buffer.concat([
    encodeMessage({ 1: metadata }),
    map(6, { ...labelsOf(named), app: 'web' }),
    encodeMessage({ 8: encodeMessage({ 1: `/kubepods/besteffort/pod${named.uid}`, 2: security }) }),
  ]);
}

function containerOf(named: PodName, image: string, name: string, command: readonly string[]): Buffer {
  return Buffer.concat([
    encodeMessage({ 1: encodeMessage({ 1: name }), 2: encodeMessage({ 1: image }) }),
    ...command.map((word) => encodeMessage({ 3: word })),
    map(9, { ...labelsOf(named), 'io.kubernetes.container.name': name }),
  ]);
}

/** Pods with one container, run as the kubelet would; field numbers of k8s.io/cri-api runtime/v1. */
export class PodRunner {
  readonly #client: GrpcClient;

  constructor(socket: string) {
    this.#client = new GrpcClient(socket, 30_000);
  }

  /**
   * Runs the command in a pod in the network of the host. Where pids come round within seconds, runtimes take the end of
   * one process for that of another: it is tried again.
   * @returns the pod's id.
   */
  async run(named: PodName, image: string, name: string, command: readonly string[]): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      const sandbox = sandboxOf(named, attempt);
      let podId: string | undefined;
      try {
        podId = await this.#call('RunPodSandbox', encodeMessage({ 1: sandbox }));
        await this.#start(podId, sandbox, containerOf(named, image, name, command));
        return podId;
      } catch (error) {
        if (attempt === mostAttempts) throw error;
        if (podId !== undefined) await this.remove(podId).catch(() => undefined);
      }
    }
  }

  async #start(podId: string, sandbox: Buffer, container: Buffer): Promise<void> {
    const id = await this.#call('CreateContainer', encodeMessage({ 1: podId, 2: container, 3: sandbox }));
    await this.#call('StartContainer', encodeMessage({ 1: id }));
  }

  async remove(podId: string): Promise<void> {
    await this.#call('StopPodSandbox', encodeMessage({ 1: podId }));
    await this.#call('RemovePodSandbox', encodeMessage({ 1: podId }));
  }

  close(): void {
    this.#client.close();
  }

  async #call(method: string, message: Buffer): Promise<string> {
    const { id } = decodeMessage(await this.#client.call(`${service}/${method}`, message), idResponse);
    return typeof id === 'string' ? id : '';
  }
}
