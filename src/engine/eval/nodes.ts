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
  /** Another one with the same hash. */
  readonly next: Branch | undefined;
}

/** A boolean expression; equal expressions are the same object. */
export type Node = Constant | LiteralNode | Branch;

/** Makes expressions, simplified: constants out, same kinds merged, duplicates once, cheap items first. */
export class Nodes {
  readonly never: Constant = { kind: 'never', id: 0, cost: 0 };
  readonly always: Constant = { kind: 'always', id: 1, cost: 0 };
  /** Twice the number of the atom, and one more for its negation. */
  readonly #literals: (LiteralNode | undefined)[] = [];
  /** By hash, see {@link Branch.next}. */
  readonly #branches = new Map<number, Branch>();
  #count = 0;
  readonly #atomCost: (atom: number) => number;
  readonly #negations = new Map<Node, Node>();

  constructor(atomCost: (atom: number) => number) {
    this.#atomCost = atomCost;
  }

  /** How many expressions it knows. */
  get size(): number {
    return this.#count;
  }

  literal({ id: atom }: { readonly id: number }, negated: boolean): Node {
    const place = literalPlace(atom, negated);
    const known = this.#literals[place];
    if (known !== undefined) return known;
    const literal: LiteralNode = { kind: 'literal', id: this.#nextId(), cost: this.#atomCost(atom), atom, negated };
    this.#literals[place] = literal;
    return literal;
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

  /** No more is negated. */
  seal(): void {
    this.#negations.clear();
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
    for (const part of parts) {
      if (part.kind !== 'literal') continue;
      const opposite = this.#literals[literalPlace(part.atom, !part.negated)];
      if (opposite !== undefined && parts.has(opposite)) return absorbing;
    }
    const sorted = [...parts].sort((a, b) => a.cost - b.cost || a.id - b.id);
    if (sorted.length < 2) return sorted[0] ?? neutral;
    return this.#known(kind, sorted);
  }

  /** The branch with just these items. */
  #known(kind: 'and' | 'or', items: readonly Node[]): Node {
    let hash = kind === 'and' ? 1 : 2;
    for (const { id } of items) {
      hash = Math.imul(hash ^ id, 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const next = this.#branches.get(hash);
    for (let known = next; known !== undefined; known = known.next) {
      if (known.kind === kind && areEqual(known.items, items)) return known;
    }
    let cost = 0;
    for (const item of items) cost += item.cost;
    const branch: Branch = { kind, id: this.#nextId(), cost, items, next };
    this.#branches.set(hash, branch);
    return branch;
  }

  #nextId(): number {
    return 2 + this.#count++;
  }
}

function literalPlace(atom: number, negated: boolean): number {
  return 2 * atom + (negated ? 1 : 0);
}

function areEqual(a: readonly Node[], b: readonly Node[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
