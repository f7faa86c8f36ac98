import { didYouMean } from '../../base/suggest.ts';
import { decodeBytes } from '../../base/utf8.ts';
import type { Check, Expr } from '../../lang/ast.ts';
import { type Parsed, parseCondition } from '../../lang/parser.ts';
import type { LoadedRule } from '../../model/rule.ts';
import { type BindProblem, bindCondition } from '../bind.ts';
import type { BoundExpr } from '../bound.ts';
import { broadnessLimit, eventTypesOf, pluginEventTypes } from '../event-types.ts';
import { deprecatedFields } from './codes.ts';
import type { Collector } from './collector.ts';
import type { CompileCache } from './compile-cache.ts';
import type { Compiled, CompiledMacro, CompilerOptions, OutputProblem } from './compiled.ts';
import { ConditionTexts } from './condition-texts.ts';
import { inspectCondition } from './condition-warnings.ts';
import { type Context, fileOf, withinCondition } from './context.ts';
import { withExceptions } from './exception-text.ts';
import type { MacroItem, RuleItem } from './items.ts';
import { ListAdvisor } from './list-advice.ts';
import { type FilledList, ListFiller, ListGrowth } from './list-text.ts';
import { MacroExpander, type MacroProblem } from './macro-expansion.ts';
import { ReportBuilder, RuleFailure } from './report-builder.ts';
import { builtInAsyncEvents } from './version.ts';

/** Compiles what a collector holds. All mistakes are told; a rule with one is left out. */
export function compileRules(collector: Collector, options: CompilerOptions): Compiled {
  return new Compiler(collector, options).run();
}

/** All that is wrong with one item; nothing where it was told before. */
class ItemFailure extends Error {
  readonly failures: readonly RuleFailure[];

  constructor(failures: readonly RuleFailure[]) {
    super('the item has mistakes');
    this.failures = failures;
  }
}

/** Of lists within lists, over all. */
const maxListItems = 2_000_000;
const containerInfo = '%container.info';

class Compiler {
  readonly #collector: Collector;
  readonly #options: CompilerOptions;
  readonly #usedLists = new Set<string>();
  readonly #usedMacros = new Set<string>();
  readonly #expander: MacroExpander;
  readonly #macros = new Map<string, Expr>();
  readonly #cache: CompileCache;
  #filler = new ListFiller([], this.#usedLists);
  #advisor = new ListAdvisor([]);
  #failed = false;
  readonly #texts = new ConditionTexts((text) => this.#filler.fill(text));

  constructor(collector: Collector, options: CompilerOptions) {
    this.#collector = collector;
    this.#options = options;
    this.#cache = options.cache;
    this.#expander = new MacroExpander(this.#usedMacros, options.cache.extents);
  }

  run(): Compiled {
    const lists = this.#fillLists();
    this.#filler = new ListFiller(lists, this.#usedLists);
    this.#advisor = new ListAdvisor(lists);
    const macros = [...this.#collector.macros.values()];
    for (const macro of macros) {
      this.#guard(macro, () => {
        this.#macros.set(macro.name, this.#parse(macro.condition, macro.conditionContext));
        this.#texts.keep(macro.condition);
      });
    }
    for (const macro of macros) this.#guard(macro, () => this.#expandMacro(macro));
    const rules: LoadedRule<BoundExpr>[] = [];
    for (const rule of this.#collector.rules.values()) {
      if (rule.unknownSource || (!this.#options.all && rule.visibility < this.#options.from)) continue;
      this.#guard(rule, () => {
        const loaded = this.#rule(rule);
        if (loaded !== undefined) rules.push({ ...loaded, index: rules.length });
      });
    }
    for (const rule of this.#collector.reviewed) this.#guard(rule, () => void this.#rule(rule));
    this.#collector.reviewed = [];
    return {
      rules,
      macros: [...this.#macros].map(([name, expr]) => this.#compiledMacro(name, expr)),
      lists,
      usedMacros: this.#usedMacros,
      usedLists: this.#usedLists,
      failed: this.#failed,
    };
  }

  #compiledMacro(name: string, expr: Expr): CompiledMacro {
    const { condition, context } = this.#collector.macros.get(name)!;
    return { name, conditionText: condition, expr, file: fileOf(context) };
  }

