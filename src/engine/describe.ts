import type { Json } from '../base/json.ts';
import { decodeBytes } from '../base/utf8.ts';
import type { Expr, Operand, TransformerArg } from '../lang/ast.ts';
import { parseCondition } from '../lang/parser.ts';
import { exprText } from '../lang/print.ts';
import { events, syscallNames } from '../model/event-table.ts';
import type { LoadedRule } from '../model/rule.ts';
import type { BoundCheck, BoundExpr } from './bound.ts';
import type { LoadResult } from './loader/load-rules.ts';
import type { CompiledMacro } from './loader/compiler.ts';
import type { OutputFormat } from './output-format.ts';

type Rule = LoadedRule<BoundExpr>;

/** What the description of rules needs to know besides them. */
export interface DescribeContext {
  readonly loaded: LoadResult;
  /** The compiled output of a rule, with what the configuration adds. */
  output(rule: Rule): { readonly text: string; readonly format: OutputFormat } | undefined;
}

function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].map(decodeBytes).sort();
}

/** The one rule of that name, in the form of `falco -l` with json_output; undefined: it is not loaded. */
export function describeRule(name: string, context: DescribeContext): Json | undefined {
  const rule = context.loaded.rules.find((item) => item.name === name);
  return rule === undefined ? undefined : { rules: [ruleJson(rule, context)] };
}

/** All rules, macros and lists, in the form of `falco -L` with json_output. */
export function describeAll(context: DescribeContext): Json {
  const { loaded } = context;
  const used = usedNames(loaded);
  return {
    required_engine_version: loaded.requiredEngineVersion,
    required_plugin_versions: loaded.requiredPlugins.map(([first, ...alternatives]) => ({
      name: first?.name,
      version: first?.version,
      alternatives: alternatives.map(({ name, version }) => ({ name, version })),
    })),
    rules: loaded.rules.map((rule) => ruleJson(rule, context)),
    macros: loaded.macros.map((macro) => macroJson(macro, used)),
    lists: loaded.lists.map((list) => ({
      info: { name: decodeBytes(list.name), items: list.items.map(decodeBytes) },
      details: { used: used.has(list.name), lists: [], items_compiled: list.items.map(decodeBytes), plugins: [] },
    })),
  };
}

/** Names that conditions mention: of macros, and words that may be lists. */
function usedNames(loaded: LoadResult): Set<string> {
  const texts = [...loaded.rules.map((rule) => rule.conditionText), ...loaded.macros.map(({ expr }) => exprText(expr))];
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z][A-Za-z0-9_.-]*/g) ?? []));
}

function ruleJson(rule: Rule, context: DescribeContext): Json {
  const { macros, lists } = context.loaded;
  const parsed = parseCondition(rule.conditionText);
  const written: Found = { macros: [], words: [], operators: [], fields: [] };
  if (parsed.ok) collectExpr(parsed.value, written);
  const checks = boundChecks(rule.condition);
  const output = context.output(rule);
  const fields = checks.flatMap((check) => boundFields(check));
  const outputFields = (output?.format.fields ?? []).map((field) => field.text);
  const macroNames = new Set(macros.map((item) => item.name));
  const listNames = new Set(lists.map((item) => item.name));
  return {
    info: {
      name: decodeBytes(rule.name),
      condition: decodeBytes(rule.conditionText),
      priority: rule.priority,
      output: decodeBytes(rule.output),
      description: decodeBytes(rule.description),
      enabled: rule.enabled,
      source: decodeBytes(rule.source),
      capture: rule.capture,
      capture_duration: rule.captureDurationMs,
      tags: sorted(rule.tags),
    },
    details: {
      macros: sorted(written.macros.filter((name) => macroNames.has(name))),
      lists: sorted([...written.words, ...written.macros].filter((name) => listNames.has(name))),
      condition_operators: sorted(checks.map((check) => check.op)),
      condition_fields: sorted(fields),
      output_fields: sorted(outputFields),
      exception_fields: [],
      exception_names: sorted(rule.exceptionNames),
      exception_operators: [],
      events: eventNames(rule.eventTypes),
      condition_compiled: decodeBytes(boundText(rule.condition)),
      output_compiled: decodeBytes(output?.text ?? rule.output),
      plugins: [...fields, ...outputFields].some((name) => /^(?:container|k8s)\./.test(name)) ? ['container'] : [],
    },
  };
}

function macroJson({ name, expr }: CompiledMacro, used: ReadonlySet<string>): Json {
  const found: Found = { macros: [], words: [], operators: [], fields: [] };
  collectExpr(expr, found);
  return {
    info: { name: decodeBytes(name), condition: decodeBytes(unquoted(exprText(expr))) },
    details: {
      used: used.has(name),
      macros: [],
      lists: [],
      condition_operators: sorted(found.operators),
      condition_fields: sorted(found.fields),
      events: [],
      condition_compiled: decodeBytes(unquoted(exprText(expr))),
      plugins: [],
    },
  };
}

function eventNames(codes: ReadonlySet<number>): string[] {
  const names = new Set<string>();
  for (const code of codes) {
    const info = events[code];
    if (info === undefined) continue;
    // The two generic events stand for every call without an event of its own.
    if (code <= 1) for (const name of syscallNames) names.add(name);
    else names.add(info.name);
  }
  names.delete('unknown');
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
      found.operators.push(expr.op);
      collectOperand(expr.left, found);
      if (expr.right?.kind === 'values') found.words.push(...expr.right.values);
      else if (expr.right !== undefined) collectOperand(expr.right, found);
  }
}

function collectOperand(operand: Operand | TransformerArg, found: Found): void {
  if (operand.kind === 'field') found.fields.push(operand.name);
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

function boundFields(check: BoundCheck): string[] {
  const operands = check.right.kind === 'operand' ? [check.left, check.right.operand] : [check.left];
  return operands.map((operand) => operand.field?.text ?? operand.text);
}

function boundText(expr: BoundExpr): string {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.items.map(boundText).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${boundText(expr.item)}`;
    case 'check':
      return unquoted(expr.text);
  }
}

/** Values in quotes only where they need them, as the field's own loader prints conditions. */
function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"/g, (quoted, inner: string) =>
    inner !== '' && /^[^\\\s='"]+$/.test(inner) ? inner : quoted,
  );
}
