import type { SessionCounts } from '../session-types.ts';
import type { Resources } from './resources.ts';

/** Which groups are shown, and how; the names are those of falco.yaml's `metrics`. */
export interface MetricsSettings {
  readonly rules: boolean;
  readonly resources: boolean;
  readonly state: boolean;
  /** What comes from the kernel; a capture has no such counters. */
  readonly kernel: boolean;
  /** The same by CPU. */
  readonly perCpu: boolean;
  /** What was there when watching began. */
  readonly iterators: boolean;
  /** How the programs in the kernel run. */
  readonly programs: boolean;
  /** Memory in megabytes instead of kilobytes and bytes; for snapshots. */
  readonly inMegabytes: boolean;
  /** Also what is zero; for snapshots. */
  readonly includeEmpty: boolean;
}

/** A file that a run was made from. */
export interface HashedFile {
  /** Without its folder. */
  readonly name: string;
  readonly sha256: string;
}

/** What does not change during a run. Times in nanoseconds since the epoch. */
export interface RunFacts {
  readonly version: string;
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly cpus: number;
  readonly startTime: bigint;
  /** When configuration and rules were read last. */
  readonly reloadTime: bigint;
  /** undefined: the kernel's file that has it can't be read. */
  readonly bootTime: bigint | undefined;
  /** By Falco's names; undefined in a replay. */
  readonly engine: string | undefined;
  readonly configFiles: readonly HashedFile[];
  readonly rulesFiles: readonly HashedFile[];
}

/** Everything that is shown, at one moment. */
export interface Measures {
  readonly time: bigint;
  readonly facts: RunFacts;
  readonly counts: SessionCounts;
  readonly resources: Resources;
  readonly interfaces: readonly NetworkInterface[];
}

/** Addresses of a network interface; loopback is none of them. */
export interface NetworkInterface {
  readonly name: string;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** As Falco makes names of rules and files fit for keys. */
export function metricName(text: string): string {
  return text
    .replace(/[^a-zA-Z0-9_:]+/g, '_')
    .replace(/_+/g, '_')
    .replace(/_$/, '');
}

export function sum(counts: ReadonlyMap<unknown, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
