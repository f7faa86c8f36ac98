import type { Atom } from './atoms.ts';
import type { Node } from './nodes.ts';

/** Atoms on thread or descriptor of which at least one has to hold for an expression to hold. */
interface Trigger {
  readonly atoms: readonly number[];
  /** How likely one of them holds, roughly. */
  readonly weight: number;
}

export interface Triggers {
  /** How many of the expressions use an atom, by atom. */
  readonly uses: Uint32Array;
  /** Atom -> expressions that are worth a look when it holds. */
  readonly triggered: ReadonlyMap<number, readonly number[]>;
  /** Expressions that may hold without any such atom. */
  readonly untriggered: readonly number[];
}

function countUses(node: Node, seen: Set<Node>, uses: Uint32Array): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === 'literal') uses[node.atom]!++;
  else if (node.kind === 'and' || node.kind === 'or') for (const item of node.items) countUses(item, seen, uses);
}

/** Equalities are rare to hold, existence is common. */
function weightOf(atom: Atom): number {
  if (atom.test.kind === 'exists') return 1;
  if (atom.test.kind !== 'set') return 0.5;
  if (atom.test.literals.every((literal) => typeof literal === 'boolean')) return 0.3;
  return atom.test.op === 'in' ? 0.05 : 0.1;
}

/**
 * Finds for each expression the atoms that it can't do without, rare ones preferred: an atom that many expressions share
 * (container, open for writing) is taken to be common.
 */
export function findTriggers(expressions: readonly Node[], atoms: readonly Atom[]): Triggers {
  const uses = new Uint32Array(atoms.length);
  for (const node of expressions) countUses(node, new Set(), uses);
  const known = new Map<Node, Trigger | undefined>();

  function ofLiteral(atom: Atom): Trigger | undefined {
    if (atom.scope === 'event') return undefined;
    return { atoms: [atom.id], weight: weightOf(atom) + uses[atom.id]! / expressions.length };
  }

  function find(node: Node): Trigger | undefined {
    switch (node.kind) {
      case 'literal':
        return node.negated ? undefined : ofLiteral(atoms[node.atom]!);
      case 'and': {
        let best: Trigger | undefined;
        for (const item of node.items) {
          const trigger = triggerOf(item);
          if (trigger !== undefined && (best === undefined || trigger.weight < best.weight)) best = trigger;
        }
        return best;
      }
      case 'or': {
        const all = new Set<number>();
        let weight = 0;
        for (const item of node.items) {
          const trigger = triggerOf(item);
          if (trigger === undefined) return undefined;
          for (const atom of trigger.atoms) all.add(atom);
          weight += trigger.weight;
        }
        return { atoms: [...all], weight };
      }
      case 'always':
      case 'never':
        return undefined;
    }
  }

  function triggerOf(node: Node): Trigger | undefined {
    if (!known.has(node)) known.set(node, find(node));
    return known.get(node);
  }

  const triggered = new Map<number, number[]>();
  const untriggered: number[] = [];
  expressions.forEach((node, place) => {
    const trigger = triggerOf(node);
    if (trigger === undefined) untriggered.push(place);
    for (const atom of trigger?.atoms ?? []) {
      const list = triggered.get(atom);
      if (list === undefined) triggered.set(atom, [place]);
      else list.push(place);
    }
  });
  return { uses, triggered, untriggered };
}
