import type { Expr } from '../../lang/ast.ts';

interface ParsedText {
  readonly expr: Expr;
  readonly text: string;
}

/** The texts that conditions were parsed from, for places in them. */
export class ConditionTexts {
  /** Of macros, as written: with their lists filled in they may be many times as long. */
  readonly #macros: ParsedText[] = [];
  readonly #fill: (text: string) => string;
  #last: ParsedText | undefined;
  /** The checks and macros in it; made when the first is asked for. */
  #ofLast: Set<Expr> | undefined;
  /** Texts as written, by the checks and macros in the conditions of macros; made when the first is asked for. */
  #ofMacros: Map<Expr, string> | undefined;

  /** @param fill fills lists into a condition. */
  constructor(fill: (text: string) => string) {
    this.#fill = fill;
  }

  /** A condition that was parsed just now. */
  parsed(expr: Expr, text: string): void {
    this.#last = { expr, text };
    this.#ofLast = undefined;
  }

  /** The condition parsed last is that of a macro: parts of it may stand in others. @param written without lists filled in. */
  keep(written: string): void {
    if (this.#last !== undefined) this.#macros.push({ expr: this.#last.expr, text: written });
    this.#ofMacros = undefined;
  }

  /** The text that a check or macro within the condition parsed last comes from: its own, or that of a macro. */
  of(node: Expr): string | undefined {
    if (this.#last === undefined) return undefined;
    this.#ofLast ??= new Set(leaves(this.#last.expr));
    if (this.#ofLast.has(node)) return this.#last.text;
    this.#ofMacros ??= new Map(
      this.#macros.flatMap(({ expr, text }) => leaves(expr).map((leaf) => [leaf, text] as const)),
    );
    const written = this.#ofMacros.get(node);
    return written === undefined ? undefined : this.#fill(written);
  }
}

/** The checks and macros in a condition. */
function leaves(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.items.flatMap(leaves);
    case 'not':
      return leaves(expr.item);
    case 'check':
    case 'macro':
      return [expr];
  }
}
