import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import { didYouMean } from '../../base/suggest.ts';
import { type Config, type ConfigKey, type ConfigName, configKeys, goneKeys } from './keys.ts';
import { checkTogether } from './checks.ts';
import { applyOverride } from './override.ts';
import { substitute } from './environment.ts';
import { mergeInto } from './merge.ts';
import { type ConfigMap, type ConfigNode, parseTree } from './tree.ts';
import { includes } from './structures.ts';
import type { Include } from './structures.ts';
import type { Reporter, ValueType } from './value-types.ts';

/** How the configuration reaches files; tests give their own. */
export interface ConfigFiles {
  /** The text of a file; undefined where there is none. @throws for a file that is there but can't be read. */
  read(path: string): string | undefined;
  /** Paths of the regular files of a folder, sorted; undefined where it is no folder. */
  list(path: string): string[] | undefined;
}

/** Where a configuration comes from. */
export interface LoadOptions {
  /** undefined: no file, every key has the value that Falco's own file gives it. */
  readonly file: string | undefined;
  /** `key=value`, in order. */
  readonly overrides: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: ConfigFiles;
}

/** A configuration, its files in place, and what there is to say about it. */
export interface LoadedConfig {
  readonly config: Config;
  /** Files that were read, the main one first. */
  readonly files: readonly string[];
  /** Keys that were set by the user to something else than the default and that Saker does not act on. */
  readonly notActedOn: readonly ConfigName[];
  readonly diagnostics: readonly Diagnostic[];
  /** No error among the diagnostics. */
  readonly ok: boolean;
}

