// Large sets of rules have hundreds of thousands of these nodes: where they stand in the text is one number in each, the
// byte that they begin at.

/** All items hold. */
export interface And {
  readonly kind: 'and';
  readonly items: readonly Expr[];
  readonly start: number;
}

/** At least one of the items holds. */
export interface Or {
  readonly kind: 'or';
  readonly items: readonly Expr[];
  readonly start: number;
}

interface Not {
  readonly kind: 'not';
  readonly item: Expr;
  readonly start: number;
}

/** A macro by its name; gone after macro expansion. */
export interface MacroRef {
  readonly kind: 'macro';
  readonly name: string;
  readonly start: number;
}

/** An operator, in its normal spelling. */
export type Operator =
  | 'exists'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'contains'
  | 'icontains'
  | 'bcontains'
  | 'startswith'
  | 'bstartswith'
  | 'endswith'
  | 'glob'
  | 'iglob'
  | 'regex'
  | 'in'
  | 'intersects'
  | 'pmatch';
/** How an operator takes the values on its right. */
export type Modifier = 'oneof' | 'anyof' | 'allof';

/** A field by its name, with what stands in its brackets. Whether there is one, the binder says. */
export interface FieldRef {
  readonly kind: 'field';
  readonly name: string;
  readonly arg: string | undefined;
}

/** A transformer with its arguments. */
export interface TransformerCall {
  readonly kind: 'transformer';
  readonly name: string;
  readonly args: readonly TransformerArg[];
  /** `getopt(...)[x]`: x. */
  readonly selector: string | undefined;
}

/** What can be compared: a field, or a transformer over fields. */
export type Operand = FieldRef | TransformerCall;
/** An argument of a transformer. */
export type TransformerArg =
  | Operand
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly TransformerArg[] };

/** Right-hand side: literal values (byte strings, unescaped), or another operand (`val(field)` or a transformer). */
export type Right = { readonly kind: 'values'; readonly values: readonly string[] } | Operand;

/** One comparison, or `exists`. */
export interface Check {
  readonly kind: 'check';
  readonly left: Operand;
  /** `==` is `=` here. */
  readonly op: Operator;
  readonly modifier: Modifier | undefined;
  /** undefined for `exists`. One value for scalar operators, any number for list operators and modifiers. */
  readonly right: Right | undefined;
  readonly start: number;
  /** Where the right side begins: a list's at its parenthesis. */
  readonly rightStart: number;
}

/** A condition as parsed. */
export type Expr = And | Or | Not | MacroRef | Check;
