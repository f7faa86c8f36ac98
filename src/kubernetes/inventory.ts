import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, KubernetesView, PodContext } from '../model/kubernetes.ts';
import { type Kind, type KubernetesRecord, type Owner, selects } from './records.ts';

/** Bounds of what is kept. */
export interface InventoryLimits {
  readonly pods: number;
  /** Of each other kind. */
  readonly others: number;
  /** Pods that have been deleted and whose last processes may still be told of. */
  readonly gone: number;
}

const usualLimits: InventoryLimits = { pods: 20_000, others: 65_536, gone: 1024 };

const kinds: readonly Kind[] = [
  'pods',
  'namespaces',
  'nodes',
  'services',
  'deployments',
  'replicasets',
  'replicationcontrollers',
];

/** Objects by a second key that several may have. */
class Index {
  readonly #byKey = new Map<string, Map<string, KubernetesRecord>>();

  add(key: string, record: KubernetesRecord): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, new Map([[record.uid, record]]));
    else known.set(record.uid, record);
  }

  delete(key: string, record: KubernetesRecord): void {
    const known = this.#byKey.get(key);
    if (known?.delete(record.uid) && known.size === 0) this.#byKey.delete(key);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  get(key: string): Iterable<KubernetesRecord> {
    return this.#byKey.get(key)?.values() ?? [];
  }

  /** The one that was added last: a name may come again with another uid. */
  last(key: string): KubernetesRecord | undefined {
    return [...this.get(key)].at(-1);
  }
}

/** The second key of an object, by its kind. */
function keyOf(kind: Kind, record: KubernetesRecord): string {
  if (kind === 'pods' || kind === 'services') return record.namespace;
  return record.name;
}

/**
 * What is known of a cluster, and from it what a pod belongs to. Each kind has its bound; what does not fit is counted.
 * What is made for a pod is kept until something changes that may matter to it.
 */
export class Inventory implements KubernetesView {
  /** Objects that were left out because there were too many. */
  refused = 0;
  /** Questions for pods that nothing is known of. */
  unknown = 0;
  readonly #limits: InventoryLimits;
  readonly #onChange: () => void;
  readonly #tables: Readonly<Record<Kind, Map<string, KubernetesRecord>>>;
  readonly #indexes: Readonly<Record<Kind, Index>>;
  /** Static pods by the hash in their cgroups. */
  readonly #byHash = new Map<string, string>();
  readonly #contexts = new Map<string, PodContext>();
  readonly #gone = new Map<string, PodContext>();

  /** @param onChange what is known of some pod has changed. */
  constructor(onChange: () => void, limits: InventoryLimits = usualLimits) {
    this.#onChange = onChange;
    this.#limits = limits;
    const each = <T>(make: () => T) => Object.fromEntries(kinds.map((kind) => [kind, make()])) as Record<Kind, T>;
    this.#tables = each(() => new Map<string, KubernetesRecord>());
    this.#indexes = each(() => new Index());
  }

  size(kind: Kind): number {
    return this.#tables[kind].size;
  }

