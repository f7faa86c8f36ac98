import type { Atom, SetOperator } from './atoms.ts';
import { requiredText } from './glob.ts';
import { requiredByRegex } from './regex.ts';
import { TextAutomaton } from './text-automaton.ts';

/** Adds one check with one literal. @returns whether the automaton can take it. */
function add(automaton: TextAutomaton, op: SetOperator, text: string, id: number): boolean {
  switch (op) {
    case 'in':
      automaton.addEqual(text, id);
      return true;
    case 'startswith':
      automaton.addStart(text, id);
      return true;
    case 'endswith':
      automaton.addEnd(text, id);
      return true;
    case 'contains':
      automaton.addPart(text, id);
      return true;
    case 'icontains':
      automaton.addFoldedPart(text, id);
      return true;
    case 'pmatch':
      return automaton.addPath(text, id);
    case 'glob':
    case 'iglob':
    case 'regex': {
      const needed = op === 'regex' ? requiredByRegex(text) : requiredText(text);
      if (needed !== '') automaton.addNeeded(needed, op === 'iglob');
      return needed !== '';
    }
  }
}

/** The automaton for the texts of an operand, ids being the places of the atoms; undefined where one is not of its kinds. */
export function automatonOf(atoms: readonly Atom[]): TextAutomaton | undefined {
  if (atoms[0]?.left.list === true) return undefined;
  const automaton = new TextAutomaton();
  for (const [id, { test }] of atoms.entries()) {
    if (test.kind === 'exists') {
      automaton.addStart('', id);
      continue;
    }
    if (test.kind !== 'set') return undefined;
    for (const literal of test.literals) {
      // Bytes are all that it knows.
      if (typeof literal !== 'string' || /[^\0-\xff]/.test(literal)) return undefined;
      if (!add(automaton, test.op, literal, id)) return undefined;
    }
  }
  return automaton;
}
