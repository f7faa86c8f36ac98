import type { Json } from '../base/json.ts';
import { decodeBytes } from '../base/utf8.ts';
import type { Expr, Operand, TransformerArg } from '../lang/ast.ts';
import { parseCondition } from '../lang/parser.ts';
import { exprText, operandText } from '../lang/print.ts';
import { events } from '../model/event-table.ts';
import type { FieldTable } from '../model/field.ts';
import type { LoadedRule } from '../model/rule.ts';
import { bindCondition } from './bind.ts';
import type { BoundCheck, BoundExpr } from './bound.ts';
import { boundText } from './bound-text.ts';
import { eventTypesOf } from './event-types.ts';
import { genericCallsOf } from './generic-calls.ts';
import type { CompiledMacro } from './loader/compiled.ts';
import type { FilledList } from './loader/list-text.ts';
import type { LoadResult } from './loader/load-rules.ts';
import { builtInAsyncEvents } from './loader/version.ts';
import type { OutputFormat } from './output-format.ts';

type Rule = LoadedRule<BoundExpr>;

/** The compiled output of a rule, with what the configuration adds. */
interface DescribedOutput {
  readonly text: string;
  readonly format: OutputFormat;
  /** Further keys of output_fields: with a format, or the field of that name. */
  readonly extraFields?: readonly { readonly name: string; readonly format: string | undefined }[];
}

/** What the description of rules needs to know besides them. */
export interface DescribeContext {
  readonly loaded: LoadResult;
  /** The fields that conditions can have. */
  fieldTable(source: string): FieldTable | undefined;
  output(rule: Rule): DescribedOutput | undefined;
}

interface Names {
  readonly macros: ReadonlySet<string>;
  readonly lists: ReadonlySet<string>;
}

/** Fields that the field's own container plugin has. */
const containerField = /^(?:container\.|k8s\.|proc\.is_container_)/;

function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].map(decodeBytes).sort();
}

function namesOf({ macros, lists }: LoadResult): Names {
  return { macros: new Set(macros.map(({ name }) => name)), lists: new Set(lists.map(({ name }) => name)) };
}

/** The one rule of that name, in the form of `falco -l` with json_output; undefined: it is not loaded. */
export function describeRule(name: string, context: DescribeContext): Json | undefined {
  const rule = context.loaded.rules.find((item) => item.name === name);
  return rule === undefined ? undefined : { rules: [ruleJson(rule, context, namesOf(context.loaded))] };
}

/** All rules, macros and lists, in the form of `falco -L` with json_output. */
export function describeAll(context: DescribeContext): Json {
  const { loaded } = context;
  const names = namesOf(loaded);
  return {
    required_engine_version: loaded.requiredEngineVersion,
    required_plugin_versions: loaded.requiredPlugins.map(([first, ...alternatives]) => ({
      name: first?.name,
      version: first?.version,
      alternatives: alternatives.map(({ name, version }) => ({ name, version })),
    })),
    rules: loaded.rules.map((rule) => ruleJson(rule, context, names)),
    macros: loaded.macros.map((macro) => macroJson(macro, context, names)),
    lists: loaded.lists.map((list) => listJson(list, loaded.usedLists, names)),
  };
}

function ruleJson(rule: Rule, context: DescribeContext, names: Names): Json {
  const checks = boundChecks(rule.condition);
  const output = context.output(rule);
  const fields = checks.flatMap((check) => boundFields(check));
  const extra = output?.extraFields ?? [];
  const formatted = extra.filter((field) => field.format !== undefined);
  const outputFields = [
    ...(output?.format.fields ?? []).map((field) => field.text),
    ...extra.filter((field) => field.format === undefined).map((field) => field.name),
  ];
  const exceptions = context.loaded.exceptionsOf(rule.name);
  const texts = context.loaded.textsOf(rule.name);
  const compared = checks.flatMap(({ left, right }) =>
    left.field?.name === 'evt.type' && right.kind === 'literals' ? right.literals : [],
  );
  const usesContainers =
    [...fields, ...outputFields].some((name) => containerField.test(name)) ||
    builtInAsyncEvents.some((name) => compared.includes(name));
  return {
    info: {
      name: decodeBytes(rule.name),
      condition: decodeBytes(texts.conditionText),
      priority: rule.priority,
      output: decodeBytes(rule.output),
      description: decodeBytes(texts.description),
      enabled: rule.enabled,
      source: decodeBytes(rule.source),
      capture: rule.capture,
      capture_duration: rule.captureDurationMs,
      tags: sorted(rule.tags),
    },
    details: {
      ...referred(texts.conditionText, names),
      condition_operators: sorted(checks.map(operatorText)),
      condition_fields: sorted(fields),
      output_fields: sorted(outputFields),
      extra_output_formatted_fields:
        formatted.length === 0
          ? undefined
          : Object.fromEntries(formatted.map(({ name, format }) => [decodeBytes(name), decodeBytes(format ?? '')])),
      exception_fields: sorted(exceptions.flatMap((exception) => flatTexts(exception.fields))),
      exception_names: sorted(exceptions.map((exception) => exception.name)),
      exception_operators: sorted(exceptions.flatMap((exception) => flatTexts(exception.comps))),
      events: eventNames(rule.eventTypes, rule.condition),
      condition_compiled: decodeBytes(boundText(rule.condition, unquoted)),
      output_compiled: decodeBytes(output?.text ?? rule.output),
      plugins: usesContainers ? ['container'] : [],
    },
  };
}

