import type { Node } from './nodes.ts';

/** Atoms of which at least one has to hold for an expression to hold. */
interface Trigger {
  readonly atoms: readonly number[];
  /** How likely one of them holds, roughly. */
  readonly weight: number;
}

/** Which rules are worth a look when an atom holds. */
export interface Triggers {
  /** Atom -> expressions (by place) that are worth a look when it holds. */
  readonly triggered: ReadonlyMap<number, readonly number[]>;
  /** Expressions that may hold without any such atom. */
  readonly untriggered: readonly number[];
}

/** Adds to `uses`, by atom, how many of the expressions use it. */
export function countUses(expressions: readonly Node[], uses: Uint32Array): void {
  function count(node: Node, seen: Set<Node>): void {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'literal') uses[node.atom]!++;
    else if (node.kind === 'and' || node.kind === 'or') for (const item of node.items) count(item, seen);
  }
  for (const node of expressions) count(node, new Set());
}

/**
 * Finds for each expression the atoms that it can't do without, those of the least weight.
 * @param weightOf how likely an atom holds, roughly; undefined for one that is no trigger.
 */
export function findTriggers(expressions: readonly Node[], weightOf: (atom: number) => number | undefined): Triggers {
  const known = new Map<Node, Trigger | undefined>();

  function find(node: Node): Trigger | undefined {
    switch (node.kind) {
      case 'literal': {
        const weight = node.negated ? undefined : weightOf(node.atom);
        return weight === undefined ? undefined : { atoms: [node.atom], weight };
      }
      case 'and':
        return lightest(node.items.map(triggerOf));
      case 'or':
        return joined(node.items.map(triggerOf));
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
  return { triggered, untriggered };
}

function lightest(triggers: readonly (Trigger | undefined)[]): Trigger | undefined {
  let best: Trigger | undefined;
  for (const trigger of triggers) {
    if (trigger !== undefined && (best === undefined || trigger.weight < best.weight)) best = trigger;
  }
  return best;
}

function joined(triggers: readonly (Trigger | undefined)[]): Trigger | undefined {
  const atoms = new Set<number>();
  let weight = 0;
  for (const trigger of triggers) {
    if (trigger === undefined) return undefined;
    for (const atom of trigger.atoms) atoms.add(atom);
    weight += trigger.weight;
  }
  return { atoms: [...atoms], weight };
}
