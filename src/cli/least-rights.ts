import { release } from 'node:os';
import type { LogFields } from '../base/log.ts';
import { type Capability, capabilityOf } from '../app/rights/capabilities.ts';
import { missingCapabilities, restrictRights } from '../app/rights/restrict.ts';
import { neededToWrite } from '../app/rights/writable.ts';
import type { Io } from './command.ts';
import { type Options, UsageError } from './options.ts';

/** Ports below are for those that have a capability for them. */
const firstFreePort = 1024;

/** Options of commands that watch this machine. */
export const rightsOptions = {
  'keep-capability': {
    value: 'NAME',
    repeat: true,
    about: 'Capability to keep beside those that are needed, e.g. net_bind_service; all: give up none.',
  },
} as const satisfies Options;

/** What else a session needs rights for. */
export interface Needs {
  /** Ports to listen on. */
  readonly ports?: readonly number[];
  /** Files to write. */
  readonly files?: readonly (string | undefined)[];
}

/**
 * Capabilities by the names that a user gave, and those for what the session needs them for.
 * @returns undefined: all. @throws UsageError
 */
export function keptCapabilities(
  names: readonly string[],
  option: string,
  { ports = [], files = [] }: Needs = {},
): Capability[] | undefined {
  if (names.some((name) => name.toLowerCase() === 'all')) return undefined;
  const low: Capability[] = ports.some((port) => port < firstFreePort) ? ['NET_BIND_SERVICE'] : [];
  return [...named(names, option), ...low, ...neededToWrite(files)];
}

function named(names: readonly string[], option: string): Capability[] {
  return names.map((name) => {
    const found = capabilityOf(name);
    if (found === undefined)
      throw new UsageError(`${option}: there is no capability '${name}'`, 'e.g. net_bind_service; see capabilities(7)');
    return found;
  });
}

/**
 * Leaves this process the rights that watching needs: where it has more, it is executed anew and this does not return.
 * @param more capabilities to keep besides; undefined: all.
 * @returns what is to be said about it.
 */
export function giveUpRights({ rights }: Io, more: readonly Capability[] | undefined): RightsNote | undefined {
  if (rights === undefined) return undefined;
  if (more !== undefined) {
    const outcome = restrictRights(rights, more);
    if (outcome.kind === 'kept')
      return { message: 'capabilities can not be given up', fields: { reason: outcome.reason } };
  }
  const missing = missingCapabilities(rights.status(), release());
  if (missing.length === 0) return undefined;
  return { message: 'capabilities are missing', fields: { missing: missing.join('; ') } };
}

/** A message for the log. */
export interface RightsNote {
  readonly message: string;
  readonly fields: LogFields;
}
