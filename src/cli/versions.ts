import type { Json } from '../base/json.ts';
import { builtInPlugins, engineVersion } from '../engine/loader/version.ts';
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

/** Without a configuration Falco loads that one. */
const alwaysLoaded = builtInPlugins.filter(({ name }) => name === 'container');

/** The same as Falco tells them to programs: --version with json_output, and /versions of the web server. */
export function versionsJson(): { readonly [key: string]: Json } {
  const { falco, libs, pluginApi, engine, driverApi, driverSchema, saker } = versions();
  return {
    default_driver_version: driverApi,
    driver_api_version: driverApi,
    driver_schema_version: driverSchema,
    engine_version: engine.split('.')[1]!,
    engine_version_semver: engine,
    falco_version: falco,
    libs_version: libs,
    plugin_api_version: pluginApi,
    plugin_versions: Object.fromEntries(alwaysLoaded.map(({ name, version }) => [name, version])),
    saker_version: saker,
  };
}
