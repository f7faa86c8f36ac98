interface Constant {
  readonly kind: 'always' | 'never';
  readonly id: number;
  readonly cost: number;
}

/** An atom by its number, or its negation. */
interface LiteralNode {
  readonly kind: 'literal';
  readonly id: number;
  readonly cost: number;
  readonly atom: number;
  readonly negated: boolean;
}

interface Branch {
  readonly kind: 'and' | 'or';
  readonly id: number;
  readonly cost: number;
  /** At least two, cheapest first, none of them a constant or of the same kind. */
  readonly items: readonly Node[];
}

/** A boolean expression; equal expressions are the same object. */
export type Node = Constant | LiteralNode | Branch;

/** Makes expressions, simplified: constants out, same kinds merged, duplicates once, cheap items first. */
export class Nodes {
  readonly never: Constant = { kind: 'never', id: 0, cost: 0 };
  readonly always: Constant = { kind: 'always', id: 1, cost: 0 };
  readonly #known = new Map<string, Node>();
  readonly #atomCost: (atom: number) => number;
  readonly #negations = new Map<Node, Node>();

  constructor(atomCost: (atom: number) => number) {
    this.#atomCost = atomCost;
  }

  /** How many expressions it knows. */
  get size(): number {
    return this.#known.size;
  }

  literal(atom: { readonly id: number }, negated: boolean): Node {
    const key = `${negated ? '-' : ''}${atom.id}`;
    return this.#intern(key, (id) => ({ kind: 'literal', id, cost: this.#atomCost(atom.id), atom: atom.id, negated }));
  }

  and(items: readonly Node[]): Node {
    return this.#branch('and', items, this.always, this.never);
  }

  or(items: readonly Node[]): Node {
    return this.#branch('or', items, this.never, this.always);
  }

  constant(value: boolean): Node {
    return value ? this.always : this.never;
  }

  negate(node: Node): Node {
    const known = this.#negations.get(node);
    if (known !== undefined) return known;
    const result = this.#negate(node);
    this.#negations.set(node, result);
    return result;
  }

  #negate(node: Node): Node {
    switch (node.kind) {
      case 'always':
        return this.never;
      case 'never':
        return this.always;
      case 'literal':
        return this.literal({ id: node.atom }, !node.negated);
      case 'and':
        return this.or(node.items.map((item) => this.negate(item)));
      case 'or':
        return this.and(node.items.map((item) => this.negate(item)));
    }
  }

  #branch(kind: 'and' | 'or', items: readonly Node[], neutral: Node, absorbing: Node): Node {
    const parts = new Set<Node>();
    for (const item of items) {
      if (item === absorbing) return absorbing;
      if (item === neutral) continue;
      if (item.kind === kind) for (const part of item.items) parts.add(part);
      else parts.add(item);
    }
    for (const part of parts) if (part.kind === 'literal' && parts.has(this.negate(part))) return absorbing;
    const sorted = [...parts].sort((a, b) => a.cost - b.cost || a.id - b.id);
    if (sorted.length < 2) return sorted[0] ?? neutral;
    const key = `${kind} ${sorted.map((part) => part.id).join(' ')}`;
    return this.#intern(key, (id) => {
      let cost = 0;
      for (const part of sorted) cost += part.cost;
      return { kind, id, cost, items: sorted };
    });
  }

  #intern(key: string, make: (id: number) => Node): Node {
    let node = this.#known.get(key);
    if (node === undefined) {
      node = make(this.#known.size + 2);
      this.#known.set(key, node);
    }
    return node;
  }
}
