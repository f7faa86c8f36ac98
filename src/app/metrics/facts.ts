import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, networkInterfaces, release } from 'node:os';
import path from 'node:path';
import type { HashedFile, NetworkInterface, RunFacts } from './measures.ts';
import { bootTime, type ReadText, readResources, type Resources } from './resources.ts';

const readText: ReadText = (file) => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
};

/** What a run is made from, for its facts. */
export interface RunMaterial {
  readonly version: string;
  readonly hostname: string;
  readonly hostRoot: string;
  readonly engine: string | undefined;
  readonly configFiles: readonly string[];
  readonly rulesFiles: readonly string[];
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/** The facts of a run that begins now. */
export function runFacts(material: RunMaterial): RunFacts {
  return {
    version: material.version,
    hostname: material.hostname,
    kernelRelease: release(),
    cpus: cpus().length,
    startTime: BigInt(Math.trunc(performance.timeOrigin)) * 1_000_000n,
    reloadTime: nowNs(),
    bootTime: bootTime(readText, material.hostRoot),
    engine: material.engine,
    configFiles: hashed(material.configFiles),
    rulesFiles: hashed(material.rulesFiles),
  };
}

/** A file that is gone by now has no hash. */
function hashed(files: readonly string[]): HashedFile[] {
  return files.flatMap((file) => {
    const text = readText(file);
    if (text === undefined) return [];
    return [{ name: path.basename(file), sha256: createHash('sha256').update(text, 'latin1').digest('hex') }];
  });
}

/** What this program and its machine use now. @param cgroupMemory the file that tells the container's memory. */
export function currentResources(hostRoot: string, cgroupMemory: string | undefined): Resources {
  const containerMemory =
    cgroupMemory === undefined
      ? ['/sys/fs/cgroup/memory/memory.usage_in_bytes', '/sys/fs/cgroup/memory.current']
      : [cgroupMemory];
  const { user, system } = process.cpuUsage();
  const usage = { cpuSeconds: (user + system) / 1e6, seconds: process.uptime() };
  return readResources(readText, { hostRoot, containerMemory }, usage);
}

/** The addresses that others can reach. */
export function currentInterfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) => {
    const of = (family: string): string[] =>
      addresses.filter((item) => !item.internal && item.family === family).map((item) => item.address);
    const [ipv4, ipv6] = [of('IPv4'), of('IPv6')];
    return ipv4.length + ipv6.length === 0 ? [] : [{ name, ipv4, ipv6 }];
  });
}
