import { decodeBytes } from '../../base/utf8.ts';
import type { YamlMap, YamlNode } from './yaml-node.ts';

// The JSON schema of rules files as far as it says anything: which keys there are and of which types. A text counts as
// the number or truth value that it spells, any scalar as a text.
type Check = (node: YamlNode, path: string, problems: string[]) => boolean;

const typeMismatch = "Value type not permitted by 'type' constraint.";

function report(problems: string[], path: string, message: string): false {
  problems.push(`failed for ${path}: ${message}`);
  return false;
}

function ofType(fits: (node: YamlNode) => boolean): Check {
  return (node, path, problems) => fits(node) || report(problems, path, typeMismatch);
}

const anything: Check = () => true;
const text = ofType((node) => node.kind === 'scalar');
const bool = ofType((node) => node.kind === 'scalar' && (node.value === 'true' || node.value === 'false'));
const integer = ofType((node) => node.kind === 'scalar' && isInteger(node.value));

function isInteger(value: string): boolean {
  if (!/^[+-]?[0-9]+$/.test(value)) return false;
  const number = BigInt(value.replace('+', '').slice(0, 200));
  return BigInt.asIntN(64, number) === number;
}

function oneOf(values: readonly string[]): Check {
  return (node, path, problems) => {
    const isText = text(node, path, problems);
    if (isText && node.kind === 'scalar' && values.includes(node.value)) return true;
    return report(problems, path, 'Failed to match against any enum values.');
  };
}

function arrayOf(item: Check): Check {
  return (node, path, problems) => {
    if (node.kind !== 'seq') return report(problems, path, typeMismatch);
    let fits = true;
    for (const [index, element] of node.items.entries()) {
      fits = checkElement(item, element, index, path, problems) && fits;
    }
    return fits;
  };
}

function checkElement(item: Check, element: YamlNode, index: number, path: string, problems: string[]): boolean {
  const fits = item(element, `${path}[${index}]`, problems);
  return fits || report(problems, path, `Failed to validate item #${index} in array.`);
}

interface Shape {
  readonly properties: Readonly<Record<string, Check>>;
  readonly required?: readonly string[];
  readonly nonEmpty?: boolean;
}

/** An object with these keys and no others. */
function closedObject({ properties, required = [], nonEmpty = false }: Shape): Check {
  const names = Object.keys(properties).sort();
  return (node, path, problems) => {
    if (node.kind !== 'map') return report(problems, path, typeMismatch);
    let fits = true;
    if (nonEmpty && node.entries.length === 0) {
      fits = report(problems, path, 'Object should have no fewer than 1 properties.');
    }
    for (const name of names) {
      const value = lastValue(node, name);
      if (value === undefined || properties[name]!(value, `${path}[${name}]`, problems)) continue;
      fits = report(problems, path, `Failed to validate against schema associated with property name '${name}'.`);
    }
    const unknown = node.entries.find(({ key }) => !Object.hasOwn(properties, key));
    if (unknown !== undefined) fits = report(problems, path, unwanted(decodeBytes(unknown.key)));
    // Upstream, a key that is there twice counts as one without a name.
    else if (hasDoubles(node)) fits = report(problems, path, unwanted(''));
    for (const name of required) {
      if (lastValue(node, name) === undefined) fits = report(problems, path, `Missing required property '${name}'.`);
    }
    return fits;
  };
}

function unwanted(key: string): string {
  return `Object contains a property that could not be validated using 'properties' or 'additionalProperties' constraints: '${key}'.`;
}

function hasDoubles({ entries }: YamlMap): boolean {
  return new Set(entries.map(({ key }) => key)).size < entries.length;
}

function lastValue(map: YamlMap, key: string): YamlNode | undefined {
  return map.entries.findLast((entry) => entry.key === key)?.value;
}

/** The keys of items that "override" can name. */
export const overridableKeys: readonly string[] = [
  'items',
  'desc',
  'condition',
  'output',
  'priority',
  'enabled',
  'exceptions',
  'capture',
  'capture_duration',
  'tags',
  'warn_evttypes',
  'skip-if-unknown-filter',
];
const overridden = oneOf(['append', 'replace']);
const version: Shape = { properties: { name: text, version: text }, required: ['name', 'version'] };

const rulesItem = closedObject({
  properties: {
    required_engine_version: text,
    required_plugin_versions: arrayOf(
      closedObject({
        properties: { ...version.properties, alternatives: arrayOf(closedObject(version)) },
        required: ['name', 'version'],
      }),
    ),
    macro: text,
    condition: text,
    list: text,
    items: arrayOf((node, path, problems) => {
      if (node.kind === 'scalar') return true;
      // A number and a text are tried.
      for (const child of [0, 1]) {
        report(problems, path, typeMismatch);
        report(problems, path, `Failed to validate against child schema #${child}.`);
      }
      return report(problems, path, 'Failed to validate against any schemas allowed by anyOf constraint.');
    }),
    rule: text,
    desc: text,
    enabled: bool,
    output: text,
    append: bool,
    priority: oneOf(['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'INFORMATIONAL', 'DEBUG']),
    capture: bool,
    capture_duration: integer,
    source: text,
    exceptions: arrayOf(
      closedObject({
        properties: { name: text, fields: anything, comps: anything, values: anything },
        required: ['name'],
      }),
    ),
    override: closedObject({
      properties: Object.fromEntries(overridableKeys.map((key) => [key, overridden])),
      nonEmpty: true,
    }),
    tags: arrayOf(text),
    warn_evttypes: bool,
    'skip-if-unknown-filter': bool,
  },
});
const rulesFile = arrayOf(rulesItem);
const root = '<root>';

/** What the field's JSON schema says against one document of a rules file; empty: nothing. */
export function schemaProblems(document: YamlNode): string[] {
  const problems: string[] = [];
  rulesFile(document, root, problems);
  return problems;
}

/** What it says against one item of a document that is a sequence. @param problems gets it. */
export function addItemProblems(item: YamlNode, index: number, problems: string[]): void {
  checkElement(rulesItem, item, index, root, problems);
}
