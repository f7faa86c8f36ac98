import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMessage } from 'node:util';
import {
  type Capability,
  capabilitiesOf,
  capabilityMask,
  neededCapabilities,
  priorityCapability,
} from './capabilities.ts';

/** What native/rights/addon.c exports. */
interface Addon {
  /** Leaves the calling thread no more than these rights, after execve, too. @returns 0 or a negative error number. */
  restrict(low: number, high: number): number;
}

/** The process, as far as this is about it; a test gives its own. */
export interface RightsHost {
  /** Text of /proc/self/status. */
  status(): string;
  /** @throws Error that says why not. */
  restrict(low: number, high: number): void;
  /** Executes this program anew, with the same arguments and `marker` in its environment. */
  restart(marker: readonly [name: string, value: string]): void;
  /** Its priority: -20 to 19, lower ones come first. */
  nice(): number;
  /** @throws Error that says why not. */
  setNice(nice: number): void;
  readonly environment: Record<string, string | undefined>;
}

/** Set for the program that was executed anew, so that it is done once whatever comes of it. */
const marker = ['SAKER_RIGHTS', 'restricted'] as const;

/** What became of the rights. */
export type RightsOutcome =
  | { readonly kind: 'restricted' }
  /** They are as they were. */
  | { readonly kind: 'kept'; readonly reason: string };

function entry(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0';
}

/**
 * Gives up all capabilities but those that a live session needs, and the possibility to gain any (no_new_privs), by
 * executing the program anew: does not return then, but with that second program. Where nothing can be given up, or was
 * already, it returns at once.
 * @param more capabilities to keep besides.
 */
export function restrictRights(host: RightsHost, more: readonly Capability[]): RightsOutcome {
  const [name, value] = marker;
  if (host.environment[name] === value) {
    delete host.environment[name];
    return { kind: 'restricted' };
  }
  const kept = new Set<Capability>([...(Object.keys(neededCapabilities) as Capability[]), ...more]);
  const status = host.status();
  const held = new Set([...capabilitiesOf(entry(status, 'CapPrm')), ...capabilitiesOf(entry(status, 'CapBnd'))]);
  if (!held.has('SYS_RESOURCE') && host.nice() < 0) kept.add(priorityCapability);
  if (held.isSubsetOf(kept) && entry(status, 'NoNewPrivs') === '1') return { kind: 'restricted' };
  const { low, high } = capabilityMask(kept);
  try {
    host.restrict(low, high);
  } catch (error) {
    return { kind: 'kept', reason: (error as Error).message };
  }
  host.restart(marker);
  return { kind: 'restricted' };
}

/**
 * Has this process come before others (setpriority), and all that it is executed anew as: events wait in bounded memory for
 * it, and whoever keeps all processors busy could otherwise have some lost. Does nothing where it comes first already, or
 * may not (CAP_SYS_NICE).
 * @param nice -20 to 19; lower ones come first.
 */
export function comeFirst(host: RightsHost, nice: number): void {
  if (host.nice() <= nice || !capabilitiesOf(entry(host.status(), 'CapEff')).includes('SYS_NICE')) return;
  host.setNice(nice);
}

/**
 * Names of needed capabilities that this process does not have, each with what it is for.
 * @param release of the kernel, as uname has it.
 */
export function missingCapabilities(status: string, release: string): string[] {
  const held = new Set(capabilitiesOf(entry(status, 'CapEff')));
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  // Later kernels don't count maps as locked memory.
  if (major > 5 || (major === 5 && minor >= 11)) held.add('SYS_RESOURCE');
  return Object.entries(neededCapabilities)
    .filter(([name]) => !held.has(name as Capability))
    .map(([name, reason]) => `CAP_${name} (${reason})`);
}

/** The scheduler first weighs sessions against each other (autogroup): where this one is Saker's own, it is raised, too. */
function raise(nice: number): void {
  setPriority(nice);
  const session = /^.*\) \S \d+ \d+ (\d+)/s.exec(readFileSync('/proc/self/stat', 'latin1'))?.[1];
  if (Number(session) !== process.pid) return;
  try {
    writeFileSync('/proc/self/autogroup', String(nice));
  } catch {
    // Kernels without such groups.
  }
}

/** This process. @param restart executes it anew with an environment. */
export function thisProcess(restart: (environment: Record<string, string | undefined>) => void): RightsHost {
  return {
    status: () => readFileSync('/proc/self/status', 'latin1'),
    restrict(low, high) {
      const path = fileURLToPath(new URL('../../../build/native/saker-rights.node', import.meta.url));
      const addon = createRequire(import.meta.url)(path) as Addon;
      const result = addon.restrict(low, high);
      if (result < 0) throw new Error(getSystemErrorMessage(result));
    },
    restart: ([name, value]) => restart({ ...process.env, [name]: value }),
    nice: () => getPriority(),
    setNice: raise,
    environment: process.env,
  };
}
