import type { Config } from './keys.ts';

/** The `init_config` of a plugin: keys and values. */
export type Section = Readonly<Record<string, unknown>>;

/** Whether the configuration loads a plugin: all that it describes, or those that it lists. */
export function loadsPlugin(config: Config, name: string): boolean {
  return config.load_plugins?.includes(name) ?? config.plugins.some((plugin) => plugin.name === name);
}

/** What a plugin's `init_config` says: a map, or the same as JSON in a text. What is wrong with it is added to the problems. */
export function initConfigOf(config: Config, name: string, problems: string[]): Section {
  const init = config.plugins.find((plugin) => plugin.name === name)?.initConfig ?? '';
  if (typeof init !== 'string') return asSection(init, 'init_config', problems);
  if (init.trim() === '') return {};
  try {
    return asSection(JSON.parse(init), 'init_config', problems);
  } catch {
    problems.push('init_config is a text that is no JSON');
    return {};
  }
}

/** A map within it. */
export function asSection(value: unknown, name: string, problems: string[]): Section {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Section;
  problems.push(`'${name}' has to be a map of keys and values`);
  return {};
}
