import type { Json } from '../../base/json.ts';
import { type ConfigKey, configKeys } from './keys.ts';

interface Section {
  readonly properties: Record<string, Section | Json>;
}

function isSection(value: Section | Json | undefined): value is Section {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

function leaf(key: ConfigKey<unknown>): Json {
  const fallback = key.inCode === undefined ? {} : { default: key.inCode as Json };
  return { description: `${key.about} Expects ${key.type.expects}.`, ...fallback };
}

function toSchema(section: Section): Json {
  const properties = Object.entries(section.properties).map(([name, value]): [string, Json] => [
    name,
    isSection(value) ? toSchema(value) : value,
  ]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}

/** The keys of the configuration as a JSON schema: names, descriptions and defaults. */
export function configSchema(): Json {
  const root: Section = { properties: {} };
  for (const [name, key] of Object.entries(configKeys)) {
    const parts = name.split('.');
    const last = parts.pop()!;
    let section = root;
    for (const part of parts) {
      const present = section.properties[part];
      const inner: Section = isSection(present) ? present : { properties: {} };
      section.properties[part] = inner;
      section = inner;
    }
    section.properties[last] = leaf(key);
  }
  return { $schema: 'http://json-schema.org/draft-06/schema#', ...(toSchema(root) as object) };
}
