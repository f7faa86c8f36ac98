import { findOperator } from '../../lang/operators.ts';
import { parseOperand } from '../../lang/parser.ts';
import type { FieldTable } from '../../model/field.ts';
import { bindOperand } from '../bind.ts';
import type { Context } from './context.ts';
import type { ExceptionItem, ListItem, MacroItem, Nested, RuleChange, RuleItem } from './items.ts';
import { type ReportBuilder, RuleFailure } from './report-builder.ts';
import { engineVersion, isNewer, type PluginRequirement, parseVersion, satisfies } from './version.ts';

/** @throws RuleFailure */
function reject(message: string, context: Context): never {
  throw new RuleFailure('LOAD_ERR_VALIDATE', message, context);
}

type Unplaced<T> = Omit<T, 'index' | 'visibility'>;

/** All lists, macros and rules so far, with what later items changed of them. */
export class Collector {
  readonly lists: Map<string, ListItem>;
  readonly macros: Map<string, MacroItem>;
  readonly rules: Map<string, RuleItem>;
  /** Rules that can't be loaded, for what else there is to tell of their texts. */
  reviewed: RuleItem[];
  readonly requiredPlugins: PluginRequirement[];
  requiredEngine: string;
  #next: number;
  readonly #fieldTable: (source: string) => FieldTable | undefined;

  /** @param before what was collected before; it stays as it is. */
  constructor(fieldTable: (source: string) => FieldTable | undefined, before?: Collector) {
    this.#fieldTable = fieldTable;
    this.lists = new Map(before?.lists);
    this.macros = new Map(before?.macros);
    this.rules = new Map(before?.rules);
    this.reviewed = [...(before?.reviewed ?? [])];
    this.requiredPlugins = [...(before?.requiredPlugins ?? [])];
    this.requiredEngine = before?.requiredEngine ?? '0.0.0';
    this.#next = before?.position ?? 0;
  }

  /** Another one with the same content: what is collected there is not seen here. */
  copy(): Collector {
    return new Collector(this.#fieldTable, this);
  }

  /** Items defined from here on have at least this visibility. */
  get position(): number {
    return this.#next;
  }

  requireEngine(version: string, context: Context): void {
    if (!satisfies(engineVersion, version)) {
      reject(`Rules require engine version ${version}, but engine version is ${engineVersion}`, context);
    }
    if (isNewer(version, this.requiredEngine)) this.requiredEngine = version;
  }

  requirePlugin(requirement: PluginRequirement, context: Context): void {
    const names = new Set<string>();
    for (const { name, version } of requirement) {
      if (parseVersion(version) === undefined) {
        reject(`Invalid required version '${version}' for plugin '${name}'`, context);
      }
      if (names.has(name)) {
        reject(`Defined multiple alternative version requirements for plugin '${name}'`, context);
      }
      names.add(name);
    }
    this.requiredPlugins.push(requirement);
  }

  #define<T extends { name: string; index: number; visibility: number }>(
    into: Map<string, T>,
    item: Unplaced<T>,
  ): void {
    const visibility = this.#next++;
    const index = into.get(item.name)?.index ?? visibility;
    into.set(item.name, { ...item, index, visibility } as T);
  }

  defineList(item: Unplaced<ListItem>): void {
    this.#define(this.lists, item);
  }

