import type { Modifier, Operator } from '../lang/ast.ts';
import type { EventInfo } from '../model/event-table.ts';
import type { BoundField, FieldType, Getter, Scalar } from '../model/field.ts';

/** A network as a literal: address bytes (4 or 16) in a byte string and the number of leading bits that count. */
export interface NetLiteral {
  readonly address: string;
  readonly bits: number;
}

/** A value that a condition compares with, of the left side's type. */
export type Literal = Scalar | NetLiteral;

/** A field or a transformer over fields, ready to be read from an event. */
export interface BoundOperand {
  /** As written; equal texts mean equal values within one event. */
  readonly text: string;
  readonly type: FieldType;
  readonly list: boolean;
  /** How to read it; the scope of a transformer over fields of different scopes is 'event'. */
  readonly getter: Getter;
  /** The field itself where the operand is nothing more. */
  readonly field: BoundField | undefined;
  /** The fields that a transformer reads, directly and nested; absent: not known. */
  readonly reads?: readonly BoundField[];
}

/** Whether events of a type can give a field, or all that a transformer reads, a value. */
export function isPossible({ field, reads }: BoundOperand, info: EventInfo): boolean {
  if (field !== undefined) return field.spec.possible?.(info, field.arg) !== false;
  return reads?.every((read) => read.spec.possible?.(info, read.arg) !== false) ?? true;
}

/** One comparison, checked: the field exists, the operator fits its type, the literals are of its type. */
export interface BoundCheck {
  readonly kind: 'check';
  readonly left: BoundOperand;
  readonly op: Operator;
  readonly modifier: Modifier | undefined;
  readonly right:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'literals';
        readonly literals: readonly Literal[];
        /** As the condition has them; absent: the literals are these texts. */
        readonly written?: readonly string[];
      }
    | { readonly kind: 'operand'; readonly operand: BoundOperand };
}

/** A condition with macros in place and every check bound. */
export type BoundExpr =
  | { readonly kind: 'and' | 'or'; readonly items: readonly BoundExpr[] }
  | { readonly kind: 'not'; readonly item: BoundExpr }
  | BoundCheck;
