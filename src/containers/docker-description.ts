import { isIPv4 } from 'node:net';
import type { ContainerDescription, PortDescription } from '../model/container-engine.ts';
import {
  asFlag,
  asId,
  asInteger,
  asLabels,
  asList,
  asMount,
  asObject,
  asText,
  digestOf,
  emptyDescription,
  imageId,
  known,
  type Raw,
  splitImage,
} from './describe.ts';

/** Address of the container: its own, or that of the first of its networks that gave it one. */
function address(settings: Raw): string {
  const own = asText(settings['IPAddress']);
  if (own !== '') return own;
  for (const network of Object.values(asObject(settings['Networks']))) {
    const ip = asText(asObject(network)['IPAddress']);
    if (ip !== '') return ip;
  }
  return '';
}

function ipNumber(text: string): number {
  return isIPv4(text) ? Buffer.from(text.split('.').map(Number)).readUInt32BE() : 0;
}

/** `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}` as a list. */
function ports(value: unknown): PortDescription[] {
  const found: PortDescription[] = [];
  for (const [name, bindings] of Object.entries(asObject(value)).slice(0, 256)) {
    const inside = Number.parseInt(name, 10);
    for (const binding of asList(bindings).map(asObject)) {
      const outside = Number.parseInt(asText(binding['HostPort']), 10);
      if (!isPort(inside) || !isPort(outside)) continue;
      found.push({ HostIp: ipNumber(asText(binding['HostIp'])), HostPort: outside, ContainerPort: inside });
    }
  }
  return found.slice(0, 256);
}

function isPort(value: number): boolean {
  return value >= 0 && value <= 65_535;
}

function seconds(value: unknown): number | undefined {
  const ms = Date.parse(asText(value));
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.floor(ms / 1000);
}

/** A container made by the id of an image has that as its name: then the image's own first name is better. */
function imageName(config: Raw, image: Raw): string {
  const given = asText(config['Image']);
  if (given !== '' && !given.startsWith('sha256:')) return given;
  return asText(asList(image['RepoTags'])[0]) || given;
}

/**
 * Reads the answers of `GET /containers/{id}/json` and `GET /images/{id}/json` of the Docker Engine API.
 * @param image {} where the engine did not tell of it.
 * @returns undefined when it is no such answer.
 */
export function readDockerContainer(
  answer: unknown,
  image: unknown,
  type: number,
  labelMaxLength: number,
): ContainerDescription | undefined {
  const root = asObject(answer);
  const id = asId(root['Id']);
  if (id === undefined) return undefined;
  const config = asObject(root['Config']);
  const host = asObject(root['HostConfig']);
  const network = asObject(root['NetworkSettings']);
  const name = imageName(config, asObject(image));
  const { repository, tag, digest } = splitImage(name);
  return {
    ...emptyDescription(id, type),
    name: asText(root['Name']).replace(/^\//, ''),
    image: name,
    imageid: imageId(root['Image']),
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest || digestOf(asList(asObject(image)['RepoDigests']), repository),
    User: asText(config['User']),
    ip: address(network),
    labels: asLabels(config['Labels'], labelMaxLength),
    Mounts: asList(root['Mounts']).map(asMount),
    port_mappings: ports(network['Ports']),
    ...known({
      privileged: asFlag(host['Privileged']),
      host_pid: isHost(host['PidMode']),
      host_network: isHost(host['NetworkMode']),
      host_ipc: isHost(host['IpcMode']),
      created_time: seconds(root['Created']),
      cpu_shares: asInteger(host['CpuShares']),
      cpu_quota: asInteger(host['CpuQuota']),
      cpu_period: asInteger(host['CpuPeriod']),
      memory_limit: asInteger(host['Memory']),
      swap_limit: asInteger(host['MemorySwap']),
    }),
  };
}

function isHost(mode: unknown): boolean | undefined {
  return typeof mode === 'string' ? mode === 'host' : undefined;
}

/** Attributes of events that are no labels of the container. */
const ownAttributes = new Set([
  'name',
  'image',
  'exitCode',
  'containerExitCode',
  'execID',
  'execDuration',
  'signal',
  'PodID',
]);

/** What an event of the engine's stream says of its container: name, image and labels. */
export function readDockerEvent(
  id: string,
  attributes: unknown,
  type: number,
  labelMaxLength: number,
): ContainerDescription {
  const { name, image } = asObject(attributes);
  const { repository, tag, digest } = splitImage(asText(image));
  const labels = Object.entries(asLabels(attributes, labelMaxLength)).filter(([key]) => !ownAttributes.has(key));
  return {
    ...emptyDescription(id, type),
    name: asText(name),
    image: asText(image),
    imagerepo: repository,
    imagetag: tag,
    imagedigest: digest,
    labels: Object.fromEntries(labels),
  };
}
