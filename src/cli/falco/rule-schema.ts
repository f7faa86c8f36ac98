import type { Json } from '../../base/json.ts';
import { overridableKeys } from '../../engine/loader/schema-check.ts';

const text: Json = { type: 'string' };
const bool: Json = { type: 'boolean' };
const texts: Json = { type: 'array', items: text };
const merge: Json = { type: 'string', enum: ['append', 'replace'] };

function closed(properties: { readonly [key: string]: Json }, required: readonly string[] = []): Json {
  return { type: 'object', additionalProperties: false, properties, ...(required.length === 0 ? {} : { required }) };
}

const plugin = { name: text, version: text };
const exception = closed({ name: text, fields: {}, comps: {}, values: {} }, ['name']);

/** The keys of rules files as a JSON schema, for editors. What they mean, the loader knows. */
export function ruleSchema(): Json {
  const item = closed({
    append: bool,
    capture: bool,
    capture_duration: { type: 'integer' },
    condition: text,
    desc: text,
    enabled: bool,
    exceptions: { type: 'array', items: exception },
    items: { type: 'array', items: { anyOf: [{ type: 'integer' }, text] } },
    list: text,
    macro: text,
    output: text,
    override: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: Object.fromEntries(overridableKeys.map((key) => [key, merge])),
    },
    priority: {
      type: 'string',
      enum: ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'INFORMATIONAL', 'DEBUG'],
    },
    required_engine_version: text,
    required_plugin_versions: {
      type: 'array',
      items: closed({ ...plugin, alternatives: { type: 'array', items: closed(plugin, ['name', 'version']) } }, [
        'name',
        'version',
      ]),
    },
    rule: text,
    'skip-if-unknown-filter': bool,
    source: text,
    tags: texts,
    warn_evttypes: bool,
  });
  return { $schema: 'http://json-schema.org/draft-06/schema#', type: 'array', items: item };
}
