import type { KubernetesView } from './kubernetes.ts';
import type { Thread } from './thread.ts';

/** An account; text is byte strings. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
  readonly shell: string;
}

/** A group of accounts. */
export interface Group {
  readonly gid: number;
  readonly name: string;
}

export interface Mount {
  readonly source: string;
  readonly dest: string;
  readonly mode: string;
  readonly rdwr: boolean;
  readonly propagation: string;
}

/** What a container engine says of a container. Text is byte strings; undefined means that the engine did not say. */
export interface Container {
  /** First 12 characters. */
  readonly id: string;
  readonly fullId: string;
  readonly name: string;
  readonly type: string;
  readonly image: string;
  readonly imageId: string;
  readonly imageRepository: string;
  readonly imageTag: string;
  readonly imageDigest: string;
  readonly privileged: boolean | undefined;
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly ip: string;
  readonly cniJson: string;
  readonly isPodSandbox: boolean;
  readonly podSandboxId: string;
  readonly podSandboxLabels: Readonly<Record<string, string>>;
  readonly hostPid: boolean | undefined;
  readonly hostNetwork: boolean | undefined;
  readonly hostIpc: boolean | undefined;
}

/** A network interface's address: 4 or 16 raw bytes in a byte string. */
export interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
  readonly netmask: string;
  readonly broadcast: string;
  readonly linkSpeed: bigint;
}

/** The state of the watched machine as fields and rules may read it; src/state keeps it. */
export interface Machine {
  readonly hostname: string;
  /** Nanoseconds since the epoch of the first event; 0n before it. */
  readonly firstEventTime: bigint;
  thread(tid: number): Thread | undefined;
  threads(): Iterable<Thread>;
  /** By the id of the container that the process runs in, or 'host'. */
  user(containerId: string, uid: number): User | undefined;
  group(containerId: string, gid: number): Group | undefined;
  container(id: string): Container | undefined;
  interfaces(): readonly InterfaceAddress[];
  /** Whether an address (4 or 16 raw bytes) belongs to this machine. */
  isLocalAddress(address: string): boolean;
  /** A host name, of those that rules mention, that resolves to an address; absent where names are not resolved. */
  readonly hostName?: ((address: string) => string | undefined) | undefined;
  /** What the API server of the cluster tells of pods; absent: it is not asked. */
  readonly kubernetes?: KubernetesView | undefined;
}

/**
 * State of a machine at one moment, as a capture's header blocks hold it or a scan of /proc finds it: read by the
 * state at start, written at the head of every capture.
 */
export interface Snapshot {
  machine?: MachineInfo;
  threads?: ThreadSnapshot[];
  interfaces?: InterfaceAddress[];
  users?: User[];
  groups?: Group[];
  /** Descriptors by the tid of the process that holds them. */
  fds?: { tid: number; entries: FdSnapshot[] }[];
}

/** The machine, as the first block of a capture describes it. */
export interface MachineInfo {
  readonly cpus: number;
  readonly memoryBytes: bigint;
  readonly maxPid: bigint;
  readonly hostname: string;
  /** Boot time, nanoseconds since the epoch. */
  readonly bootTime: bigint;
  readonly flags: bigint;
  /**
   * Whether Saker watched it, then or now. Falco knows the boot time only while it watches, and of a capture computes starts of pid
   * namespaces without it; of its own recordings Saker shows what it showed live.
   */
  readonly isOwn: boolean;
}

/** The values of a Thread that a capture's process list holds. */
export type ThreadSnapshot = Pick<
  Thread,
  | 'tid'
  | 'pid'
  | 'ptid'
  | 'sid'
  | 'vpgid'
  | 'pgid'
  | 'vtid'
  | 'vpid'
  | 'comm'
  | 'exe'
  | 'exepath'
  | 'args'
  | 'envBytes'
  | 'cgroups'
  | 'root'
  | 'flags'
  | 'fdLimit'
  | 'uid'
  | 'gid'
  | 'loginuid'
  | 'tty'
  | 'vmSizeKb'
  | 'vmRssKb'
  | 'vmSwapKb'
  | 'majorFaults'
  | 'minorFaults'
  | 'capInheritable'
  | 'capPermitted'
  | 'capEffective'
  | 'exeWritable'
  | 'exeUpperLayer'
  | 'exeLowerLayer'
  | 'exeFromMemfd'
  | 'exeIno'
  | 'exeInoCtime'
  | 'exeInoMtime'
  | 'pidnsInitStart'
> & {
  cwd: string;
  /** When the process began, nanoseconds since the epoch; captures do not hold it. */
  startTime?: bigint;
};

/** A descriptor as captures and /proc have it. Addresses are raw bytes in a byte string, ports numbers. */
export interface FdSnapshot {
  readonly fd: number;
  readonly type: number;
  readonly ino: number | bigint;
  readonly name: string;
  readonly openFlags: number;
  readonly dev: number;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly l4proto: number;
  readonly unixSource: string;
  readonly unixDest: string;
}
