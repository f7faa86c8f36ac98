/** What a template can work on; a Map's entries are read with a dot or `index`. undefined: no value. */
export type TemplateValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly TemplateValue[]
  | ReadonlyMap<string, TemplateValue>;

/** A value of its own, with the names read from it: `.a.b`, `$x.a`, `(index . "k").a`. */
export interface Chain {
  readonly kind: 'chain';
  readonly of: { readonly kind: 'dot' } | { readonly kind: 'variable'; readonly name: string } | Pipeline;
  readonly names: readonly string[];
}

export type Operand =
  | Chain
  | { readonly kind: 'literal'; readonly value: TemplateValue }
  | { readonly kind: 'call'; readonly name: string };

/** One step of a pipeline: a value, or a function with its arguments. */
export interface Command {
  readonly operands: readonly Operand[];
}

export interface Pipeline {
  readonly kind: 'pipeline';
  /** Variables that take the result; two in `range`. */
  readonly variables: readonly string[];
  /** `:=`; otherwise `=`. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

export interface Branch {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | Pipeline
  | Branch
  | { readonly kind: 'break' }
  | { readonly kind: 'continue' };

/** Where in the template's text, in characters from its start, and what. */
export interface TemplateProblem {
  readonly offset: number;
  readonly message: string;
}

/** Ends compiling; never leaves this folder. */
export class TemplateFailure {
  readonly problem: TemplateProblem;

  constructor(offset: number, message: string) {
    this.problem = { offset, message };
  }
}
