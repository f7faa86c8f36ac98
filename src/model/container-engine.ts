import type { Doc, In, Out, Schema } from './schema.ts';

/**
 * What an engine says of a container: the object `container` of the JSON that `container` events of captures carry,
 * with its names. Text is ordinary UTF-16 text; what is absent the engine did not say. Engines see to it that it is of
 * bounded size.
 */
export interface ContainerDescription {
  /** First 12 characters of `full_id`. */
  readonly id: string;
  readonly full_id: string;
  /** Number of the engine, see {@link containerTypes}. */
  readonly type: number;
  readonly name: string;
  readonly image: string;
  readonly imageid: string;
  readonly imagerepo: string;
  readonly imagetag: string;
  readonly imagedigest: string;
  readonly User: string;
  readonly privileged?: boolean;
  readonly host_pid?: boolean;
  readonly host_network?: boolean;
  readonly host_ipc?: boolean;
  readonly ip: string;
  readonly cni_json: string;
  readonly is_pod_sandbox: boolean;
  readonly pod_sandbox_id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pod_sandbox_labels: Readonly<Record<string, string>>;
  readonly Mounts: readonly MountDescription[];
  readonly port_mappings: readonly PortDescription[];
  /** Seconds since the epoch. */
  readonly created_time?: number;
  readonly cpu_shares?: number;
  readonly cpu_quota?: number;
  readonly cpu_period?: number;
  readonly memory_limit?: number;
  readonly swap_limit?: number;
}

/** A mount, with the names of the JSON in `container` events. */
export interface MountDescription {
  readonly Source: string;
  readonly Destination: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** A port of the host that leads to one of the container's. */
export interface PortDescription {
  /** An IPv4 address as a number, the first of its parts in the highest byte. */
  readonly HostIp: number;
  readonly HostPort: number;
  readonly ContainerPort: number;
}

/** Numbers of container types in `container` events. */
export const containerTypes = {
  docker: 0,
  lxc: 1,
  libvirt_lxc: 2,
  cri: 6,
  containerd: 7,
  crio: 8,
  bpm: 9,
  static: 10,
  podman: 11,
} as const;

/** What an engine's event stream tells of a container. */
export type ContainerChange = 'create' | 'start' | 'remove';

/** Limits for what an engine is asked. */
export interface EngineContext {
  /** Labels whose value is longer than this are left out. */
  readonly labelMaxLength: number;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
}

/** One engine behind one socket. Nothing here throws at hostile answers except by rejecting. */
export interface OpenContainerEngine {
  /** Whether its socket is there now: engines come and go while Saker runs. */
  isThere(): boolean;
  /** Whole ids of containers that run. Rejects with what went wrong. */
  list(): Promise<readonly string[]>;
  /** Whether it can have a container with this short id at all. */
  takes(id: string): boolean;
  /** @returns what the engine knows of the container whose id begins with these 12 characters; undefined: nothing. */
  describe(id: string): Promise<ContainerDescription | undefined>;
  /**
   * Follows the engine's events, where it has such a stream, until it ends or the signal stops it. Resolves when the
   * stream has ended; rejects when it can't be had.
   */
  watch?(onChange: (change: ContainerChange, id: string) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** A kind of container engine. src/containers/<id>/index.ts default-exports one of these. */
export interface ContainerEngineSpec<C extends Schema = Schema> extends Doc {
  readonly config: C;
  readonly examples: readonly { readonly title: string; readonly config: In<C> }[];
  /** Where its sockets are unless configured; those that exist are used. */
  readonly defaultSockets: readonly string[];
  open(config: Out<C>, context: EngineContext): OpenContainerEngine;
}

/** Makes the literal of a container engine; the types of its functions follow from its schema. */
export function containerEngine<C extends Schema>(spec: ContainerEngineSpec<C>): ContainerEngineSpec<C> {
  return spec;
}
