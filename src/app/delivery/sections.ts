import { didYouMean } from '../../base/suggest.ts';
import type { Position } from '../../model/diagnostic.ts';
import { type Out, optionDocs, type OptionDoc, parse, type Schema } from '../../model/schema.ts';
import type { ConfigMap, ConfigNode } from '../config/tree.ts';
import { bool, textList, textMap } from '../config/value-types.ts';
import type { ConfigProblems } from './problems.ts';

/** Where the values of a section come from. */
export interface SectionPlace {
  /** `aws.s3`; '' for the top of the file. The environment has it in upper case, with `_` for the point. */
  readonly path: string;
  /** undefined: the file has none of it. */
  readonly map: ConfigMap | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Values of keys that lie in the section above, for all of a vendor's outputs. */
  readonly above?: { readonly keys: ReadonlySet<string>; readonly place: SectionPlace };
}

/** Reads one secret from a file that a key's `_file` twin names. @throws Error */
export type ReadSecret = (path: string) => string;

/** A value as it was written, with its place. */
interface Written {
  readonly at: Position;
  /** What people call it: `slack.webhookurl` or SLACK_WEBHOOKURL. */
  readonly name: string;
  readonly value: ConfigNode | string;
}

const nowhere: Position = { file: '', line: 0, column: 0, offset: 0 };
/** `webhookurl_file` has the path of a file that holds the value of `webhookurl`. */
const fileSuffix = '_file';

export function environmentName(path: string, key: string): string {
  return `${path === '' ? '' : `${path}.`}${key}`.toUpperCase().replaceAll('.', '_');
}

/** Keys are the same in upper and lower case, as the peer's configuration library has it. */
export function entryOf(map: ConfigMap | undefined, key: string): { at: Position; value: ConfigNode } | undefined {
  const exact = map?.entries.get(key);
  if (exact !== undefined || map === undefined) return exact;
  for (const [name, entry] of map.entries) if (name.toLowerCase() === key) return entry;
  return undefined;
}

/** The map under a dotted path; undefined where there is none. What stands there otherwise is reported by checkKeys. */
export function mapAt(root: ConfigMap | undefined, path: string): ConfigMap | undefined {
  let map = root;
  for (const step of path === '' ? [] : path.split('.')) {
    const node = entryOf(map, step)?.value;
    map = node?.kind === 'map' ? node : undefined;
  }
  return map;
}

/** A key of a section; `batching.enabled` is one of a map in it. */
function keyOf(map: ConfigMap | undefined, key: string): ReturnType<typeof entryOf> {
  const point = key.lastIndexOf('.');
  return point < 0 ? entryOf(map, key) : entryOf(mapAt(map, key.slice(0, point)), key.slice(point + 1));
}

function isNothing(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.text === null;
}

/** The environment goes before the file. */
function written(place: SectionPlace, key: string): Written | undefined {
  const name = environmentName(place.path, key);
  const fromEnvironment = place.environment[name];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return { at: { ...nowhere, file: `environment variable ${name}` }, name, value: fromEnvironment };
  }
  const entry = keyOf(place.map, key);
  if (entry === undefined || isNothing(entry.value)) return undefined;
  const path = place.path === '' ? key : `${place.path}.${key}`;
  return { at: entry.value.at, name: path, value: entry.value };
}

/** A key for all of a vendor's outputs lies in the section above, unless the output has its own: `aws.securitylake.region`. */
function placeFor(place: SectionPlace, key: string): SectionPlace {
  if (place.above?.keys.has(key) !== true) return place;
  const isOwn = written(place, key) !== undefined || written(place, key + fileSuffix) !== undefined;
  return isOwn ? place : place.above.place;
}

function mapOfText(text: string): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    // The first colon parts name and value: values may be URLs.
    const colon = part.indexOf(':');
    if (colon <= 0) return undefined;
    pairs.push([part.slice(0, colon).trim(), part.slice(colon + 1).trim()]);
  }
  return Object.fromEntries(pairs);
}

