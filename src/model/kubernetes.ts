import type { Thread } from './thread.ts';

/** An object of the API server, as far as fields show it. Text is byte strings. */
export interface KubernetesObject {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A pod and what it belongs to; undefined: it belongs to none, or the API server has not told of it. */
export interface PodContext {
  readonly pod: KubernetesObject;
  /** Empty until the pod has one. */
  readonly ip: string;
  /** Its name comes with the pod; uid and labels are empty until the namespace itself is known. */
  readonly namespace: KubernetesObject;
  readonly deployment: KubernetesObject | undefined;
  readonly replicaSet: KubernetesObject | undefined;
  readonly replicationController: KubernetesObject | undefined;
  readonly node: KubernetesObject | undefined;
  /** Services whose selector fits the pod's labels, by name. */
  readonly services: readonly KubernetesObject[];
}

/** What is known of a cluster's pods. */
export interface KubernetesView {
  /** @param uid as cgroups show it: the pod's, or for static pods the hash of their file. */
  pod(uid: string): PodContext | undefined;
}

const uuid = /^[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}(?![0-9a-f])/;
/** Static pods of a kubelet. */
const hash = /^[0-9a-f]{32}(?![0-9a-f])/;
const mark = 'pod';
/** Length of both, so that no more of a path is looked at. */
const longest = 37;

/**
 * The uid of the pod that a cgroup path belongs to: `/kubepods/burstable/pod<uid>/...`, or
 * `/kubepods.slice/kubepods-burstable-pod<uid with underscores>.slice/...` where systemd manages cgroups.
 */
export function podUidOfCgroup(cgroup: string): string | undefined {
  for (let at = cgroup.indexOf(mark); at >= 0; at = cgroup.indexOf(mark, at + 1)) {
    const before = cgroup[at - 1];
    if (before !== '/' && before !== '-') continue;
    const rest = cgroup.slice(at + mark.length, at + mark.length + longest);
    const found = uuid.exec(rest) ?? hash.exec(rest);
    if (found !== null) return found[0].replaceAll('_', '-');
  }
  return undefined;
}

/** The uid of the pod that a thread runs in, by its cgroups. */
export function podUidOf(thread: Thread): string | undefined {
  for (const cgroup of thread.cgroups) {
    const uid = podUidOfCgroup(cgroup);
    if (uid !== undefined) return uid;
  }
  return undefined;
}