/** Reads falco.yaml, what it includes and the overrides of the command line; all problems are found in one go. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  return new Loading(options).run();
}

const nowhere: Position = { file: '', line: 0, column: 0, offset: 0 };

class Loading {
  readonly #options: LoadOptions;
  readonly #diagnostics: Diagnostic[] = [];
  /** The lines of the files that were read. */
  readonly #texts = new Map<string, readonly string[]>();
  readonly #reporter: Reporter;
  readonly #values: Record<string, unknown> = {};
  readonly #notActedOn: ConfigName[] = [];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#reporter = {
      error: (node, message, help) => this.#report('error', 'CONFIG_INVALID', node.at, message, help),
      warning: (node, message, help) => this.#report('warning', 'CONFIG_SUSPECT', node.at, message, help),
    };
  }

  run(): LoadedConfig {
    const { file, overrides } = this.#options;
    const isBare = file === undefined;
    for (const [name, key] of Object.entries(configKeys)) this.#values[name] = isBare ? key.inFile : key.inCode;
    const root: ConfigMap = { kind: 'map', at: nowhere, entries: new Map() };
    if (!isBare) mergeInto(root, this.#readFile(file, true), 'override');
    // The command line may add to the list of included files, so it counts before and again after them.
    const includeOverrides = overrides.filter((text) => /^\s*config_files\b/.test(text));
    for (const text of includeOverrides) this.#override(root, text, false);
    if (!isBare) this.#include(root, file);
    for (const text of overrides) this.#override(root, text, true);
    this.#section(root, '');
    const config = this.#values as unknown as Config;
    checkTogether(config, root, this.#reporter);
    return {
      config,
      files: [...this.#texts.keys()],
      notActedOn: this.#notActedOn,
      diagnostics: this.#diagnostics,
      ok: this.#diagnostics.every((item) => item.severity !== 'error'),
    };
  }

  #report(severity: Diagnostic['severity'], code: string, at: Position, message: string, help?: string): void {
    const line = this.#texts.get(at.file)?.[at.line]?.replace(/\r$/, '');
    const snippet = line === undefined ? '' : `${line.slice(0, 160)}\n${' '.repeat(Math.min(at.column, 160))}^\n`;
    const locations = [{ itemType: 'configuration', itemName: '', position: at }];
    this.#diagnostics.push({ severity, code, message, locations, snippet, ...(help === undefined ? {} : { help }) });
  }

  #readFile(path: string, isMain: boolean): ConfigMap | undefined {
    const at = { ...nowhere, file: path };
    let text: string | undefined;
    try {
      text = this.#options.files.read(path);
    } catch (error) {
      this.#report(
        'error',
        'CONFIG_FILE',
        at,
        `can't read the configuration file ${path}: ${(error as Error).message}`,
      );
      return undefined;
    }
    if (text === undefined) {
      if (isMain) this.#report('error', 'CONFIG_FILE', at, `could not find configuration file at ${path}`);
      return undefined;
    }
    this.#texts.set(path, text.split('\n'));
    const { root, problems } = parseTree(text, path, (value) => substitute(value, this.#options.environment));
    for (const problem of problems) this.#report('error', 'CONFIG_YAML', problem.at, problem.message);
    if (root === undefined || (root.kind === 'scalar' && root.text === null)) return undefined;
    if (root.kind === 'map') return root;
    this.#report('error', 'CONFIG_YAML', root.at, 'a configuration file is a map of keys and values');
    return undefined;
  }

  #include(root: ConfigMap, mainFile: string): void {
    const node = root.entries.get('config_files')?.value;
    if (node === undefined) return;
    // Reported when all keys are read.
    const quiet: Reporter = { error: () => undefined, warning: () => undefined };
    for (const include of includes.read(node, quiet) ?? []) {
      for (const path of this.#options.files.list(include.path) ?? [include.path]) {
        this.#includeFile(root, mainFile, path, include, node);
      }
    }
  }

  #includeFile(root: ConfigMap, mainFile: string, path: string, include: Include, node: ConfigNode): void {
    if (path === mainFile) {
      this.#reporter.error(node, `config_files names the main configuration file itself: ${path}`);
      return;
    }
    const tree = this.#readFile(path, false);
    const nested = tree?.entries.get('config_files');
    if (nested !== undefined) {
      this.#report(
        'error',
        'CONFIG_INVALID',
        nested.at,
        'an included file may not include others',
        'move the entry to the main configuration file',
      );
      return;
    }
    mergeInto(root, tree, include.strategy);
  }

  #override(root: ConfigMap, text: string, report: boolean): void {
    const problem = applyOverride(root, text);
    if (problem !== undefined && report) {
      this.#report('error', 'CONFIG_OVERRIDE', { ...nowhere, file: `-o ${text}` }, problem);
    }
  }

  #section(map: ConfigMap, prefix: string): void {
    for (const [key, entry] of map.entries) {
      const name = prefix + key;
      if (Object.hasOwn(configKeys, name)) this.#key(name as ConfigName, entry.value);
      else if (isSection(name)) this.#enter(name, entry.value);
      else this.#unknown(name, key, prefix, entry.at);
    }
  }

  #enter(name: string, node: ConfigNode): void {
    if (node.kind === 'map') this.#section(node, `${name}.`);
    else if (node.kind === 'list') {
      this.#reporter.warning(node, `'${name}' has to be a map of keys and values; it is ignored`);
    } else if (node.text !== null) {
      this.#reporter.error(node, `'${name}' has to be a map of keys and values`);
    }
  }

  #unknown(name: string, key: string, prefix: string, at: Position): void {
    const siblings = new Set(
      Object.keys(configKeys)
        .filter((known) => known.startsWith(prefix))
        .map((known) => known.slice(prefix.length).split('.')[0]!),
    );
    const help = Object.hasOwn(goneKeys, name) ? goneKeys[name] : didYouMean(key, siblings);
    this.#report('warning', 'CONFIG_UNKNOWN_KEY', at, `unknown key '${name}'; it is ignored`, help);
  }

  /** @returns null: there is no value. */
  #read(type: ValueType<unknown>, node: ConfigNode): unknown {
    if (node.kind !== 'scalar' || node.text !== null) return type.read(node, this.#reporter);
    return type.none === undefined ? null : type.read({ ...node, text: type.none }, this.#reporter);
  }

  #key(name: ConfigName, node: ConfigNode): void {
    const key: ConfigKey<unknown> = configKeys[name];
    const value = this.#read(key.type, node);
    if (value === null) return;
    if (value !== undefined) {
      this.#values[name] = value;
      if (!key.acts && !same(value, key.inFile) && !same(value, key.inCode)) this.#notActedOn.push(name);
      return;
    }
    if (key.type.isComposite) return;
    const shown = node.kind === 'scalar' ? `'${node.text}'` : `a ${node.kind}`;
    const message = `'${name}' is ${shown}, expected ${key.type.expects}`;
    if (key.type.strict(node)) this.#reporter.error(node, message);
    else this.#reporter.warning(node, `${message}; the default, ${shownDefault(key.inCode)}, is used`);
  }
}

function isSection(name: string): boolean {
  return Object.keys(configKeys).some((key) => key.startsWith(`${name}.`));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function shownDefault(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