  /** Runs the action on an item; what is wrong with it is told once. */
  #guard(item: MacroItem | RuleItem, action: () => void): void {
    const { report, from, broken } = this.#options;
    try {
      action();
    } catch (error) {
      if (!(error instanceof ItemFailure || error instanceof RuleFailure)) throw error;
      const failures = error instanceof RuleFailure ? [error] : error.failures;
      this.#failed = true;
      if (!('exceptions' in item)) this.#macros.delete(item.name);
      if (item.visibility >= from || !broken.has(item.name)) for (const failure of failures) report.failure(failure);
      broken.add(item.name);
    }
  }

  /** Where warnings about a rule go: those about rules of earlier files were told with them. */
  #warn(rule: RuleItem): ReportBuilder {
    return rule.visibility >= this.#options.from ? this.#options.report : new ReportBuilder();
  }

  #fillLists(): FilledList[] {
    const { lists } = this.#collector;
    let left = maxListItems;
    return [...lists.values()].map(({ name, items, visibility, context }) => {
      const isOther = (item: string): boolean => (lists.get(item)?.index ?? visibility) < visibility;
      if (!items.some(isOther)) return { name, items, written: items, file: fileOf(context) };
      const filled = items.flatMap((item) => {
        const other = lists.get(item);
        if (other === undefined || !isOther(item)) return [item];
        this.#usedLists.add(other.name);
        left -= other.items.length;
        return left < 0 ? [] : other.items;
      });
      if (left < 0 && !this.#options.broken.has(name)) {
        const message = `lists have more than ${maxListItems} items where they name each other`;
        this.#options.report.error('LOAD_ERR_VALIDATE', message, context);
        this.#options.broken.add(name);
        this.#failed = true;
      }
      return { name, items: filled, written: items, file: fileOf(context) };
    });
  }

  #parse(condition: string, context: Context): Expr {
    const text = this.#fill(condition, context);
    const parsed = this.#cache.parsed.get(text) ?? this.#parseNew(text);
    if (!parsed.ok) {
      const { offset, message } = parsed.problem;
      throw new RuleFailure('LOAD_ERR_COMPILE_CONDITION', message, withinCondition(context, text, offset));
    }
    this.#texts.parsed(parsed.value, text);
    return parsed.value;
  }

  #parseNew(text: string): Parsed<Expr> {
    const parsed = parseCondition(text, { shared: this.#cache.shared });
    // Behind the last file there is nothing to keep it for.
    if (!this.#options.all) this.#cache.parsed.set(text, parsed);
    return parsed;
  }

  #fill(condition: string, context: Context): string {
    try {
      return this.#filler.fill(condition);
    } catch (error) {
      if (!(error instanceof ListGrowth)) throw error;
      throw new RuleFailure('LOAD_ERR_COMPILE_CONDITION', error.message, context);
    }
  }

  #adviseOnLists(expr: Expr, text: string, context: Context, report: ReportBuilder): void {
    for (const { check, message, help } of this.#advisor.advice(expr)) {
      const parsed = this.#texts.of(check) ?? text;
      report.note(message, withinCondition(context, text, check.start, parsed), help);
    }
  }

  /** Why a condition with macros that there are none of can't be used, and what else is wrong with it. */
  #unexpanded(rule: RuleItem, expr: Expr, text: string, problem: MacroProblem): ItemFailure {
    const table = this.#options.fieldTable(rule.source);
    const failures = this.#macroFailures([problem], text, rule.context);
    if (!problem.isUnknown || table === undefined) return new ItemFailure(failures);
    const { problems } = bindCondition(expr, table, { asyncEvents: builtInAsyncEvents });
    const names = new Set([problem.node.name]);
    for (const { node, message, help } of problems) {
      if (node.kind !== 'macro') failures.push(this.#bindFailure(rule, text, { node, message, ...(help && { help }) }));
      else if (!names.has(node.name)) failures.push(...this.#macroFailures([{ message, node }], text, rule.context));
      if (node.kind === 'macro') names.add(node.name);
    }
    return new ItemFailure(failures);
  }

  /** Nothing for macros that were told of where they stand. */
  #macroFailures(
    problems: readonly Omit<MacroProblem, 'isUnknown'>[],
    condition: string,
    context: Context,
  ): RuleFailure[] {
    return problems.flatMap(({ node, message }) => {
      if (this.#options.broken.has(node.name)) return [];
      const parsed = this.#texts.of(node) ?? condition;
      const place = withinCondition(context, condition, node.start, parsed);
      return [new RuleFailure('LOAD_ERR_VALIDATE', message, place, this.#macroHelp(node.name))];
    });
  }

  #macroHelp(name: string): string | undefined {
    const { macros } = this.#collector;
    if (macros.has(name)) return 'a macro can use those only that are defined before it';
    return didYouMean(decodeBytes(name), [...macros.keys()].map(decodeBytes));
  }

  #expandMacro(macro: MacroItem): void {
    const expr = this.#macros.get(macro.name);
    if (expr === undefined) return;
    const { from, report } = this.#options;
    if (macro.visibility >= from) this.#adviseOnLists(expr, macro.condition, macro.conditionContext, report);
    const { macros } = this.#collector;
    const visible = (name: string) => {
      const other = macros.get(name);
      return other !== undefined && other.index < macro.visibility ? this.#macros.get(name) : undefined;
    };
    const expanded = this.#expander.expand(expr, visible);
    if (expanded.problem !== undefined) {
      throw new ItemFailure(this.#macroFailures([expanded.problem], macro.condition, macro.context));
    }
    this.#expander.share(expanded.expr);
    this.#macros.set(macro.name, expanded.expr);
  }

  #rule(rule: RuleItem): LoadedRule<BoundExpr> | undefined {
    const report = this.#warn(rule);
    const failures: RuleFailure[] = [];
    const output = this.#output(rule, report, failures);
    if (output === undefined && failures.length === 0) return undefined;
    const judged = this.#withFailures(failures, () => this.#condition(rule, report));
    if (judged === undefined || output === undefined) return undefined;
    const { shared } = this.#cache;
    return {
      name: shared.text(rule.name),
      index: 0,
      condition: judged.condition,
      output: shared.text(output),
      priority: rule.priority,
      source: shared.text(rule.source),
      tags: rule.tags.map((tag) => shared.text(tag)),
      enabled: rule.enabled,
      capture: rule.capture,
      captureDurationMs: rule.captureDurationMs,
      file: fileOf(rule.context),
      eventTypes: judged.eventTypes,
    };
  }

  /** The action's result. @param failures told first. @throws ItemFailure for these and those of the action */
  #withFailures<T>(failures: readonly RuleFailure[], action: () => T): T {
    try {
      const result = action();
      if (failures.length === 0) return result;
    } catch (error) {
      if (error instanceof RuleFailure) throw new ItemFailure([...failures, error]);
      if (error instanceof ItemFailure) throw new ItemFailure([...failures, ...error.failures]);
      throw error;
    }
    throw new ItemFailure(failures);
  }

  /** undefined: the rule is skipped. */
  #condition(
    rule: RuleItem,
    report: ReportBuilder,
  ): Pick<LoadedRule<BoundExpr>, 'condition' | 'eventTypes'> | undefined {
    const text = withExceptions(rule.condition, rule.exceptions);
    const raw = this.#parse(text, rule.conditionContext);
    this.#adviseOnLists(raw, text, rule.conditionContext, report);
    const { expr, problem } = this.#expander.expand(raw, (name) => this.#macros.get(name));
    if (problem !== undefined) throw this.#unexpanded(rule, expr, text, problem);
    this.#warnOfCondition(expr, withinCondition(rule.conditionContext, text, undefined), report);
    const condition = this.#bind(rule, expr, text, report);
    if (condition === undefined) return undefined;
    return { condition, eventTypes: this.#eventTypes(rule, expr, text, report) };
  }

  /** The output to compile; undefined: it has mistakes, or there are none and the rule is skipped. */
  #output(rule: RuleItem, report: ReportBuilder, failures: RuleFailure[]): string | undefined {
    let { output } = rule;
    if (output.includes(containerInfo)) {
      const message =
        '%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container plugin will automatically add required fields to the output message.';
      report.warning('LOAD_DEPRECATED_ITEM', message, rule.context);
      output = output.replaceAll(containerInfo, '');
    }
    const { name: ruleName, source, tags } = rule;
    const extended = this.#options.extendOutput?.({ name: ruleName, source, output, tags });
    const texts = extended === undefined ? [output] : [extended.output, ...extended.others];
    for (const text of texts) {
      const problem = this.#cache.output(text, source, () => this.#options.checkOutput(text, source));
      if (problem === undefined) continue;
      if (rule.skipIfUnknownFilter && text === texts[0])
        report.warning('LOAD_UNKNOWN_FILTER', problem.message, rule.outputContext);
      else failures.push(...outputFailures(problem, rule.outputContext));
      return undefined;
    }
    for (const name of deprecatedFields.keys()) {
      if (!texts.some((text) => text.includes(name))) continue;
      const message = `usage of deprecated field '${name}' has been detected in the rule output`;
      report.warning('LOAD_DEPRECATED_ITEM', message, rule.outputContext, { deprecated_field: name });
    }
    return output;
  }

  #warnOfCondition(expr: Expr, context: Context, report: ReportBuilder): void {
    const { unsafeNa, deprecated } = inspectCondition(expr);
    if (unsafeNa) report.warning('LOAD_UNSAFE_NA_CHECK', '', context);
    for (const name of deprecated) {
      report.warning('LOAD_DEPRECATED_ITEM', deprecatedFields.get(name)!, context, { deprecated_field: name });
    }
  }

  #bind(rule: RuleItem, expr: Expr, text: string, report: ReportBuilder): BoundExpr | undefined {
    const table = this.#options.fieldTable(rule.source);
    if (table === undefined) throw new RangeError(`no fields for source ${rule.source}`);
    const cache = this.#cache.bound(rule.source);
    const bound = bindCondition(expr, table, { asyncEvents: builtInAsyncEvents, cache });
    const [first, ...others] = bound.problems;
    if (first === undefined) {
      for (const { message, node } of bound.warnings) {
        const context = withinCondition(rule.conditionContext, text, node.rightStart, this.#texts.of(node) ?? text);
        report.warning('LOAD_COMPILE_CONDITION', message, context);
      }
      return bound.expr;
    }
    if (rule.skipIfUnknownFilter && isUnknownName(first.message)) {
      report.warning('LOAD_UNKNOWN_FILTER', first.message, this.#problemContext(rule, text, first));
      return undefined;
    }
    throw new ItemFailure([first, ...others].map((problem) => this.#bindFailure(rule, text, problem)));
  }

  #bindFailure(rule: RuleItem, text: string, problem: BindProblem): RuleFailure {
    const context = this.#problemContext(rule, text, problem);
    return new RuleFailure('LOAD_ERR_COMPILE_CONDITION', problem.message, context, problem.help);
  }

  #problemContext(rule: RuleItem, text: string, { node }: BindProblem): Context {
    return withinCondition(rule.conditionContext, text, node.start, this.#texts.of(node) ?? text);
  }

  #eventTypes(rule: RuleItem, expr: Expr, text: string, report: ReportBuilder): ReadonlySet<number> {
    if (rule.source !== 'syscall') return pluginEventTypes();
    const types = eventTypesOf(expr, builtInAsyncEvents, this.#cache.eventTypes);
    const place = (check: Check) =>
      withinCondition(rule.conditionContext, text, check.start, this.#texts.of(check) ?? text);
    const problem = types.problems[0];
    if (problem !== undefined) {
      throw new RuleFailure('LOAD_ERR_COMPILE_CONDITION', problem.message, place(problem.check));
    }
    for (const { message, check } of types.neverTypes) report.note(message, place(check));
    if (types.broadness > broadnessLimit && rule.warnEventTypes) {
      const message = 'Rule matches too many evt.type values. This has a significant performance penalty.';
      report.warning('LOAD_NO_EVTTYPE', message, rule.context);
    }
    return types.codes;
  }
}

function outputFailures(problem: OutputProblem, context: Context): RuleFailure[] {
  const all = [problem, ...(problem.others ?? [])];
  return all.map(({ message, help }) => new RuleFailure('LOAD_ERR_COMPILE_OUTPUT', message, context, help));
}

/** Whether a message is about a name that another version of the fields may know. */
function isUnknownName(message: string): boolean {
  return message.includes('nonexistent field') || message.includes('unknown event type');
}