  appendList(item: Unplaced<ListItem>): void {
    const list = this.lists.get(item.name);
    if (list === undefined) {
      return reject(
        "List uses 'append' or 'override.items: append' but no list by that name already exists",
        item.context,
      );
    }
    this.lists.set(item.name, { ...list, items: [...list.items, ...item.items], visibility: this.#next++ });
  }

  defineMacro(item: Unplaced<MacroItem>): void {
    this.#define(this.macros, item);
  }

  appendMacro(item: Unplaced<MacroItem>): void {
    const macro = this.macros.get(item.name);
    if (macro === undefined) {
      return reject(
        "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
        item.context,
      );
    }
    const condition = `${macro.condition} ${item.condition}`;
    this.macros.set(item.name, { ...macro, condition, visibility: this.#next++ });
  }

  defineRule(item: Omit<Unplaced<RuleItem>, 'unknownSource'>, report: ReportBuilder): void {
    this.#previous(item.name, item.source, item.context);
    const table = this.#fieldTable(item.source);
    if (table === undefined) {
      report.warning('LOAD_UNKNOWN_SOURCE', `Unknown source ${item.source}, skipping`, item.context);
    }
    const exceptions = item.exceptions.map((exception) => this.checkedException(exception, item.source));
    this.#define(this.rules, { ...item, exceptions, unknownSource: table === undefined });
  }

  /** An exception with its comparisons filled in. @throws RuleFailure */
  checkedException(exception: ExceptionItem, source: string): ExceptionItem {
    if (exception.fields === undefined) {
      reject('Rule exception item must have fields property with a list of fields', exception.context);
    }
    return validException(exception, this.#fieldTable(source));
  }

  /** Takes the texts of a rule that can't be loaded: they are compiled for what is wrong with them, and that is all. */
  review(item: Omit<Unplaced<RuleItem>, 'unknownSource'>): void {
    if (this.#fieldTable(item.source) === undefined) return;
    this.reviewed.push({ ...item, unknownSource: false, index: this.#next, visibility: this.#next });
  }

  /** @param source '' where the item names none. */
  appendRule(name: string, source: string, change: RuleChange, context: Context): void {
    const rule =
      this.#previous(name, source, context) ??
      reject("Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists", context);
    if (Object.keys(change).length === 0) {
      reject('Appended rule must have exceptions or condition property', context);
    }
    const exceptions = this.#appendedExceptions(rule, change.exceptions ?? []);
    this.rules.set(name, {
      ...rule,
      condition: joined(rule.condition, change.condition),
      output: joined(rule.output, change.output),
      description: joined(rule.description, change.description),
      tags: [...new Set([...rule.tags, ...(change.tags ?? [])])],
      exceptions,
      visibility: this.#next++,
    });
  }

  replaceInRule(name: string, source: string, change: RuleChange, context: Context): void {
    const rule =
      this.#previous(name, source, context) ??
      reject("An 'override.<key>: replace' to a rule was requested but no rule by that name already exists", context);
    const exceptions = change.exceptions?.map((exception) => this.checkedException(exception, rule.source));
    this.rules.set(name, {
      ...rule,
      ...change,
      ...(exceptions === undefined ? {} : { exceptions }),
      visibility: this.#next++,
    });
  }

  enableRule(name: string, enabled: boolean, context: Context): void {
    const rule = this.rules.get(name);
    if (rule === undefined) return reject("Rule has 'enabled' key but no rule by that name already exists", context);
    this.rules.set(name, { ...rule, enabled });
  }

  #previous(name: string, source: string, context: Context): RuleItem | undefined {
    const rule = this.rules.get(name);
    if (rule !== undefined && source !== '' && rule.source !== source) {
      reject('Rule has been re-defined with a different source', context);
    }
    return rule;
  }

  #appendedExceptions(rule: RuleItem, added: readonly ExceptionItem[]): ExceptionItem[] {
    const table = rule.unknownSource ? undefined : this.#fieldTable(rule.source);
    const exceptions = [...rule.exceptions];
    for (const exception of added) {
      const { context } = exception;
      const at = exceptions.findIndex((item) => item.name === exception.name);
      const existing = exceptions[at];
      if (existing !== undefined) {
        if (exception.fields !== undefined) {
          reject('Can not append exception fields to existing exception, only values', context);
        }
        if (exception.comps !== undefined) {
          reject('Can not append exception comps to existing exception, only values', context);
        }
        exceptions[at] = { ...existing, values: [...existing.values, ...exception.values] };
        continue;
      }
      if (exception.fields === undefined) {
        reject('Rule exception must have fields property with a list of fields', context);
      }
      if (exception.values.length === 0) {
        reject('Rule exception must have values property with a list of values', context);
      }
      exceptions.push(validException(exception, table));
    }
    return exceptions;
  }
}

function joined(text: string, added: string | undefined): string {
  return added === undefined || added === '' ? text : `${text} ${added}`;
}

const listComps = new Set(['in', 'pmatch', 'intersects']);

/** The exception with its comparisons filled in. @param table undefined: the fields can't be looked up. */
function validException(exception: ExceptionItem, table: FieldTable | undefined): ExceptionItem {
  const { fields, context } = exception;
  if (typeof fields === 'string') {
    const comps = exception.comps ?? 'in';
    if (typeof comps !== 'string') return reject('Fields and comps must both be strings', context);
    const comp = comps.trim();
    if (!listComps.has(comp) && findOperator(comp)?.modifier === undefined) {
      reject(
        'When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. startswith oneof)',
        context,
      );
    }
    checkField(fields, table, context);
    return { ...exception, comps: comp };
  }
  const comps = exception.comps ?? (fields ?? []).map(() => '=');
  if (typeof comps === 'string' || comps.length !== fields?.length) {
    return reject('Fields and comps lists must have equal length', context);
  }
  const trimmed = comps.map((comp) => (typeof comp === 'string' ? comp.trim() : ''));
  for (const comp of trimmed) {
    if (findOperator(comp) === undefined) reject(`'${comp}' is not a supported comparison operator`, context);
  }
  for (const field of fields) checkField(field, table, context);
  return { ...exception, comps: trimmed };
}

function checkField(field: Nested, table: FieldTable | undefined, context: Context): void {
  if (table === undefined) return;
  const text = typeof field === 'string' ? field : '';
  const parsed = parseOperand(text);
  const whole = parsed.ok && parsed.end === text.length;
  const bound = whole ? bindOperand(parsed.value, table) : undefined;
  if (bound?.ok) return;
  const help = bound?.help ?? undefined;
  throw new RuleFailure('LOAD_ERR_VALIDATE', `'${text}' is not a supported filter field`, context, help);
}
