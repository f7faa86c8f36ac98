import type { Expr, MacroRef } from '../../lang/ast.ts';

/** Bounds of a condition with its macros in place: what evaluation and its checks may cost and how deep they descend. */
const maxNodes = 200_000;
const maxNesting = 1000;

export interface MacroProblem {
  readonly message: string;
  /** The reference, in the condition or in a macro. */
  readonly node: MacroRef;
}

export interface Expansion {
  readonly expr: Expr;
  /** The first one; the condition must not be used then. */
  readonly problem: MacroProblem | undefined;
}

interface Extent {
  readonly nodes: number;
  readonly nesting: number;
  /** No macro left in it. */
  readonly closed: boolean;
}

/** Puts macros into conditions. Parts of conditions are shared, not copied. */
export class MacroExpander {
  readonly #extents = new WeakMap<Expr, Extent>();
  readonly #used: Set<string>;

  /** @param used gets the names of the macros that were put in. */
  constructor(used: Set<string>) {
    this.#used = used;
  }

  /** @param visible the conditions of the macros that this one may use. */
  expand(expr: Expr, visible: (name: string) => Expr | undefined): Expansion {
    const loops: MacroProblem[] = [];
    const unknown: MacroProblem[] = [];
    const path: string[] = [];

    const walk = (node: Expr): Expr => {
      if (this.#extent(node).closed) return node;
      switch (node.kind) {
        case 'and':
        case 'or':
          return { ...node, items: node.items.map(walk) };
        case 'not':
          return { ...node, item: walk(node.item) };
        case 'macro':
          return reference(node);
        case 'check':
          return node;
      }
    };

    const reference = (node: MacroRef): Expr => {
      const body = visible(node.name);
      if (body === undefined) {
        unknown.push({ message: `Undefined macro '${node.name}' used in filter.`, node });
        return node;
      }
      if (path.includes(node.name)) {
        loops.push({ message: `reference loop in macro '${node.name}'`, node });
        return node;
      }
      this.#used.add(node.name);
      path.push(node.name);
      const expanded = path.length > maxNesting ? node : walk(body);
      path.pop();
      const { nodes, nesting } = this.#extent(expanded);
      if (expanded === node || nodes > maxNodes || nesting > maxNesting) {
        const message = `macro '${node.name}' is too large: more than ${maxNodes} checks or ${maxNesting} levels`;
        loops.push({ message, node });
        return node;
      }
      return expanded;
    };

    const expanded = walk(expr);
    const { nodes, nesting } = this.#extent(expanded);
    const problem = loops[0] ?? unknown[0];
    if (problem === undefined && (nodes > maxNodes || nesting > maxNesting)) {
      const node: MacroRef = { kind: 'macro', name: '', span: expr.span };
      const message = `the condition is too large: more than ${maxNodes} checks or ${maxNesting} levels with its macros`;
      return { expr, problem: { message, node } };
    }
    return { expr: expanded, problem };
  }

  #extent(expr: Expr): Extent {
    const known = this.#extents.get(expr);
    if (known !== undefined) return known;
    const extent = this.#measure(expr);
    this.#extents.set(expr, extent);
    return extent;
  }

  #measure(expr: Expr): Extent {
    if (expr.kind === 'check' || expr.kind === 'macro') return { nodes: 1, nesting: 1, closed: expr.kind === 'check' };
    let nodes = 1;
    let nesting = 0;
    let closed = true;
    for (const item of expr.kind === 'not' ? [expr.item] : expr.items) {
      const extent = this.#extent(item);
      nodes += extent.nodes;
      nesting = Math.max(nesting, extent.nesting);
      closed &&= extent.closed;
    }
    return { nodes, nesting: nesting + 1, closed };
  }
}
