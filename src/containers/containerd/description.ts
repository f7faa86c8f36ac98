import { type ContainerDescription, containerTypes, type MountDescription } from '../../model/container-engine.ts';
import {
  asInteger,
  asLabels,
  asList,
  asObject,
  asText,
  emptyDescription,
  known,
  type Raw,
  splitImage,
} from '../describe.ts';

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);

function specOf(container: Raw): Raw {
  try {
    return asObject(JSON.parse(asObject(container['spec'])['value'] as string));
  } catch {
    return {};
  }
}

/** What comes from the host: file systems such as proc are not among what engines list. */
function mountsOf(spec: Raw): MountDescription[] {
  const mounts = asList(spec['mounts']).map(asObject);
  return mounts.filter(isBind).map((mount) => {
    const options = asList(mount['options']).map(asText);
    return {
      Source: asText(mount['source']),
      Destination: asText(mount['destination']),
      Mode: '',
      RW: !options.includes('ro'),
      Propagation: options.find((option) => propagations.has(option)) ?? '',
    };
  });
}

function isBind(mount: Raw): boolean {
  return mount['type'] === 'bind' || asList(mount['options']).some((option) => option === 'bind' || option === 'rbind');
}

/** A container without a namespace of its own has that of the host; undefined: the spec tells nothing of them. */
function usesHost(spec: Raw, type: string): boolean | undefined {
  const { namespaces } = asObject(spec['linux']);
  if (!Array.isArray(namespaces)) return undefined;
  return !asList(namespaces).some((item) => asObject(item)['type'] === type);
}

/** Reads a Container message of containerd; its spec is the JSON of the OCI runtime specification. */
export function readContainerdContainer(container: Raw, labelMaxLength: number): ContainerDescription {
  const spec = specOf(container);
  const { labels } = container;
  const all = labels instanceof Map ? Object.fromEntries(labels as Map<string, unknown>) : {};
  const image = asText(container['image']);
  const { repository, tag, digest } = splitImage(image);
  const id = asText(container['id']);
  const uid = asInteger(asObject(asObject(spec['process'])['user'])['uid']);
  return {
    ...emptyDescription(id, containerTypes.containerd),
    name: asText(all['nerdctl/name']) || id,
    image,
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
    User: uid === undefined ? '' : String(uid),
    labels: asLabels(all, labelMaxLength),
    Mounts: mountsOf(spec),
    ...known({
      host_pid: usesHost(spec, 'pid'),
      host_network: usesHost(spec, 'network'),
      host_ipc: usesHost(spec, 'ipc'),
      created_time: asInteger(asObject(container['createdAt'])['seconds']),
    }),
  };
}
