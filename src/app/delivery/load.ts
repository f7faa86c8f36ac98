import { didYouMean } from '../../base/suggest.ts';
import type { MaintenanceWindow } from '../../delivery/settings.ts';
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import type { IntakeSpec } from '../../model/intake.ts';
import type { OutputSpec } from '../../model/output.ts';
import { object, optionDocs, type Schema, textOr } from '../../model/schema.ts';
import type { ConfigFiles } from '../config/load.ts';
import { type ConfigMap, parseTree } from '../config/tree.ts';
import { type CommonOptions, commonOptions, generalSections, type GeneralSettings } from './general.ts';
import type { ConfiguredIntake } from './intakes.ts';
import { maintenanceOptions, maintenanceWindow } from './maintenance.ts';
import { ConfigProblems } from './problems.ts';
import { environmentName, entryOf, mapAt, type ReadSecret, type SectionPlace, SectionReader } from './sections.ts';

/** An output as it is configured. */
export interface ConfiguredOutput {
  /** Unique: the output's id, or what an entry of `outputs` calls it. */
  readonly name: string;
  readonly spec: OutputSpec;
  /** By the spec's schema. */
  readonly options: unknown;
  readonly common: CommonOptions;
  /** Where it is configured, for reports. */
  readonly at: Position;
}

export interface LoadedDelivery {
  readonly general: GeneralSettings;
  /** Those that are turned on, in the order of the registry, then in that of the list. */
  readonly outputs: readonly ConfiguredOutput[];
  /** Those that are turned on. */
  readonly intakes: readonly ConfiguredIntake[];
  readonly maintenance: readonly MaintenanceWindow[];
  readonly diagnostics: readonly Diagnostic[];
  /** No error among the diagnostics. */
  readonly ok: boolean;
}

export interface DeliveryLoadOptions {
  /** undefined: only the environment counts. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: Pick<ConfigFiles, 'read'>;
  readonly specs: readonly OutputSpec[];
  readonly intakes: readonly IntakeSpec[];
}

const nowhere: Position = { file: '', line: 0, column: 0, offset: 0 };
/** Of an entry in the list of further outputs. */
const instanceKeys = object({
  output: textOr('', 'Which output.'),
  // Not `name`: outputs have keys of that name.
  as: textOr('', 'What it is called in logs, metrics and commands.'),
});
const goodName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Reads a configuration of Falcosidekick, with Saker's own keys; all problems are found in one go. */
export function loadDelivery(options: DeliveryLoadOptions): LoadedDelivery {
  return new Loading(options).run();
}

class Loading {
  readonly #options: DeliveryLoadOptions;
  readonly #problems = new ConfigProblems();
  readonly #reader: SectionReader;
  readonly #outputs: ConfiguredOutput[] = [];

  constructor(options: DeliveryLoadOptions) {
    this.#options = options;
    const readSecret: ReadSecret = (path) => {
      const text = options.files.read(path);
      if (text === undefined) throw new Error('there is no such file');
      return text;
    };
    this.#reader = new SectionReader(this.#problems, readSecret);
  }

  run(): LoadedDelivery {
    const root = this.#readFile();
    const general = this.#general(root);
    for (const spec of this.#options.specs) this.#section(root, spec);
    const intakes = this.#options.intakes.flatMap((spec): ConfiguredIntake[] => {
      const options = this.#reader.read(spec.config, this.#place(root, spec.section));
      return options === undefined || !spec.isEnabled(options) ? [] : [{ spec, options }];
    });
    // More than one output of a kind.
    this.#entries(root, 'outputs', 'output: slack', (path, map) => this.#instance(root, path, map));
    const maintenance = this.#maintenance(root);
    this.#checkKeys(root);
    const { diagnostics, hasErrors } = this.#problems;
    return { general, outputs: this.#outputs, intakes, maintenance, diagnostics, ok: !hasErrors };
  }

  #readFile(): ConfigMap | undefined {
    const { file, files } = this.#options;
    if (file === undefined) return undefined;
    const at = { ...nowhere, file };
    let text: string | undefined;
    try {
      text = files.read(file);
    } catch (error) {
      this.#problems.error(at, `can't read the configuration file ${file}: ${(error as Error).message}`);
      return undefined;
    }
    if (text === undefined) {
      this.#problems.error(at, `there is no configuration file ${file}`);
      return undefined;
    }
    const { root, problems } = parseTree(text, file);
    for (const problem of problems) this.#problems.error(problem.at, problem.message);
    if (root === undefined || (root.kind === 'scalar' && root.text === null)) return undefined;
    if (root.kind === 'map') return root;
    this.#problems.error(root.at, 'a configuration file is a map of keys and values');
    return undefined;
  }

  #place(root: ConfigMap | undefined, path: string): SectionPlace {
    return { path, map: mapAt(root, path), environment: this.#options.environment };
  }

