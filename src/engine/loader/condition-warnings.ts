import type { Check, Expr, Operand, TransformerArg } from '../../lang/ast.ts';
import { deprecatedFields } from './codes.ts';

interface ConditionFindings {
  /** `<NA>` compared with a field that prints it where it has no value. */
  readonly unsafeNa: boolean;
  /** Deprecated fields in it, in the order of the table of them. */
  readonly deprecated: readonly string[];
}

const equalities = new Set(['=', '!=', 'in', 'intersects', 'pmatch']);

/** What to warn of in a condition, its macros in place. */
export function inspectCondition(expr: Expr): ConditionFindings {
  const found = new Set<string>();
  let unsafeNa = false;

  const visit = (node: Expr): void => {
    if (node.kind === 'and' || node.kind === 'or') for (const item of node.items) visit(item);
    if (node.kind === 'not') visit(node.item);
    if (node.kind !== 'check') return;
    if (isUnsafe(node)) unsafeNa = true;
    for (const name of fieldsOf(node.left)) if (deprecatedFields.has(name)) found.add(name);
  };

  visit(expr);
  return { unsafeNa, deprecated: [...deprecatedFields.keys()].filter((name) => found.has(name)) };
}

function isUnsafe({ left, op, modifier, right }: Check): boolean {
  if (modifier !== undefined || !equalities.has(op) || right?.kind !== 'values') return false;
  const name = fieldsOf(left).at(-1) ?? '';
  return (name.startsWith('ka.') || name.startsWith('jevt.')) && right.values.includes('<NA>');
}

function fieldsOf(operand: Operand | TransformerArg): string[] {
  switch (operand.kind) {
    case 'field':
      return [operand.name];
    case 'transformer':
      return operand.args.flatMap(fieldsOf);
    case 'list':
      return operand.items.flatMap(fieldsOf);
    case 'text':
      return [];
  }
}
