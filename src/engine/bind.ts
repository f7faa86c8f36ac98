import type { Check, Expr, Operand, Right } from '../lang/ast.ts';
import { type OperatorSpec, operatorMisfit, operatorSpec } from '../lang/operators.ts';
import { operandText } from '../lang/print.ts';
import type { FieldTable } from '../model/field.ts';
import { bindLiterals } from './bind-literals.ts';
import { BindFailure, bindFieldOrTransformer, type TypedOperand } from './bind-operand.ts';
import { literalWarnings } from './bind-warnings.ts';
import type { BoundCheck, BoundExpr, BoundOperand } from './bound.ts';

/** A check that can't be made on the events of the source, or a macro that is not defined. */
export interface BindProblem {
  readonly message: string;
  /** The part of the condition; a check, except for a macro that was not replaced. */
  readonly node: Expr;
  /** What may be meant instead. */
  readonly help?: string;
}

/** A check that works but looks like a mistake. */
interface BindWarning {
  readonly message: string;
  readonly node: Check;
}

interface BindOptions {
  /** Names of asynchronous events that evt.type can show, e.g. container. */
  readonly asyncEvents?: readonly string[];
  /** Checks bound before, with the same table and options: macros put the same ones into many conditions. */
  readonly cache?: BindCache;
}

interface Kept {
  readonly bound: BoundExpr;
  readonly warnings: readonly BindWarning[];
}

/** Keeps what became of parts of conditions from one condition to the next. */
export class BindCache {
  /** Those without problems. */
  readonly parts = new WeakMap<Expr, Kept>();
  /** Fields by their text. */
  readonly fields = new Map<string, TypedOperand>();
  readonly isShared: (expr: Expr) => boolean;

  /** @param isShared whether a part may come again: only such are kept, since keeping costs more than binding most. */
  constructor(isShared: (expr: Expr) => boolean = () => false) {
    this.isShared = isShared;
  }
}

interface BoundCondition {
  /** undefined where there are problems. */
  readonly expr: BoundExpr | undefined;
  /** In the order of the text. */
  readonly problems: readonly BindProblem[];
  readonly warnings: readonly BindWarning[];
}

/**
 * Checks a condition, its macros replaced, against the fields of an event source and makes it ready for evaluation.
 * All problems are collected, not only the first.
 */
export function bindCondition(expr: Expr, table: FieldTable, options: BindOptions = {}): BoundCondition {
  const binder = new Binder(table, options);
  const bound = binder.expr(expr);
  return {
    expr: binder.problems.length === 0 ? bound : undefined,
    problems: binder.problems,
    warnings: binder.warnings,
  };
}

/** A bound operand, or why there is none. */
export type OperandResult =
  | { readonly ok: true; readonly operand: BoundOperand }
  | { readonly ok: false; readonly message: string; readonly help?: string };

/** Binds a field or transformer that stands on its own, as in an output text. */
export function bindOperand(operand: Operand, table: FieldTable): OperandResult {
  try {
    return { ok: true, operand: bindFieldOrTransformer(operand, table).bound };
  } catch (error) {
    if (!(error instanceof BindFailure)) throw error;
    return { ok: false, message: error.message, ...(error.help === undefined ? {} : { help: error.help }) };
  }
}

class Binder {
  readonly problems: BindProblem[] = [];
  readonly warnings: BindWarning[] = [];
  readonly #table: FieldTable;
  readonly #asyncEvents: readonly string[];
  readonly #cache: BindCache;

  constructor(table: FieldTable, { asyncEvents = [], cache = new BindCache() }: BindOptions) {
    this.#table = table;
    this.#asyncEvents = asyncEvents;
    this.#cache = cache;
  }

  expr(expr: Expr): BoundExpr | undefined {
    if (!this.#cache.isShared(expr)) return this.#part(expr);
    const kept = this.#cache.parts.get(expr);
    if (kept !== undefined) {
      for (const warning of kept.warnings) this.warnings.push(warning);
      return kept.bound;
    }
    const problems = this.problems.length;
    const warnings = this.warnings.length;
    const bound = this.#part(expr);
    if (bound !== undefined && this.problems.length === problems) {
      this.#cache.parts.set(expr, { bound, warnings: this.warnings.slice(warnings) });
    }
    return bound;
  }

  #part(expr: Expr): BoundExpr | undefined {
    switch (expr.kind) {
      case 'check':
        return this.#tryCheck(expr);
      case 'and':
      case 'or': {
        const items = expr.items.map((item) => this.expr(item));
        return { kind: expr.kind, items: areWhole(items) ? items : items.filter((item) => item !== undefined) };
      }
      case 'not': {
        const item = this.expr(expr.item);
        return item && { kind: 'not', item };
      }
      case 'macro':
        this.problems.push({ message: `Undefined macro '${expr.name}' used in filter.`, node: expr });
        return undefined;
    }
  }