  #general(root: ConfigMap | undefined): GeneralSettings {
    const values: Record<string, unknown> = {};
    for (const [path, schema] of Object.entries(generalSections)) {
      const nothing = { path, map: undefined, environment: {} };
      values[path] = this.#reader.read(schema, this.#place(root, path)) ?? this.#reader.read(schema, nothing);
    }
    return values as unknown as GeneralSettings;
  }

  #outputPlace(root: ConfigMap | undefined, spec: OutputSpec): SectionPlace {
    const place = this.#place(root, spec.section);
    if (spec.shared === undefined) return place;
    const above = this.#place(root, spec.section.slice(0, Math.max(0, spec.section.lastIndexOf('.'))));
    return { ...place, above: { keys: new Set(spec.shared), place: above } };
  }

  #section(root: ConfigMap | undefined, spec: OutputSpec): void {
    const place = this.#outputPlace(root, spec);
    const options = this.#reader.read(spec.config, place);
    const common = this.#reader.read(commonFor(spec), place) as CommonOptions | undefined;
    if (options === undefined || common === undefined || !spec.isEnabled(options)) return;
    this.#outputs.push({ name: spec.id, spec, options, common: withCommon(common), at: place.map?.at ?? nowhere });
  }

  /** Calls back for each entry of a list of maps. */
  #entries(
    root: ConfigMap | undefined,
    key: string,
    example: string,
    read: (path: string, map: ConfigMap) => void,
  ): void {
    const node = entryOf(root, key)?.value;
    if (node === undefined || (node.kind === 'scalar' && node.text === null)) return;
    if (node.kind !== 'list') {
      this.#problems.error(node.at, `'${key}' has to be a list: - ${example}`);
      return;
    }
    for (const [i, item] of node.items.entries()) {
      if (item.kind === 'map') read(`${key}.${i}`, item);
      else this.#problems.error(item.at, `an entry of ${key} is a map of keys and values: - ${example}`);
    }
  }

  #maintenance(root: ConfigMap | undefined): MaintenanceWindow[] {
    const windows: MaintenanceWindow[] = [];
    this.#entries(root, 'maintenance', 'name: patching', (path, map) => {
      const options = this.#reader.read(maintenanceOptions, { path, map, environment: {} });
      this.#reader.checkKeys(path, map);
      if (options === undefined) return;
      const window = maintenanceWindow(options);
      if (typeof window === 'string') this.#problems.error(map.at, `maintenance '${options.name}': ${window}`);
      else windows.push(window);
    });
    return windows;
  }

  #instance(root: ConfigMap | undefined, path: string, map: ConfigMap): void {
    // Environment variables can't name an entry of a list.
    const place: SectionPlace = { path, map, environment: {} };
    const head = this.#reader.read(instanceKeys, place);
    if (head === undefined) return;
    const { specs } = this.#options;
    const spec = specs.find((item) => item.id === head.output || item.section === head.output);
    if (spec === undefined) {
      const help = didYouMean(
        head.output,
        specs.map((item) => item.id),
      );
      this.#problems.error(map.at, `there is no output '${head.output}'`, help ?? '`saker outputs list` shows them');
      return;
    }
    const name = head.as === '' ? spec.id : head.as;
    if (!goodName.test(name)) {
      this.#problems.error(map.at, `the name '${name}' of an output is not letters, digits, '.', '_' and '-'`);
      return;
    }
    if (this.#outputs.some((item) => item.name === name)) {
      this.#problems.error(map.at, `there are two outputs '${name}'`, 'call one of them something else: as: NAME');
      return;
    }
    const options = this.#reader.read(spec.config, withAbove(place, spec, map, this.#outputPlace(root, spec)));
    const common = this.#reader.read(commonFor(spec), place) as CommonOptions | undefined;
    this.#reader.checkKeys(path, map);
    if (options === undefined || common === undefined) return;
    if (!spec.isEnabled(options)) {
      this.#problems.error(
        map.at,
        `the output '${name}' lacks what turns it on`,
        `see \`saker outputs show ${spec.id}\``,
      );
      return;
    }
    this.#outputs.push({ name, spec, options, common: withCommon(common), at: map.at });
  }

  #checkKeys(root: ConfigMap | undefined): void {
    if (root === undefined) return;
    const paths = new Set([
      ...Object.keys(generalSections),
      ...this.#options.specs.map((spec) => spec.section),
      ...this.#options.intakes.map((spec) => spec.section),
    ]);
    const children = new Map<string, Set<string>>();
    for (const path of paths) {
      const steps = path === '' ? [] : path.split('.');
      for (const [i, step] of steps.entries()) {
        const parent = steps.slice(0, i).join('.');
        const set = children.get(parent) ?? new Set();
        children.set(parent, set.add(step));
      }
    }
    for (const path of new Set([...paths, ...children.keys()])) {
      const more = [...(children.get(path) ?? []), ...(path === '' ? ['outputs', 'maintenance'] : [])];
      this.#reader.checkKeys(path, mapAt(root, path), more);
      for (const child of children.get(path) ?? []) {
        const node = entryOf(mapAt(root, path), child)?.value;
        if (node === undefined || node.kind === 'map' || (node.kind === 'scalar' && node.text === null)) continue;
        this.#problems.error(
          node.at,
          `'${path === '' ? child : `${path}.${child}`}' has to be a map of keys and values`,
        );
      }
    }
  }
}

/** An entry of the list may have a vendor's shared keys itself; else those of the vendor's section count. */
function withAbove(place: SectionPlace, spec: OutputSpec, map: ConfigMap, single: SectionPlace): SectionPlace {
  if (single.above === undefined) return place;
  const keys = new Set((spec.shared ?? []).filter((key) => entryOf(map, key) === undefined));
  return { ...place, above: { keys, place: single.above.place } };
}

/** The common keys that the output has none of its own for. */
function commonFor(spec: OutputSpec): Schema {
  const own = new Set(optionDocs(spec.config).map((item) => item.name));
  return object(Object.fromEntries(Object.entries(commonOptions.entries).filter(([name]) => !own.has(name))));
}

function withCommon(found: Partial<CommonOptions>): CommonOptions {
  const defaults = Object.fromEntries(optionDocs(commonOptions).map((item) => [item.name, item.fallback]));
  return { ...(defaults as unknown as CommonOptions), ...found };
}

/** The variable of an output's key, for documentation. */
export function variableOf(spec: OutputSpec, key: string): string {
  const isShared = spec.shared?.includes(key) === true;
  return environmentName(isShared ? spec.section.slice(0, spec.section.lastIndexOf('.')) : spec.section, key);
}
