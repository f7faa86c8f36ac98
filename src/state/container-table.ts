import type { Container, Mount } from '../model/machine.ts';

/** Names of container types by their numbers in container events. */
const typeNames: Readonly<Record<number, string>> = {
  0: 'docker',
  1: 'lxc',
  2: 'libvirt-lxc',
  3: 'mesos',
  4: 'rkt',
  6: 'cri',
  7: 'containerd',
  8: 'cri-o',
  9: 'bpm',
  10: 'static',
  11: 'podman',
  65_534: 'host',
};

type Json = Readonly<Record<string, unknown>>;

const maxJsonBytes = 1 << 20;
const maxItems = 1024;

/** JSON is UTF-8; the state keeps byte strings. */
function byteString(value: unknown): string {
  if (typeof value !== 'string') return '';
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 127) return Buffer.from(value, 'utf8').latin1Slice();
  }
  return value;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function labels(value: unknown): Record<string, string> {
  const result: Record<string, string> = Object.create(null);
  if (!isObject(value)) return result;
  // Sorted by bytes, as they are shown.
  for (const [key, text] of Object.entries(value).slice(0, maxItems)) result[byteString(key)] = byteString(text);
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mounts(value: unknown): Mount[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, maxItems)
    .filter(isObject)
    .map((mount) => ({
      source: byteString(mount.Source),
      dest: byteString(mount.Destination),
      mode: byteString(mount.Mode),
      rdwr: mount.RW === true,
      propagation: byteString(mount.Propagation),
    }));
}

/**
 * Reads what a container event says: `{"container": {...}}` with the keys that container engines' events carry.
 * @returns undefined when it is no such JSON.
 */
export function readContainer(json: string): Container | undefined {
  if (json.length > maxJsonBytes) return undefined;
  let root: unknown;
  try {
    root = JSON.parse(Buffer.from(json, 'latin1').toString('utf8'));
  } catch {
    return undefined;
  }
  const from = isObject(root) ? root.container : undefined;
  if (!isObject(from) || typeof from.id !== 'string') return undefined;
  return {
    id: byteString(from.id),
    fullId: byteString(from.full_id),
    name: byteString(from.name),
    type: typeNames[Number(from.type ?? -1)] ?? '',
    image: byteString(from.image),
    imageId: byteString(from.imageid),
    imageRepository: byteString(from.imagerepo),
    imageTag: byteString(from.imagetag),
    imageDigest: byteString(from.imagedigest),
    privileged: flag(from.privileged),
    mounts: mounts(from.Mounts),
    labels: labels(from.labels),
    user: byteString(from.User),
    ip: byteString(from.ip),
    cniJson: byteString(from.cni_json),
    isPodSandbox: from.is_pod_sandbox === true,
    podSandboxId: byteString(from.pod_sandbox_id),
    podSandboxLabels: labels(from.pod_sandbox_labels),
    hostPid: flag(from.host_pid),
    hostNetwork: flag(from.host_network),
    hostIpc: flag(from.host_ipc),
  };
}

/** What stands for the machine itself where a container is asked for. */
const host: Container = {
  id: 'host',
  fullId: 'host',
  name: 'host',
  type: 'host',
  image: '',
  imageId: '',
  imageRepository: '',
  imageTag: '',
  imageDigest: '',
  privileged: false,
  mounts: [],
  labels: {},
  user: '',
  ip: '',
  cniJson: '',
  isPodSandbox: false,
  podSandboxId: '',
  podSandboxLabels: {},
  hostPid: false,
  hostNetwork: false,
  hostIpc: false,
};

/** What is known of containers, by the first 12 characters of their ids. The oldest goes when there are too many. */
export class ContainerTable {
  evicted = 0;
  readonly #max: number;
  readonly #containers = new Map<string, Container>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#containers.size;
  }

  get(id: string): Container | undefined {
    return id === 'host' ? host : this.#containers.get(id);
  }

  set(container: Container): void {
    this.#containers.delete(container.id);
    this.#containers.set(container.id, container);
    if (this.#containers.size <= this.#max) return;
    const oldest = this.#containers.keys().next().value;
    if (oldest !== undefined) this.#containers.delete(oldest);
    this.evicted++;
  }

  delete(id: string): void {
    this.#containers.delete(id);
  }
}
