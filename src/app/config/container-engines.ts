import type { ContainerChange } from '../../model/container-engine.ts';
import type { FixedContainer } from '../../containers/unasked.ts';
import type { UnaskedEngine } from '../../state/container-id.ts';
import { type ContainerOptions, usualContainers } from '../container-options.ts';
import { type ContainerEngineId, containerEngines } from '../registry.ts';
import type { Config } from './keys.ts';
import { asSection, initConfigOf, type Section } from './plugin-init.ts';

/** Keys of `engines` whose containers are known by their cgroups only: there is nobody to ask. */
const withoutApi: readonly UnaskedEngine[] = ['lxc', 'libvirt_lxc', 'bpm'];
/** Keys that are of no use here: metadata has its own log level, and sizes are not asked for. */
const accepted = new Set(['label_max_len', 'with_size', 'hooks', 'log_level', 'host_root', 'engines']);
const fixedKeys = new Set(['enabled', 'container_id', 'container_name', 'container_image']);
const hookNames = new Set<string>(['create', 'start']);

interface ContainerSettings {
  readonly options: ContainerOptions;
  /** What is wrong with the settings, for people; defaults stand in. */
  readonly problems: readonly string[];
}

/**
 * How the `init_config` of the plugin `container` wants engines to be asked: a map, or the same as JSON in a text.
 * @param hostRoot where the host's file system lies.
 */
export function containerSettings(config: Config, hostRoot: string): ContainerSettings {
  const problems: string[] = [];
  const section = initConfigOf(config, 'container', problems);
  for (const key of Object.keys(section)) if (!accepted.has(key)) problems.push(`unknown key '${key}'`);
  const engines = asSection(section['engines'], 'engines', problems);
  for (const key of Object.keys(engines)) {
    const isKnown = Object.hasOwn(containerEngines, key) || key === 'static' || withoutApi.some((one) => one === key);
    if (!isKnown) problems.push(`unknown engine '${key}'`);
  }
  const fixed = readFixed(engines['static'], problems);
  const options = {
    ...usualContainers,
    // One that is fixed takes the place of all.
    engines:
      fixed === undefined ? usualContainers.engines.flatMap(({ id }) => readEngine(id, engines[id], problems)) : [],
    without: new Set(
      withoutApi.filter((id) => !isEnabled(id, asSection(engines[id], `engines.${id}`, problems), problems)),
    ),
    fixed,
    labelMaxLength: readLength(section['label_max_len'], problems),
    hooks: readHooks(section['hooks'], problems),
    hostRoot: readRoot(section['host_root'], hostRoot, problems),
  };
  return { options, problems };
}

/** A map of the configuration has texts, JSON has values. */
function isEnabled(id: string, engine: Section, problems: string[], usual: boolean = true): boolean {
  const enabled = engine['enabled'] ?? usual;
  if (enabled === false || enabled === 'false') return false;
  if (enabled !== true && enabled !== 'true') problems.push(`'engines.${id}.enabled' has to be true or false`);
  return true;
}

/** `engines.static`: the container that every process is in. */
function readFixed(value: unknown, problems: string[]): FixedContainer | undefined {
  const section = asSection(value, 'engines.static', problems);
  for (const key of Object.keys(section)) if (!fixedKeys.has(key)) problems.push(`unknown key 'engines.static.${key}'`);
  if (!isEnabled('static', section, problems, false)) return undefined;
  const text = (key: string): string => (typeof section[key] === 'string' ? section[key] : '');
  const id = text('container_id');
  if (id !== '') return { id, name: text('container_name'), image: text('container_image') };
  problems.push("'engines.static' needs 'container_id'");
  return undefined;
}

function readEngine(id: ContainerEngineId, value: unknown, problems: string[]): ContainerOptions['engines'] {
  const engine = asSection(value, `engines.${id}`, problems);
  if (!isEnabled(id, engine, problems)) return [];
  const { sockets } = engine;
  if (sockets === undefined || sockets === null) return [{ id }];
  if (isTexts(sockets)) return [{ id, sockets }];
  problems.push(`'engines.${id}.sockets' has to be a list of paths`);
  return [{ id }];
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item.startsWith('/'));
}

function readRoot(value: unknown, usual: string, problems: string[]): string {
  if (value === undefined || value === '') return usual;
  if (typeof value === 'string' && value.startsWith('/')) return value;
  problems.push("'host_root' has to be a path");
  return usual;
}

function readLength(value: unknown, problems: string[]): number {
  if (value === undefined) return usualContainers.labelMaxLength;
  const length = Number(value);
  if (Number.isSafeInteger(length) && length >= 0) return length;
  problems.push("'label_max_len' has to be an integer from 0 on");
  return usualContainers.labelMaxLength;
}

function readHooks(value: unknown, problems: string[]): readonly ContainerChange[] {
  if (value === undefined) return usualContainers.hooks;
  if (Array.isArray(value) && value.every((item) => hookNames.has(String(item)))) return value as ContainerChange[];
  problems.push("'hooks' has to be a list of create and start");
  return usualContainers.hooks;
}
