import type { Expr, MacroRef } from '../../lang/ast.ts';

/** Bounds of a condition with its macros in place: what evaluation and its checks may cost and how deep they descend. */
const maxNodes = 200_000;
const maxNesting = 1000;

/** A reference to a macro that can't be replaced. */
export interface MacroProblem {
  readonly message: string;
  /** The reference, in the condition or in a macro. */
  readonly node: MacroRef;
  /** There is no such macro, all others are in place; else nothing is expanded behind the reference. */
  readonly isUnknown: boolean;
}

interface Expansion {
  readonly expr: Expr;
  /** The first one; the condition must not be used then. */
  readonly problem: MacroProblem | undefined;
}

interface Extent {
  readonly nodes: number;
  readonly nesting: number;
}

/** The extents of macros with their own macros in place. They stand in many conditions, as one and the same object. */
export type Extents = WeakMap<Expr, Extent>;

/** Puts macros into conditions. Parts of conditions are shared, not copied. */
export class MacroExpander {
  readonly #extents: Extents;
  readonly #used: Set<string>;

  /** @param used gets the names of the macros that were put in. */
  constructor(used: Set<string>, extents: Extents) {
    this.#used = used;
    this.#extents = extents;
  }

  /** @param visible the conditions of the macros that this one may use. */
  expand(expr: Expr, visible: (name: string) => Expr | undefined): Expansion {
    const pass = new ExpansionPass(this.#extents, visible);
    const expanded = pass.walk(expr, 0);
    for (const name of pass.used) this.#used.add(name);
    const problem = pass.fatal ?? pass.unknown ?? tooLarge(expr, pass.extent(expanded));
    return { expr: expanded, problem };
  }

  /** The condition of a macro without any macro left: from here on it is put into others as it is. */
  share(expr: Expr): void {
    this.#extents.set(expr, new ExpansionPass(this.#extents, () => undefined).extent(expr));
  }
}

function tooLarge(expr: Expr, { nodes, nesting }: Extent): MacroProblem | undefined {
  if (nodes <= maxNodes && nesting <= maxNesting) return undefined;
  const message = `the condition is too large: more than ${maxNodes} checks or ${maxNesting} levels with its macros`;
  return { message, node: { kind: 'macro', name: '', start: expr.start }, isUnknown: false };
}

const single: Extent = { nodes: 1, nesting: 1 };

/** The expansion of one condition. */
class ExpansionPass {
  readonly used = new Set<string>();
  /** A loop, or a size out of bounds: nothing is expanded behind it. */
  fatal: MacroProblem | undefined;
  unknown: MacroProblem | undefined;
  readonly #path: string[] = [];
  /** What a macro became, so that one used many times costs but once. */
  readonly #done = new Map<string, Expr>();
  readonly #doneExtents = new Map<Expr, Extent>();
  readonly #shared: Extents;
  readonly #visible: (name: string) => Expr | undefined;

  constructor(shared: Extents, visible: (name: string) => Expr | undefined) {
    this.#shared = shared;
    this.#visible = visible;
  }

  extent(expr: Expr): Extent {
    if (expr.kind === 'check' || expr.kind === 'macro') return single;
    const known = this.#shared.get(expr) ?? this.#doneExtents.get(expr);
    if (known !== undefined) return known;
    let nodes = 1;
    let nesting = 0;
    for (const item of expr.kind === 'not' ? [expr.item] : expr.items) {
      const extent = this.extent(item);
      nodes += extent.nodes;
      nesting = Math.max(nesting, extent.nesting);
    }
    return { nodes, nesting: nesting + 1 };
  }

  /** The part with macros in place; the part itself where it has none. */
  walk(node: Expr, depth: number): Expr {
    if (this.fatal !== undefined) return node;
    switch (node.kind) {
      case 'and':
      case 'or': {
        const items = node.items.map((item) => this.walk(item, depth + 1));
        return items.some((item, i) => item !== node.items[i]) ? { ...node, items } : node;
      }
      case 'not': {
        const item = this.walk(node.item, depth + 1);
        return item === node.item ? node : { ...node, item };
      }
      case 'macro':
        return this.#reference(node, depth);
      case 'check':
        return node;
    }
  }

  #reference(node: MacroRef, depth: number): Expr {
    const done = this.#done.get(node.name);
    if (done !== undefined) return done;
    const body = this.#visible(node.name);
    if (body === undefined) {
      this.unknown ??= { message: `Undefined macro '${node.name}' used in filter.`, node, isUnknown: true };
      return node;
    }
    if (this.#path.includes(node.name)) {
      this.fatal = { message: `reference loop in macro '${node.name}'`, node, isUnknown: false };
      return node;
    }
    if (depth > maxNesting) return this.#outOfBounds(node);
    this.used.add(node.name);
    if (this.#shared.has(body)) return body;
    this.#path.push(node.name);
    const expanded = this.walk(body, depth + 1);
    this.#path.pop();
    const extent = this.extent(expanded);
    if (extent.nodes > maxNodes || extent.nesting > maxNesting) return this.#outOfBounds(node);
    this.#done.set(node.name, expanded);
    this.#doneExtents.set(expanded, extent);
    return expanded;
  }

  #outOfBounds(node: MacroRef): Expr {
    const message = `macro '${node.name}' is too large: more than ${maxNodes} checks or ${maxNesting} levels`;
    this.fatal ??= { message, node, isUnknown: false };
    return node;
  }
}
