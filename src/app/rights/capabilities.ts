/** Capabilities by their bit (linux/capability.h), as the kernel and container tools call them, without CAP_. */
const capabilityNames = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
] as const;
export type Capability = (typeof capabilityNames)[number];

/** What a live session keeps, and why; everything else is given up. */
export const neededCapabilities: Readonly<Partial<Record<Capability, string>>> = {
  BPF: 'loads the kernel programs and their maps',
  PERFMON: 'lets these programs read kernel memory and attaches them to tracepoints',
  SYS_PTRACE: 'reads executable, directory, root and descriptors of other processes in /proc',
  DAC_READ_SEARCH:
    "enters the folders of other users' processes in /proc and reads rules and accounts wherever they are",
  SYS_RESOURCE:
    'raises the limit of locked memory, in which kernels before 5.11 count the maps, and that of priorities for the thread that empties the rings',
};

/** Kept besides by who has no SYS_RESOURCE: the thread that empties the rings then comes before all others by this one. */
export const priorityCapability: Capability = 'SYS_NICE';

/** The capability of a name in any case, with CAP_ in front or without; undefined: there is none. */
export function capabilityOf(name: string): Capability | undefined {
  const plain = name.toUpperCase().replace(/^CAP_/, '');
  return capabilityNames.find((known) => known === plain);
}

/** A set as the kernel has it: the lower and upper 32 bits. */
export function capabilityMask(names: Iterable<Capability>): { readonly low: number; readonly high: number } {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(capabilityNames.indexOf(name));
  return { low: Number(mask & 0xffffffffn), high: Number(mask >> 32n) };
}

/** Names of a set as /proc/PID/status shows it. */
export function capabilitiesOf(hex: string): Capability[] {
  const mask = BigInt(`0x${hex}`);
  return capabilityNames.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n);
}
