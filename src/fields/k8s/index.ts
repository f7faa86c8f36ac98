import {
  type ArgSpec,
  type FieldOptions,
  fieldClass,
  type ThreadGetter,
  threadField,
  threadFieldWith,
} from '../../model/field.ts';
import type { Container, Machine } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import { containerOf, labelOf, labelsText, sandboxOf } from '../containers.ts';

const shortIdLength = 12;

function fromLabel(summary: string, name: string, options: FieldOptions = {}) {
  return threadField(
    'CHARBUF',
    summary,
    (thread, machine) => labelOf(containerOf(thread, machine)?.labels ?? {}, name),
    { ...options, ofContainer: true },
  );
}

function fromContainer(summary: string, read: (container: Container, machine: Machine) => string | null) {
  const get: ThreadGetter<string> = (thread, machine) => {
    const container = containerOf(thread, machine);
    return container === undefined ? null : read(container, machine);
  };
  return threadField('CHARBUF', summary, get, { ofContainer: true });
}

function ofPod(container: Container, machine: Machine, read: (container: Container) => string): string | null {
  if (container.cniJson !== '') return read(container);
  const sandbox = sandboxOf(container, machine);
  return sandbox === undefined ? null : read(sandbox);
}

function podLabels(container: Container, machine: Machine): Readonly<Record<string, string>> {
  const sandbox = container.cniJson === '' ? sandboxOf(container, machine) : undefined;
  return (sandbox ?? container).podSandboxLabels;
}

function podLabel(thread: Thread, machine: Machine, name: string): string | null {
  const container = containerOf(thread, machine);
  if (container === undefined) return null;
  return labelOf(podLabels(container, machine), name) ?? labelOf(container.podSandboxLabels, name);
}

const label: ArgSpec = { kind: 'key', required: true, noBlank: true, summary: 'name of a label' };
const never: FieldOptions = { deprecated: true, possible: () => false };

/** Fields that upstream still lists but no longer fills; a rule that uses them never matches. */
function neverSet() {
  return threadField('CHARBUF', 'Never set; the metadata of Kubernetes itself tells it.', () => null, never);
}

function neverSetLabel() {
  const summary = 'Never set; the metadata of Kubernetes itself tells it.';
  return threadFieldWith('CHARBUF', summary, label, () => () => null, never);
}

/** Fields of the Kubernetes pod that a process runs in, as the container engine knows it. */
export default fieldClass({
  id: 'k8s',
  prefixes: ['k8s'],
  summary: 'The Kubernetes pod that the process runs in, as the container engine knows it.',
  sources: ['syscall'],
  fields: {
    'k8s.pod.name': fromLabel('Name of the pod.', 'io.kubernetes.pod.name', { suggested: true }),
    'k8s.ns.name': fromLabel('Namespace of the pod.', 'io.kubernetes.pod.namespace', { suggested: true }),
    'k8s.pod.id': fromLabel('Unique id of the pod, as k8s.pod.uid.', 'io.kubernetes.pod.uid'),
    'k8s.pod.uid': fromLabel('Unique id of the pod, given by Kubernetes.', 'io.kubernetes.pod.uid'),
    'k8s.pod.sandbox_id': fromContainer("First 12 characters of the id of the pod's sandbox.", (container) =>
      container.podSandboxId.slice(0, shortIdLength),
    ),
    'k8s.pod.full_sandbox_id': fromContainer("Whole id of the pod's sandbox.", (container) => container.podSandboxId),
    'k8s.pod.label': threadFieldWith(
      'CHARBUF',
      'One label of the pod.',
      label,
      (name) => (thread, machine) => podLabel(thread, machine, name ?? ''),
      { ofContainer: true },
    ),
    'k8s.pod.labels': fromContainer('All labels of the pod, as name:value.', (container, machine) =>
      labelsText(podLabels(container, machine)),
    ),
    'k8s.pod.ip': fromContainer('IPv4 address of the pod.', (container, machine) =>
      ofPod(container, machine, (item) => item.ip),
    ),
    'k8s.pod.cni.json': fromContainer(
      "Result of the network plugin for the pod's network, as JSON.",
      (container, machine) => ofPod(container, machine, (item) => item.cniJson),
    ),
    'k8s.rc.name': neverSet(),
    'k8s.rc.id': neverSet(),
    'k8s.rc.label': neverSetLabel(),
    'k8s.rc.labels': neverSet(),
    'k8s.svc.name': neverSet(),
    'k8s.svc.id': neverSet(),
    'k8s.svc.label': neverSetLabel(),
    'k8s.svc.labels': neverSet(),
    'k8s.ns.id': neverSet(),
    'k8s.ns.label': neverSetLabel(),
    'k8s.ns.labels': neverSet(),
    'k8s.rs.name': neverSet(),
    'k8s.rs.id': neverSet(),
    'k8s.rs.label': neverSetLabel(),
    'k8s.rs.labels': neverSet(),
    'k8s.deployment.name': neverSet(),
    'k8s.deployment.id': neverSet(),
    'k8s.deployment.label': neverSetLabel(),
    'k8s.deployment.labels': neverSet(),
  },
});
