import { encodeBytes } from '../base/utf8.ts';

// What is kept of the API server's objects: only what fields or the ties between objects need. Text becomes byte strings.

/** Kinds of objects that are followed. */
export type Kind =
  | 'pods'
  | 'namespaces'
  | 'nodes'
  | 'services'
  | 'deployments'
  | 'replicasets'
  | 'replicationcontrollers';

/** The controller of an object: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/ */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** An object of any kind. What other kinds have is empty. */
export interface KubernetesRecord {
  readonly name: string;
  readonly uid: string;
  /** Empty for namespaces and nodes. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: Owner | undefined;
  /** Pods: the address, the node, and for static pods the hash that stands in their cgroups instead of the uid. */
  readonly ip: string;
  readonly nodeName: string;
  readonly configHash: string;
  /** Services: the labels that pods need; undefined: it selects none. */
  readonly selector: Readonly<Record<string, string>> | undefined;
}

const maxLabels = 256;
/** Names have at most 253 characters, names of labels 317 with their prefix, values 63. */
const maxText = 320;
const staticPodHash = 'kubernetes.io/config.hash';

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' && value.length <= maxText ? encodeBytes(value) : '';
}

/** Sorted by name, so that they always show in the same order. */
function labelsOf(value: unknown): Record<string, string> {
  const labels: [string, string][] = [];
  for (const [name, text] of Object.entries(objectOf(value))) {
    if (typeof text !== 'string' || text.length > maxText || name.length > maxText) continue;
    if (labels.push([encodeBytes(name), encodeBytes(text)]) === maxLabels) break;
  }
  return Object.fromEntries(labels.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ownerOf(value: unknown): Owner | undefined {
  if (!Array.isArray(value)) return undefined;
  const owner = value.map(objectOf).find((item) => item['controller'] === true);
  if (owner === undefined) return undefined;
  return { kind: textOf(owner['kind']), name: textOf(owner['name']), uid: textOf(owner['uid']) };
}

/** An object as the API server sends it; undefined: it has no name or uid. */
export function readRecord(kind: Kind, value: unknown): KubernetesRecord | undefined {
  const { metadata, spec, status } = objectOf(value);
  const meta = objectOf(metadata);
  const name = textOf(meta['name']);
  const uid = textOf(meta['uid']);
  if (name === '' || uid === '') return undefined;
  const isPod = kind === 'pods';
  const selector = kind === 'services' ? labelsOf(objectOf(spec)['selector']) : {};
  return {
    name,
    uid,
    namespace: textOf(meta['namespace']),
    labels: labelsOf(meta['labels']),
    owner: ownerOf(meta['ownerReferences']),
    ip: isPod ? textOf(objectOf(status)['podIP']) : '',
    nodeName: isPod ? textOf(objectOf(spec)['nodeName']) : '',
    configHash: isPod ? textOf(objectOf(meta['annotations'])[staticPodHash]) : '',
    selector: Object.keys(selector).length === 0 ? undefined : selector,
  };
}

/** Whether a service selects a pod: all that it asks for is among the labels. */
export function selects(service: KubernetesRecord, labels: KubernetesRecord['labels']): boolean {
  const { selector } = service;
  if (selector === undefined) return false;
  return Object.entries(selector).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}