function macroJson({ name, conditionText, expr }: CompiledMacro, context: DescribeContext, names: Names): Json {
  const found = collect(expr);
  const table = context.fieldTable('syscall');
  const bound = table === undefined ? undefined : bindCondition(expr, table, { asyncEvents: builtInAsyncEvents });
  const usesContainers =
    found.fields.some((field) => containerField.test(field)) ||
    (found.fields.includes('evt.type') && builtInAsyncEvents.some((event) => found.words.includes(event)));
  return {
    info: { name: decodeBytes(name), condition: decodeBytes(conditionText) },
    details: {
      used: context.loaded.usedMacros.has(name),
      ...referred(conditionText, names),
      condition_operators: sorted(found.operators),
      condition_fields: sorted(found.fields),
      events: eventNames(eventTypesOf(expr, builtInAsyncEvents).codes, bound?.expr),
      condition_compiled: decodeBytes(unquoted(exprText(expr))),
      plugins: usesContainers ? ['container'] : [],
    },
  };
}

function listJson({ name, items, written }: FilledList, used: ReadonlySet<string>, names: Names): Json {
  return {
    info: { name: decodeBytes(name), items: written.filter((item) => !names.lists.has(item)).map(decodeBytes) },
    details: {
      used: used.has(name),
      lists: written.filter((item) => names.lists.has(item)).map(decodeBytes),
      items_compiled: items.map(decodeBytes),
      plugins: [],
    },
  };
}

/** The macros and lists that a condition, as written, names. */
function referred(conditionText: string, names: Names): { readonly macros: string[]; readonly lists: string[] } {
  const parsed = parseCondition(conditionText);
  const found = parsed.ok ? collect(parsed.value) : { macros: [], words: [] };
  return {
    macros: sorted(found.macros.filter((name) => names.macros.has(name))),
    lists: sorted([...found.words, ...found.macros].filter((name) => names.lists.has(name))),
  };
}

type Nested = string | readonly Nested[];

function flatTexts(nested: Nested | undefined): string[] {
  if (nested === undefined) return [];
  return typeof nested === 'string' ? [nested] : nested.flatMap(flatTexts);
}

function operatorText({ op, modifier }: Pick<BoundCheck, 'op' | 'modifier'>): string {
  return modifier === undefined ? op : `${op} ${modifier}`;
}

/** @param condition undefined: nothing is known of the calls without an event of their own. */
function eventNames(codes: ReadonlySet<number>, condition: BoundExpr | undefined): string[] {
  const names = new Set<string>();
  for (const code of codes) {
    const info = events[code];
    if (info === undefined) continue;
    // The two generic events stand for every call without an event of its own.
    if (code > 1) names.add(info.name);
    else if (condition !== undefined) for (const name of genericCallsOf(condition)) names.add(name);
  }
  names.delete('NA');
  return [...names].sort();
}

interface Found {
  readonly macros: string[];
  /** Values on right sides: some are lists. */
  readonly words: string[];
  readonly operators: string[];
  readonly fields: string[];
}

function collect(expr: Expr): Found {
  const found: Found = { macros: [], words: [], operators: [], fields: [] };
  collectExpr(expr, found);
  return found;
}

function collectExpr(expr: Expr, found: Found): void {
  switch (expr.kind) {
    case 'and':
    case 'or':
      for (const item of expr.items) collectExpr(item, found);
      return;
    case 'not':
      collectExpr(expr.item, found);
      return;
    case 'macro':
      found.macros.push(expr.name);
      return;
    case 'check':
      found.operators.push(operatorText(expr));
      collectOperand(expr.left, found);
      if (expr.right?.kind === 'values') found.words.push(...expr.right.values);
      else if (expr.right !== undefined) collectOperand(expr.right, found);
  }
}

function collectOperand(operand: Operand | TransformerArg, found: Found): void {
  if (operand.kind === 'field') found.fields.push(operandText(operand));
  else if (operand.kind === 'transformer') for (const arg of operand.args) collectOperand(arg, found);
  else if (operand.kind === 'list') for (const item of operand.items) collectOperand(item, found);
}

function boundChecks(expr: BoundExpr): BoundCheck[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.items.flatMap(boundChecks);
    case 'not':
      return boundChecks(expr.item);
    case 'check':
      return [expr];
  }
}

/** Fields with their arguments; of transformers, those that they read. */
function boundFields({ left, right }: BoundCheck): string[] {
  const operands = right.kind === 'operand' ? [left, right.operand] : [left];
  return operands.flatMap(({ field, reads, text }) => {
    if (field !== undefined) return [field.text];
    return reads === undefined ? [text] : reads.map((read) => read.text);
  });
}

/** Values in quotes only where they need them, as the field's own loader prints conditions. */
function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"/g, (quoted, inner: string) =>
    inner !== '' && /^[^\\\s='"]+$/.test(inner) ? inner : quoted,
  );
}