  #tryCheck(check: Check): BoundCheck | undefined {
    try {
      const bound = this.#check(check);
      this.#warnOf(check);
      return bound;
    } catch (error) {
      if (!(error instanceof BindFailure)) throw error;
      const { message, help } = error;
      this.problems.push({ message, node: check, ...(help === undefined ? {} : { help }) });
      return undefined;
    }
  }

  #warnOf(check: Check): void {
    const { right } = check;
    if (right?.kind !== 'values') return;
    for (const message of literalWarnings(check.op, right.values, this.#table)) {
      this.warnings.push({ message, node: check });
    }
  }

  #operand(operand: Operand): TypedOperand {
    if (operand.kind !== 'field') return bindFieldOrTransformer(operand, this.#table);
    const text = operandText(operand);
    const known = this.#cache.fields.get(text);
    if (known !== undefined) return known;
    const typed = bindFieldOrTransformer(operand, this.#table);
    this.#cache.fields.set(text, typed);
    return typed;
  }

  #check(check: Check): BoundCheck {
    const left = this.#operand(check.left);
    const op = operatorSpec(check.op);
    const refusal = check.op === 'exists' ? undefined : refusalOf(left.bound);
    if (refusal !== undefined && 'operators' in refusal) {
      throw new BindFailure(`filter error: '${check.op}' operator not supported for type '${refusal.operators}'`);
    }
    const misfit = operatorMisfit(op, left.bound.type, left.bound.list);
    if (misfit !== undefined) throw new BindFailure(`filter error: ${misfit}`);
    if (refusal !== undefined && check.right?.kind === 'values') throw new BindFailure(refusal.values);
    return {
      kind: 'check',
      left: left.bound,
      op: check.op === '=' && left.bound.field?.spec.equalsMeansAtMost ? '<=' : check.op,
      modifier: check.modifier,
      right: this.#right(left, op, check),
    };
  }

  #right(left: TypedOperand, op: OperatorSpec, { op: name, right }: Check): BoundCheck['right'] {
    if (right === undefined) return { kind: 'none' };
    if (right.kind !== 'values') return { kind: 'operand', operand: this.#rightOperand(left, op, right) };
    const { values } = right;
    const literals = bindLiterals(left.bound, name, values, this.#asyncEvents);
    // Most literals are texts: then one array is enough.
    if (literals.every((literal, i) => literal === values[i])) return { kind: 'literals', literals: values };
    return { kind: 'literals', literals, written: values };
  }

  #rightOperand(left: TypedOperand, op: OperatorSpec, right: Exclude<Right, { kind: 'values' }>): BoundOperand {
    const typed = this.#operand(right);
    if (!op.operandRight) {
      throw new BindFailure(`operator '${op.name.toUpperCase()}' doesn't support right-hand side fields`);
    }
    if (left.bound.type === 'IPNET') {
      throw new BindFailure("field type 'IPNET' doesn't support right-hand side fields");
    }
    if (left.noRhs) throw new BindFailure(`field '${left.name}' doesn't support right-hand side fields`);
    if (typed.noRhs) throw new BindFailure(`field '${typed.name}' can't be used as a right-hand side field`);
    if (left.bound.type !== typed.bound.type || left.bound.list !== typed.bound.list) {
      throw new BindFailure(
        `field '${left.name}' has type '${typeText(left.bound)}' while the right-hand side field '${typed.name}' ` +
          `has incompatible type '${typeText(typed.bound)}'`,
        `${operandText(right)} can't be compared with ${left.bound.text}`,
      );
    }
    return typed.bound;
  }
}

function refusalOf({ field }: BoundOperand) {
  return field?.spec.refusal?.(field.arg);
}

function areWhole(items: readonly (BoundExpr | undefined)[]): items is readonly BoundExpr[] {
  return !items.includes(undefined);
}

function typeText(operand: BoundOperand): string {
  return operand.list ? `${operand.type} (list)` : operand.type;
}
