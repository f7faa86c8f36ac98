import type { Container, Machine } from '../model/machine.ts';
import type { Thread } from '../model/thread.ts';

/** The container that a process runs in; undefined where no engine has described it. */
export function containerOf(thread: Thread, machine: Machine): Container | undefined {
  return machine.container(thread.containerId);
}

/** One label by its name. */
export function labelOf(labels: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(labels, name) ? labels[name]! : null;
}

/** All labels but internal ones, sorted, as `name:value, name:value`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .filter((name) => !name.startsWith('annotation.') && !name.startsWith('io.kubernetes.'))
    .toSorted()
    .map((name) => (labels[name] === '' ? name : `${name}:${labels[name]}`))
    .join(', ');
}

const shortIdLength = 12;

/**
 * The engine tells addresses, network and labels of a pod with its sandbox, which is a container of its own; that of a
 * container outside of pods is the host.
 */
export function sandboxOf(container: Container, machine: Machine): Container | undefined {
  const id = container.podSandboxId.slice(0, shortIdLength);
  return machine.container(id === '' ? 'host' : id);
}
