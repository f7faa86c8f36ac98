import type { Container, Machine } from '../model/machine.ts';
import type { Thread } from '../model/thread.ts';

/** What the fields show for processes outside of containers, where no engine says anything. */
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

/** The container that a process runs in; undefined where no engine has described it. */
export function containerOf(thread: Thread, machine: Machine): Container | undefined {
  return containerById(thread.containerId, machine);
}

/** A container by its id, which is host or nothing for the machine itself. */
export function containerById(id: string, machine: Machine): Container | undefined {
  return id === 'host' || id === '' ? host : machine.container(id);
}

/** All labels but internal ones, sorted, as `name:value, name:value`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .filter((name) => !name.startsWith('annotation.') && !name.startsWith('io.kubernetes.'))
    .toSorted()
    .map((name) => (labels[name] === '' ? name : `${name}:${labels[name]}`))
    .join(', ');
}
