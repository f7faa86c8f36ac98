import type { ContainerDescription, MountDescription } from '../model/container-engine.ts';

/** A JSON object of which nothing is known. */
export type Raw = Readonly<Record<string, unknown>>;

const shortLength = 12;
const maxText = 4096;
const maxItems = 256;
const hexId = /^[0-9a-f]{64}$/;

export function asObject(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, maxItems) : [];
}

/** A text, cut to a length that no honest name has; '' for anything else. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, maxText) : '';
}

export function asFlag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

export function asInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** Labels whose value is no longer than `maxLength`, and of those a bounded number. */
export function asLabels(value: unknown, maxLength: number): Record<string, string> {
  const labels: [string, string][] = [];
  for (const [name, text] of Object.entries(asObject(value))) {
    if (labels.length >= maxItems) break;
    if (typeof text === 'string' && text.length <= maxLength && name.length <= maxText) labels.push([name, text]);
  }
  // Not by assignment: a label may be called __proto__.
  return Object.fromEntries(labels);
}

/** A whole id: 64 hex digits. Anything else is not taken for one. */
export function asId(value: unknown): string | undefined {
  return typeof value === 'string' && hexId.test(value) ? value : undefined;
}

/** Whether a short id is that of an engine whose ids are 64 hex digits. */
export function isShortHexId(id: string): boolean {
  return /^[0-9a-f]{12}$/.test(id);
}

export function shortId(id: string): string {
  return id.slice(0, shortLength);
}

/** An id of an image without the name of its hash. */
export function imageId(value: unknown): string {
  return asText(value).replace(/^sha256:/, '');
}

/** Repository, tag and digest of `repository[:tag][@digest]`; a colon before the last slash belongs to a port. */
export function splitImage(image: string): { repository: string; tag: string; digest: string } {
  const at = image.indexOf('@');
  const named = at < 0 ? image : image.slice(0, at);
  const digest = at < 0 ? '' : image.slice(at + 1);
  const colon = named.lastIndexOf(':');
  if (colon <= named.lastIndexOf('/')) return { repository: named, tag: '', digest };
  return { repository: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}

/** Of an image's `repository@digest` names the digest of that repository, else of the first. */
export function digestOf(names: readonly unknown[], repository: string): string {
  const texts = names.map(asText).filter((name) => name.includes('@'));
  const own = texts.find((name) => name.startsWith(`${repository}@`)) ?? texts[0] ?? '';
  return own.slice(own.indexOf('@') + 1);
}

/** A mount as engines of the Docker kind list it. */
export function asMount(value: unknown): MountDescription {
  const mount = asObject(value);
  return {
    Source: asText(mount['Source']),
    Destination: asText(mount['Destination']),
    Mode: asText(mount['Mode']),
    RW: mount['RW'] === true,
    Propagation: asText(mount['Propagation']),
  };
}

/** A description with nothing but the id. */
export function emptyDescription(fullId: string, type: number): ContainerDescription {
  return {
    id: shortId(fullId),
    full_id: fullId,
    type,
    name: '',
    image: '',
    imageid: '',
    imagerepo: '',
    imagetag: '',
    imagedigest: '',
    User: '',
    ip: '',
    cni_json: '',
    is_pod_sandbox: false,
    pod_sandbox_id: '',
    labels: {},
    pod_sandbox_labels: {},
    Mounts: [],
    port_mappings: [],
  };
}

/** Leaves out what an engine did not say. */
export function known<T extends Raw>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
