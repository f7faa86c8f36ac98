import { readFileSync } from 'node:fs';
import { machine, release, type as systemName, version as systemVersion, hostname } from 'node:os';
import { type Json, toJson, toPrettyJson } from '../../base/json.ts';
import { configSchema } from '../../app/config/schema.ts';
import { versions, versionsJson } from '../versions.ts';
import { type FalcoContext, FalcoError } from './context.ts';
import { ruleSchema } from './rule-schema.ts';
import type { FalcoRules } from './rules.ts';

/** --version. */
export function printVersion({ config, io }: FalcoContext): number {
  if (config.json_output) {
    io.out(`${toJson(versionsJson())}\n`);
    return 0;
  }
  const { falco, libs, pluginApi, engine, driverApi, driverSchema, saker } = versions();
  io.out(
    `Falco version: ${falco}\nLibs version:  ${libs}\nPlugin API:    ${pluginApi}\nEngine:        ${engine}\n` +
      `Driver:\n  API version:    ${driverApi}\n  Schema version: ${driverSchema}\n  Default driver: ${driverApi}\n` +
      `Saker:         ${saker}\n`,
  );
  return 0;
}

/** The values of all keys in the form of a falco.yaml. */
function configTree(config: FalcoContext['config']): Json {
  const root: Record<string, Json> = {};
  for (const [name, value] of Object.entries(config)) {
    const parts = name.split('.');
    const last = parts.pop()!;
    let map = root;
    for (const part of parts) map = (map[part] ??= {}) as Record<string, Json>;
    map[last] = value as Json;
  }
  return root;
}

/** --support. */
export function printSupport({ loaded, config, io }: FalcoContext, rules: FalcoRules, args: readonly string[]): number {
  const report: Json = {
    version: versions().falco,
    system_info: {
      sysname: systemName(),
      nodename: hostname(),
      release: release(),
      version: systemVersion(),
      machine: machine(),
    },
    engine_info: versionsJson(),
    cmdline: ['falco', ...args].join(' '),
    // JSON is YAML in its flow style.
    config: toJson(configTree(config)),
    config_files: [...loaded.files],
    rules_files: rules.files.map((name) => ({ name, variants: [{ content: readFileSync(name, 'utf8') }] })),
  };
  io.out(`${toJson(report)}\n`);
  return 0;
}

/** --config-schema. */
export function printConfigSchema(io: FalcoContext['io']): number {
  io.out(`${toPrettyJson(configSchema())}\n`);
  return 0;
}

/** --rule-schema. */
export function printRuleSchema(io: FalcoContext['io']): number {
  io.out(`${toPrettyJson(ruleSchema())}\n`);
  return 0;
}

const pageSizeEntry = 6n;

/** --page-size. */
export function printPageSize(io: FalcoContext['io']): number {
  // Pairs of kind and value, as the kernel hands them to each program.
  const auxiliary = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= auxiliary.length; at += 16) {
    if (auxiliary.readBigUInt64LE(at) !== pageSizeEntry) continue;
    io.out(`Your system page size is: ${auxiliary.readBigUInt64LE(at + 8)} bytes\n`);
    return 0;
  }
  throw new FalcoError('the kernel does not tell the size of its pages');
}
