import type { Logger } from '../base/log.ts';
import type { KubernetesView, PodContext } from '../model/kubernetes.ts';
import type { KubernetesClient } from '../transport/kubernetes/client.ts';
import { Inventory, type InventoryLimits } from './inventory.ts';
import { type Kind, readRecord } from './records.ts';
import { Reflector, type ReflectorTiming, type Resource, usualTiming } from './reflector.ts';

/** How long the start waits for the first lists, in milliseconds. */
const beginMs = 5000;

export interface KubernetesWatchOptions {
  readonly client: Pick<KubernetesClient, 'exchange' | 'follow' | 'close'>;
  /** Only this node's pods are asked for; undefined: those of all nodes. */
  readonly nodeName: string | undefined;
  readonly logger: Logger;
  readonly timing?: ReflectorTiming;
  readonly limits?: InventoryLimits;
}

/** What was asked and kept. */
export interface KubernetesCounts {
  /** Objects that are kept, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  /** Objects left out because there were too many. */
  readonly refused: number;
  /** Questions for pods that nothing was known of. */
  readonly unknownPods: number;
  readonly lists: number;
  readonly watches: number;
  /** Lists that became necessary because a watch had fallen too far behind. */
  readonly expired: number;
  readonly failures: number;
}

function resources(nodeName: string | undefined): Readonly<Record<Kind, Resource>> {
  const whole = { metadataOnly: false };
  const meta = { metadataOnly: true };
  const ofNode = (key: string): string | undefined => (nodeName === undefined ? undefined : `${key}=${nodeName}`);
  return {
    pods: { path: '/api/v1/pods', fieldSelector: ofNode('spec.nodeName'), ...whole },
    namespaces: { path: '/api/v1/namespaces', ...meta },
    nodes: { path: '/api/v1/nodes', fieldSelector: ofNode('metadata.name'), ...meta },
    services: { path: '/api/v1/services', ...whole },
    deployments: { path: '/apis/apps/v1/deployments', ...meta },
    replicasets: { path: '/apis/apps/v1/replicasets', ...meta },
    replicationcontrollers: { path: '/api/v1/replicationcontrollers', ...meta },
  };
}

/**
 * Follows the objects of a cluster that pods belong to, and tells what is known of a pod. Nobody who asks has to wait; who
 * wants to hears of every change.
 */
export class KubernetesWatch implements KubernetesView {
  readonly #options: KubernetesWatchOptions;
  readonly #inventory: Inventory;
  readonly #reflectors: ReadonlyMap<Kind, Reflector>;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #reported = new Set<Kind>();

  constructor(options: KubernetesWatchOptions) {
    this.#options = options;
    this.#inventory = new Inventory(() => {
      for (const listener of this.#listeners) listener();
    }, options.limits);
    const all = Object.entries(resources(options.nodeName)) as [Kind, Resource][];
    this.#reflectors = new Map(all.map(([kind, resource]) => [kind, this.#reflector(kind, resource)]));
  }

  /** Calls back when something has changed that pods belong to. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Begins to follow everything. Resolves when all is listed, or that has taken too long. */
  async begin(signal: AbortSignal): Promise<void> {
    const reflectors = [...this.#reflectors.values()];
    for (const reflector of reflectors) void reflector.run(this.#stop.signal);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, beginMs);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([Promise.all(reflectors.map((reflector) => reflector.listed)), late]);
    clearTimeout(timer);
    const missing = [...this.#reflectors].filter(([, reflector]) => !reflector.isListed).map(([kind]) => kind);
    if (missing.length === 0 || signal.aborted) return;
    this.#options.logger.log('warning', 'Kubernetes has not told of all yet; it is asked on', {
      missing: missing.join(', '),
    });
  }

  pod(uid: string): PodContext | undefined {
    return this.#inventory.pod(uid);
  }

  /** Whether nothing more is to be expected soon for a pod: it is known with all that it belongs to, or can't be. */
  isComplete(uid: string): boolean {
    return this.#inventory.isComplete(uid, (kind) => this.#reflectors.get(kind)!.isListed);
  }

  get counts(): KubernetesCounts {
    const each = [...this.#reflectors.values()].map(({ counts }) => counts);
    const sum = (name: 'lists' | 'watches' | 'expired' | 'failures'): number =>
      each.reduce((total, counts) => total + counts[name], 0);
    return {
      objects: Object.fromEntries([...this.#reflectors.keys()].map((kind) => [kind, this.#inventory.size(kind)])),
      refused: this.#inventory.refused,
      unknownPods: this.#inventory.unknown,
      lists: sum('lists'),
      watches: sum('watches'),
      expired: sum('expired'),
      failures: sum('failures'),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#options.client.close();
  }

  #reflector(kind: Kind, resource: Resource): Reflector {
    const inventory = this.#inventory;
    return new Reflector({
      client: this.#options.client,
      resource,
      timing: this.#options.timing ?? usualTiming,
      uidOf: (object) => readRecord(kind, object)?.uid,
      sink: {
        put(object) {
          const record = readRecord(kind, object);
          if (record !== undefined) inventory.put(kind, record);
        },
        delete(object) {
          const record = readRecord(kind, object);
          if (record !== undefined) inventory.delete(kind, record.uid);
        },
        listed: (uids) => inventory.keepOnly(kind, uids),
      },
      onProblem: (reason) => this.#problem(kind, reason),
    });
  }

  /** Said once for a kind: it is asked again and again. */
  #problem(kind: Kind, reason: string): void {
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.#options.logger.log('warning', 'Kubernetes does not tell of its objects', { kind, reason });
  }
}
