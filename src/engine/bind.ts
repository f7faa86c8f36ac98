import type { Check, Expr, Operand, Right, Span } from '../lang/ast.ts';
import { type OperatorSpec, operatorMisfit, operatorSpec } from '../lang/operators.ts';
import { checkText, operandText } from '../lang/print.ts';
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
  readonly span: Span;
  /** What may be meant instead. */
  readonly help?: string;
}

/** A check that works but looks like a mistake. */
export interface BindWarning {
  readonly message: string;
  readonly node: Expr;
  /** The right side in question. */
  readonly span: Span;
}

export interface BindOptions {
  /** Names of asynchronous events that evt.type can show, e.g. container. */
  readonly asyncEvents?: readonly string[];
  /** Checks bound before, with the same table and options: macros put the same ones into many conditions. */
  readonly cache?: BindCache;
}

/** Keeps what became of checks from one condition to the next. */
export type BindCache = WeakMap<Check, BoundCheck | BindFailure>;

export interface BoundCondition {
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
  readonly #options: BindOptions;

  constructor(table: FieldTable, options: BindOptions) {
    this.#table = table;
    this.#options = options;
  }

  expr(expr: Expr): BoundExpr | undefined {
    switch (expr.kind) {
      case 'and':
      case 'or': {
        const items = expr.items.map((item) => this.expr(item));
        return { kind: expr.kind, items: items.filter((item) => item !== undefined) };
      }
      case 'not': {
        const item = this.expr(expr.item);
        return item && { kind: 'not', item };
      }
      case 'macro':
        this.problems.push({ message: `Undefined macro '${expr.name}' used in filter.`, node: expr, span: expr.span });
        return undefined;
      case 'check':
        return this.#tryCheck(expr);
    }
  }

  #tryCheck(check: Check): BoundCheck | undefined {
    const result = this.#options.cache?.get(check) ?? this.#result(check);
    this.#options.cache?.set(check, result);
    if (!(result instanceof BindFailure)) {
      this.#warn(check);
      return result;
    }
    const { message, help } = result;
    this.problems.push({ message, node: check, span: check.span, ...(help === undefined ? {} : { help }) });
    return undefined;
  }

  #result(check: Check): BoundCheck | BindFailure {
    try {
      return this.#check(check);
    } catch (error) {
      if (error instanceof BindFailure) return error;
      throw error;
    }
  }

  #warn(check: Check): void {
    if (check.right?.kind !== 'values') return;
    for (const message of literalWarnings(check.op, check.right.values, this.#table)) {
      this.warnings.push({ message, node: check, span: check.right.span });
    }
  }

  #check(check: Check): BoundCheck {
    const left = bindFieldOrTransformer(check.left, this.#table);
    const op = operatorSpec(check.op);
    const misfit = operatorMisfit(op, left.bound.type, left.bound.list);
    if (misfit !== undefined) throw new BindFailure(`filter error: ${misfit}`);
    const bound = {
      kind: 'check',
      left: left.bound,
      op: check.op === '=' && left.bound.field?.spec.equalsMeansAtMost ? '<=' : check.op,
      modifier: check.modifier,
      text: checkText(check),
      span: check.span,
    } as const;
    if (check.right === undefined) return { ...bound, right: { kind: 'none' } };
    if (check.right.kind !== 'values') {
      const operand = this.#rightOperand(left, op, check.right);
      return { ...bound, right: { kind: 'operand', operand } };
    }
    const literals = bindLiterals(left.bound, check.op, check.right.values, this.#options.asyncEvents ?? []);
    return { ...bound, right: { kind: 'literals', literals } };
  }

  #rightOperand(left: TypedOperand, op: OperatorSpec, right: Exclude<Right, { kind: 'values' }>): BoundOperand {
    const typed = bindFieldOrTransformer(right, this.#table);
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

function typeText(operand: BoundOperand): string {
  return operand.list ? `${operand.type} (list)` : operand.type;
}