function listOfText(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const ignoreProblems = { error: () => undefined, warning: () => undefined };

/** The value in the type that the schema wants; undefined where it can't be read so. */
function convert(doc: OptionDoc, value: ConfigNode | string): unknown {
  const node: ConfigNode = typeof value === 'string' ? { kind: 'scalar', text: value, at: nowhere } : value;
  const scalar = node.kind === 'scalar' ? (node.text ?? '') : undefined;
  switch (doc.kind) {
    case 'boolean':
      return bool.read(node, ignoreProblems);
    case 'number': {
      const number = scalar === undefined || scalar.trim() === '' ? Number.NaN : Number(scalar);
      return Number.isNaN(number) ? undefined : number;
    }
    case 'array':
      return scalar === undefined ? textList.read(node, ignoreProblems) : listOfText(scalar);
    case 'record':
      return scalar === undefined ? textMap.read(node, ignoreProblems) : mapOfText(scalar);
    case 'picklist':
      return doc.words?.find((word) => word.toLowerCase() === scalar?.trim().toLowerCase());
    case 'string':
      return scalar;
  }
}

/** Reads the sections of a configuration by the schemas of those they are for; collects what is wrong. */
export class SectionReader {
  readonly #problems: ConfigProblems;
  readonly #readSecret: ReadSecret;
  /** Keys of files that were asked for, by section: the others are unknown. */
  readonly #known = new Map<string, Set<string>>();
  /** Paths of maps in sections. */
  readonly #nested = new Set<string>();

  constructor(problems: ConfigProblems, readSecret: ReadSecret) {
    this.#problems = problems;
    this.#readSecret = readSecret;
  }

  /** The options of a schema; undefined when one of them was wrong. Missing ones have their default. */
  read<S extends Schema>(schema: S, place: SectionPlace): Out<S> | undefined {
    const values: Record<string, unknown> = {};
    let isGood = true;
    for (const doc of optionDocs(schema)) {
      const from = placeFor(place, doc.name);
      for (const { path } of [from, place]) {
        this.#note(path, doc.name);
        if (doc.kind === 'string') this.#note(path, doc.name + fileSuffix);
      }
      const found = this.#find(from, doc);
      if (found === 'unreadable') isGood = false;
      if (found === undefined || found === 'unreadable') continue;
      const value = convert(doc, found.value);
      if (value === undefined) isGood = this.#refuse(found, doc);
      else values[doc.name] = value;
    }
    if (!isGood) return undefined;
    const result = parse(schema, values);
    if (result.success) return result.output as Out<S>;
    for (const issue of result.issues) {
      const first = issue.path?.[0]?.key;
      const key = typeof first === 'string' ? first : '';
      const at = written(placeFor(place, key), key);
      const doc = optionDocs(schema).find((item) => item.name === key);
      if (at !== undefined && doc !== undefined) this.#refuse(at, doc);
      else this.#problems.error(place.map?.at ?? nowhere, `${place.path}: ${key}: ${issue.message}`);
    }
    return undefined;
  }

  /** Reports keys of a section that nothing reads, with the nearest known one. */
  checkKeys(path: string, map: ConfigMap | undefined, more: readonly string[] = []): void {
    if (map === undefined) return;
    const known = [...(this.#known.get(path) ?? []), ...more];
    const isKnown = new Set(known);
    for (const [key, entry] of map.entries) {
      const inner = `${path}.${key.toLowerCase()}`;
      if (this.#nested.has(inner) && entry.value.kind === 'map') this.checkKeys(inner, entry.value);
      if (isKnown.has(key.toLowerCase())) continue;
      const name = path === '' ? key : `${path}.${key}`;
      const help = didYouMean(key.toLowerCase(), known);
      this.#problems.warning(entry.at, `unknown key '${name}'; it is ignored`, help);
    }
  }

  #note(path: string, key: string): void {
    const point = key.indexOf('.');
    if (point >= 0) {
      const inner = `${path}.${key.slice(0, point)}`;
      this.#nested.add(inner);
      this.#note(inner, key.slice(point + 1));
    }
    let keys = this.#known.get(path);
    if (keys === undefined) this.#known.set(path, (keys = new Set()));
    keys.add(point < 0 ? key : key.slice(0, point));
  }

  #find(place: SectionPlace, doc: OptionDoc): Written | 'unreadable' | undefined {
    const direct = written(place, doc.name);
    const twin = doc.kind === 'string' ? written(place, doc.name + fileSuffix) : undefined;
    if (twin === undefined) return direct;
    if (direct !== undefined) {
      this.#problems.error(twin.at, `both ${direct.name} and ${twin.name} are set: which one shall count?`);
      return direct;
    }
    const path =
      typeof twin.value === 'string' ? twin.value : twin.value.kind === 'scalar' ? (twin.value.text ?? '') : '';
    try {
      return { ...twin, value: this.#readSecret(path).replace(/\r?\n$/, '') };
    } catch (error) {
      this.#problems.error(twin.at, `${twin.name}: can't read '${path}': ${(error as Error).message}`);
      return 'unreadable';
    }
  }

  #refuse(found: Written, doc: OptionDoc): false {
    const { value } = found;
    const text = typeof value === 'string' ? value : value.kind === 'scalar' ? (value.text ?? '') : undefined;
    const shown = doc.secret ? 'not valid' : text === undefined ? 'not a single value' : `'${text.slice(0, 80)}'`;
    this.#problems.error(found.at, `${found.name} is ${shown}, expected ${doc.expects}`);
    return false;
  }
}
