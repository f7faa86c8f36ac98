import type { ContainerDescription, MountDescription } from '../../model/container-engine.ts';
import {
  asFlag,
  asId,
  asInteger,
  asLabels,
  asList,
  asObject,
  asText,
  emptyDescription,
  imageId,
  known,
  type Raw,
  splitImage,
} from '../describe.ts';
import { hostNamespace, propagations } from './runtime.ts';

/** The JSON that engines add to a verbose answer under the key info. */
function verboseInfo(response: Raw): Raw {
  const { info } = response;
  const text = info instanceof Map ? (info as Map<string, unknown>).get('info') : undefined;
  if (typeof text !== 'string') return {};
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function labelsOf(value: unknown, maxLength: number): Record<string, string> {
  return value instanceof Map ? asLabels(Object.fromEntries(value as Map<string, unknown>), maxLength) : {};
}

function mount(value: unknown): MountDescription {
  const { hostPath, containerPath, readonly, propagation } = asObject(value);
  return {
    Source: asText(hostPath),
    Destination: asText(containerPath),
    Mode: '',
    RW: readonly !== 1,
    Propagation: propagations[Number(propagation ?? 0)] ?? '',
  };
}

function createdSeconds(status: Raw): number | undefined {
  const nanoseconds = status['createdAt'];
  return typeof nanoseconds === 'number' ? asInteger(Math.floor(nanoseconds / 1e9)) : undefined;
}

/** What the sandbox of a pod says for all of its containers. */
function podPart(sandbox: Raw, labelMaxLength: number) {
  const status = asObject(sandbox['status']);
  const options = asObject(asObject(asObject(status['linux'])['namespaces'])['options']);
  const { cniResult } = verboseInfo(sandbox);
  const isHost = (mode: unknown): boolean => Number(mode ?? 0) === hostNamespace;
  return {
    ip: asText(asObject(status['network'])['ip']),
    cni_json: typeof cniResult === 'object' && cniResult !== null ? asText(JSON.stringify(cniResult)) : '',
    pod_sandbox_labels: labelsOf(status['labels'], labelMaxLength),
    ...(status['id'] === undefined
      ? {}
      : {
          host_network: isHost(options['network']),
          host_pid: isHost(options['pid']),
          host_ipc: isHost(options['ipc']),
        }),
  };
}

const idOfImage = /^(?:sha256:)?[0-9a-f]{64}$/;

/** Engines tell the id of the image in different places, and in the same places also its name. */
function imageIdOf(status: Raw, info: Raw): string {
  const asked = asObject(asObject(info['config'])['image'])['image'];
  return imageId([status['imageId'], status['imageRef'], asked].find((text) => idOfImage.test(asText(text))));
}

/** Names the image: what the pod asked for, unless an engine tells only its id; then the reference with the digest. */
function imagePart(status: Raw) {
  const image = asObject(status['image']);
  const ref = asText(status['imageRef']);
  const names = [asText(image['userSpecified']), asText(image['image']), ref];
  const name = names.find((text) => text !== '' && !idOfImage.test(text)) ?? '';
  const { repository, tag, digest } = splitImage(name);
  return {
    image: name,
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest || splitImage(ref).digest,
  };
}

function userOf(info: Raw): string {
  const user = asObject(asObject(asObject(info['runtimeSpec'])['process'])['user']);
  const uid = asInteger(user['uid']);
  return asText(user['username']) || (uid === undefined ? '' : String(uid));
}

function privilegedOf(info: Raw): boolean | undefined {
  const context = asObject(asObject(asObject(info['config'])['linux'])['security_context']);
  // CRI-O says it at the top; where containerd's answer has the context, what is absent is false.
  const said = asFlag(info['privileged']) ?? asFlag(context['privileged']);
  return said ?? (info['config'] === undefined ? undefined : false);
}

/**
 * Reads a verbose ContainerStatusResponse and, for what is common to the pod, its PodSandboxStatusResponse.
 * @returns undefined when the answer is about no container.
 */
export function readCriContainer(
  response: Raw,
  sandbox: Raw,
  type: number,
  labelMaxLength: number,
): ContainerDescription | undefined {
  const status = asObject(response['status']);
  const id = asId(status['id']);
  if (id === undefined) return undefined;
  const info = verboseInfo(response);
  const labels = labelsOf(status['labels'], labelMaxLength);
  return {
    ...emptyDescription(id, type),
    ...podPart(sandbox, labelMaxLength),
    ...imagePart(status),
    name: labels['io.kubernetes.container.name'] ?? asText(asObject(status['metadata'])['name']),
    imageid: imageIdOf(status, info),
    User: userOf(info),
    pod_sandbox_id: asId(asObject(sandbox['status'])['id']) ?? '',
    labels,
    Mounts: asList(status['mounts']).map(mount),
    ...known({ privileged: privilegedOf(info), created_time: createdSeconds(status) }),
  };
}

/** Reads a verbose PodSandboxStatusResponse as the container that holds the pod together. */
export function readCriSandbox(response: Raw, type: number, labelMaxLength: number): ContainerDescription | undefined {
  const status = asObject(response['status']);
  const id = asId(status['id']);
  if (id === undefined) return undefined;
  const info = verboseInfo(response);
  const pod = podPart(response, labelMaxLength);
  const { repository, tag, digest } = splitImage(asText(info['image']));
  return {
    ...emptyDescription(id, type),
    ...pod,
    name: asText(asObject(status['metadata'])['name']),
    image: asText(info['image']),
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
    User: userOf(info),
    is_pod_sandbox: true,
    pod_sandbox_id: id,
    labels: pod.pod_sandbox_labels,
    ...known({ privileged: privilegedOf(info), created_time: createdSeconds(status) }),
  };
}
