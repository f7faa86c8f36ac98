import { release } from 'node:os';
import type { LogFields } from '../base/log.ts';
import { type Capability, capabilityOf } from '../app/rights/capabilities.ts';
import { comeFirst, missingCapabilities, restrictRights } from '../app/rights/restrict.ts';
import { neededToWrite } from '../app/rights/writable.ts';
import { CommandError, type Io } from './command.ts';
import { type Options, UsageError } from './options.ts';

/** Ports below are for those that have a capability for them. */
const firstFreePort = 1024;

/** Priority of what watches: most programs have 0, -20 comes before all others. */
const usualNice = -10;

/** Options of commands that watch this machine. */
export const rightsOptions = {
  'keep-capability': {
    value: 'NAME',
    repeat: true,
    about: 'Capability to keep beside those that are needed, e.g. net_bind_service; all: give up none.',
  },
  nice: {
    value: 'N',
    about: `Priority of Saker, -20 to 19: lower ones come first (default ${usualNice}, so that a busy machine has no events lost; 0: as others).`,
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

/** @throws UsageError */
export function parseNice(text: string | undefined, option: string): number {
  if (text === undefined) return usualNice;
  const nice = Number(text);
  if (!/^-?\d{1,2}$/.test(text) || nice < -20 || nice > 19)
    throw new UsageError(`${option}: '${text}' is no number from -20 to 19`, 'e.g. -10; see nice(2)');
  return nice;
}

/**
 * Leaves this process the rights that watching needs: where it has more, it is executed anew and this does not return. Its
 * priority is raised before.
 * @param more capabilities to keep besides; undefined: all.
 * @returns what is to be said about it.
 */
export function giveUpRights(
  { rights }: Io,
  more: readonly Capability[] | undefined,
  nice = usualNice,
): RightsNote | undefined {
  if (rights === undefined) return undefined;
  try {
    rights.status();
  } catch (error) {
    throw new CommandError(
      `/proc, which tells of all processes, can't be read: ${(error as Error).message}; is it mounted?`,
    );
  }
  comeFirst(rights, nice);
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