  put(kind: Kind, record: KubernetesRecord): void {
    const table = this.#tables[kind];
    const before = table.get(record.uid);
    // Most changes are of what is not kept.
    if (before !== undefined && isDeepStrictEqual(before, record)) return;
    if (before === undefined && table.size >= (kind === 'pods' ? this.#limits.pods : this.#limits.others)) {
      this.refused++;
      return;
    }
    if (before !== undefined) this.#indexes[kind].delete(keyOf(kind, before), before);
    table.set(record.uid, record);
    this.#indexes[kind].add(keyOf(kind, record), record);
    if (kind === 'pods') {
      this.#gone.delete(record.uid);
      if (record.configHash !== '') this.#byHash.set(record.configHash, record.uid);
    }
    this.#changed(kind, record);
  }

  delete(kind: Kind, uid: string): void {
    const record = this.#tables[kind].get(uid);
    if (record === undefined) return;
    if (kind === 'pods') this.#keepGone(record);
    this.#tables[kind].delete(uid);
    this.#indexes[kind].delete(keyOf(kind, record), record);
    this.#changed(kind, record);
  }

  /** All objects of a kind have been listed: others are no more. */
  keepOnly(kind: Kind, uids: ReadonlySet<string>): void {
    for (const uid of this.#tables[kind].keys()) if (!uids.has(uid)) this.delete(kind, uid);
  }

  pod(uid: string): PodContext | undefined {
    const known = this.#contexts.get(uid);
    if (known !== undefined) return known;
    const pod = this.#tables.pods.get(uid) ?? this.#tables.pods.get(this.#byHash.get(uid) ?? '');
    if (pod === undefined) {
      const gone = this.#gone.get(uid);
      if (gone === undefined) this.unknown++;
      return gone;
    }
    const context = this.#contextOf(pod);
    this.#contexts.set(uid, context);
    return context;
  }

  /**
   * Whether a pod is known together with all that it is said to belong to.
   * @param isKnown whether objects of a kind are known at all by now.
   */
  isComplete(uid: string, isKnown: (kind: Kind) => boolean): boolean {
    const context = this.pod(uid);
    if (context === undefined) return !isKnown('pods');
    const lacks = (kind: Kind, part: KubernetesObject | undefined): boolean =>
      part !== undefined && isKnown(kind) && !this.#tables[kind].has(part.uid);
    return (
      !(context.namespace.uid === '' && isKnown('namespaces')) &&
      !lacks('replicasets', context.replicaSet) &&
      !lacks('deployments', context.deployment) &&
      !lacks('replicationcontrollers', context.replicationController)
    );
  }

  #contextOf(pod: KubernetesRecord): PodContext {
    const replicaSet = this.#owner(pod.owner, 'ReplicaSet', 'replicasets');
    const services = [...this.#indexes.services.get(pod.namespace)].filter((one) => selects(one, pod.labels));
    return {
      pod,
      ip: pod.ip,
      namespace: this.#indexes.namespaces.last(pod.namespace) ?? { name: pod.namespace, uid: '', labels: {} },
      deployment: this.#owner(this.#tables.replicasets.get(replicaSet?.uid ?? '')?.owner, 'Deployment', 'deployments'),
      replicaSet,
      replicationController: this.#owner(pod.owner, 'ReplicationController', 'replicationcontrollers'),
      node: this.#node(pod.nodeName),
      services: services.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  /** An owner is known by name and uid before it is itself known. */
  #owner(owner: Owner | undefined, wanted: string, kind: Kind): KubernetesObject | undefined {
    if (owner?.kind !== wanted) return undefined;
    return this.#tables[kind].get(owner.uid) ?? { name: owner.name, uid: owner.uid, labels: {} };
  }

  #node(name: string): KubernetesObject | undefined {
    if (name === '') return undefined;
    return this.#indexes.nodes.last(name) ?? { name, uid: '', labels: {} };
  }

  /** With what it belonged to: that often goes with it. */
  #keepGone(pod: KubernetesRecord): void {
    const context = this.#contextOf(pod);
    const keys = pod.configHash === '' ? [pod.uid] : [pod.uid, pod.configHash];
    if (this.#byHash.get(pod.configHash) === pod.uid) this.#byHash.delete(pod.configHash);
    for (const key of keys) this.#gone.set(key, context);
    for (const key of this.#gone.keys()) {
      if (this.#gone.size <= this.#limits.gone) break;
      this.#gone.delete(key);
    }
  }

  #changed(kind: Kind, record: KubernetesRecord): void {
    // Of most of a large cluster no pod runs here.
    const namespace = kind === 'namespaces' ? record.name : record.namespace;
    if (kind !== 'pods' && namespace !== '' && !this.#indexes.pods.has(namespace)) return;
    this.#contexts.clear();
    this.#onChange();
  }
}
