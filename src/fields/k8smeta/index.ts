import { type ArgSpec, type FieldOptions, fieldClass, threadField, threadFieldWith } from '../../model/field.ts';
import { type KubernetesObject, type PodContext, podUidOf } from '../../model/kubernetes.ts';
import type { Machine } from '../../model/machine.ts';
import type { Thread } from '../../model/thread.ts';
import { containerOf, labelOf, sandboxOf } from '../containers.ts';

const late: FieldOptions = { ofContainer: true };
const lateList: FieldOptions = { ...late, list: true };
const label: ArgSpec = { kind: 'key', required: true, noBlank: true, summary: 'name of a label' };

/** Other runtimes than the kubelet's may keep pods elsewhere: then the engine knows by the labels of the container. */
function contextOf(thread: Thread, machine: Machine): PodContext | undefined {
  if (machine.kubernetes === undefined) return undefined;
  const uid = podUidOf(thread) ?? labelOf(containerOf(thread, machine)?.labels ?? {}, 'io.kubernetes.pod.uid');
  return uid === null ? undefined : machine.kubernetes.pod(uid);
}

/** A fresh pod's is known to its engine first. */
function addressOf(thread: Thread, machine: Machine): string | null {
  const context = contextOf(thread, machine);
  if (context === undefined) return null;
  const container = containerOf(thread, machine);
  const sandbox = container === undefined ? undefined : sandboxOf(container, machine);
  return orNull(context.ip) ?? orNull(sandbox?.ip);
}

type Part = (context: PodContext) => KubernetesObject | undefined;

function orNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

function pairs(labels: KubernetesObject['labels']): readonly string[] {
  return Object.entries(labels).map(([name, value]) => `${name}:${value}`);
}

function orNone<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/** The fields of one object that a pod belongs to. */
function fieldsOf<const P extends string>(prefix: P, what: string, part: Part, options: FieldOptions = {}) {
  const of = (thread: Thread, machine: Machine): KubernetesObject | undefined => {
    const context = contextOf(thread, machine);
    return context === undefined ? undefined : part(context);
  };
  return {
    [`${prefix}.name`]: threadField(
      'CHARBUF',
      `Name of ${what}.`,
      (thread, machine) => orNull(of(thread, machine)?.name),
      { ...late, ...options },
    ),
    [`${prefix}.uid`]: threadField(
      'CHARBUF',
      `Unique id of ${what}.`,
      (thread, machine) => orNull(of(thread, machine)?.uid),
      late,
    ),
    [`${prefix}.label`]: threadFieldWith(
      'CHARBUF',
      `One label of ${what}.`,
      label,
      (name) => (thread, machine) => labelOf(of(thread, machine)?.labels ?? {}, name ?? ''),
      late,
    ),
    [`${prefix}.labels`]: threadField(
      'CHARBUF',
      `All labels of ${what}, as name:value.`,
      (thread, machine) => orNone(pairs(of(thread, machine)?.labels ?? {})),
      lateList,
    ),
  } as const;
}

/** A pod can have any number of services: all values are lists. */
function fieldOfServices(summary: string, read: (service: KubernetesObject) => readonly string[]) {
  return threadField(
    'CHARBUF',
    summary,
    (thread, machine) => orNone((contextOf(thread, machine)?.services ?? []).flatMap(read)),
    lateList,
  );
}

/** Fields of the Kubernetes objects behind a process, as the API server knows them. */
export default fieldClass({
  id: 'k8smeta',
  prefixes: ['k8smeta'],
  summary: 'The Kubernetes objects that the process belongs to, as the API server knows them (--kubernetes).',
  sources: ['syscall'],
  fields: {
    ...fieldsOf('k8smeta.pod', 'the pod', ({ pod }) => pod, { suggested: true }),
    'k8smeta.pod.ip': threadField('CHARBUF', 'Address of the pod.', addressOf, late),
    ...fieldsOf('k8smeta.ns', "the pod's namespace", ({ namespace }) => namespace, { suggested: true }),
    ...fieldsOf('k8smeta.deployment', 'the deployment that the pod belongs to', ({ deployment }) => deployment),
    'k8smeta.svc.name': fieldOfServices('Names of the services that select the pod.', ({ name }) => [name]),
    'k8smeta.svc.uid': fieldOfServices('Unique ids of the services that select the pod.', ({ uid }) => [uid]),
    'k8smeta.svc.label': threadFieldWith(
      'CHARBUF',
      'One label of the services that select the pod, of all that have it.',
      label,
      (name) => (thread, machine) =>
        orNone((contextOf(thread, machine)?.services ?? []).flatMap(({ labels }) => labelOf(labels, name ?? '') ?? [])),
      lateList,
    ),
    'k8smeta.svc.labels': fieldOfServices(
      'All labels of the services that select the pod, as name:value.',
      ({ labels }) => pairs(labels),
    ),
    ...fieldsOf('k8smeta.rs', 'the replica set that the pod belongs to', ({ replicaSet }) => replicaSet),
    ...fieldsOf(
      'k8smeta.rc',
      'the replication controller that the pod belongs to',
      ({ replicationController }) => replicationController,
    ),
    // Beyond the plugin of that name.
    ...fieldsOf('k8smeta.node', 'the node that the pod runs on', ({ node }) => node),
  },
});
