import type { Atoms } from './atoms.ts';
import { type Node, Nodes } from './nodes.ts';

const no = 0;
const yes = 1;
const unknown = 2;
type Truth = typeof no | typeof yes | typeof unknown;

/** Judges expressions with what is known of thread and descriptor; atoms on the event alone are unknown. */
export class Residues {
  readonly #truth: Uint8Array;
  readonly #base: Uint8Array;
  /** The expressions left over. Replaced when they are forgotten. */
  nodes: Nodes;
  readonly #atoms: Atoms;

  constructor(atoms: Atoms) {
    this.#atoms = atoms;
    this.#base = Uint8Array.from(atoms.list, (atom) => (atom.scope === 'event' ? unknown : no));
    this.#truth = this.#base.slice();
    this.nodes = this.#newNodes();
  }

  #newNodes(): Nodes {
    return new Nodes((atom) => this.#atoms.list[atom]!.cost);
  }

  clear(): void {
    this.nodes = this.#newNodes();
  }

  /** Says that these atoms hold, until {@link Residues.release}. */
  assume(atoms: readonly number[]): void {
    for (const atom of atoms) this.#truth[atom] = yes;
  }

  /** Says that these atoms don't hold. */
  deny(atoms: readonly number[]): void {
    for (const atom of atoms) this.#truth[atom] = no;
  }

  /** Says that nothing is known of these atoms. */
  doubt(atoms: readonly number[]): void {
    for (const atom of atoms) this.#truth[atom] = unknown;
  }

  release(atoms: readonly number[]): void {
    for (const atom of atoms) this.#truth[atom] = this.#base[atom]!;
  }

  /** Whether the expression can't hold whatever the event says. */
  isImpossible(node: Node): boolean {
    return this.#judge(node) === no;
  }

  #judge(node: Node): Truth {
    switch (node.kind) {
      case 'never':
        return no;
      case 'always':
        return yes;
      case 'literal': {
        const truth = this.#truth[node.atom] as Truth;
        return truth === unknown || !node.negated ? truth : truth === yes ? no : yes;
      }
      case 'and':
      case 'or':
        return this.#judgeItems(node.items, node.kind === 'and' ? no : yes);
    }
  }

  /** `and` is decided by the first item that is false, `or` by the first that is true. */
  #judgeItems(items: readonly Node[], decisive: Truth): Truth {
    let result: Truth = decisive === no ? yes : no;
    for (let i = 0; i < items.length; i++) {
      const truth = this.#judge(items[i]!);
      if (truth === decisive) return truth;
      if (truth === unknown) result = unknown;
    }
    return result;
  }

  /** The expression with all known atoms filled in. */
  reduce(node: Node): Node {
    const truth = this.#judge(node);
    if (truth === unknown) return this.#rest(node);
    return truth === no ? this.nodes.never : this.nodes.always;
  }

  #rest(node: Node): Node {
    switch (node.kind) {
      case 'literal':
        return this.nodes.literal({ id: node.atom }, node.negated);
      case 'and':
        return this.nodes.and(node.items.map((item) => this.reduce(item)));
      case 'or':
        return this.nodes.or(node.items.map((item) => this.reduce(item)));
      case 'always':
      case 'never':
        return node;
    }
  }
}
