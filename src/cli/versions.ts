import { engineVersion } from '../engine/loader/version.ts';
import { readFileSync } from 'node:fs';

/** What Saker calls itself, and the versions of what it is compatible with. */
export interface Versions {
  readonly saker: string;
  /** The Falco whose flags, files and alerts this is. */
  readonly falco: string;
  readonly libs: string;
  readonly pluginApi: string;
  readonly engine: string;
  readonly driverApi: string;
  readonly driverSchema: string;
}

export function versions(): Versions {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return {
    saker: (manifest as { version: string }).version,
    falco: '0.44.0',
    libs: '0.25.0',
    pluginApi: '3.12.0',
    engine: engineVersion,
    driverApi: '10.1.0',
    driverSchema: '4.5.1',
  };
}
