import { quote } from '../lang/escapes.ts';
import { operatorSpec } from '../lang/operators.ts';
import type { BoundCheck, BoundExpr } from './bound.ts';

/** A bound condition in one spelling, fully in parentheses. @param show what is to be done with the text of a check. */
export function boundText(expr: BoundExpr, show: (check: string) => string = (check) => check): string {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.items.map((item) => boundText(item, show)).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${boundText(expr.item, show)}`;
    case 'check':
      return show(checkText(expr));
  }
}

function checkText({ left, op, modifier, right }: BoundCheck): string {
  const isRenamed = op === '<=' && left.field?.spec.equalsMeansAtMost === true;
  const parts = [left.text, isRenamed ? '=' : op];
  if (modifier !== undefined) parts.push(modifier);
  if (right.kind === 'operand') {
    parts.push(right.operand.field === undefined ? right.operand.text : `val(${right.operand.text})`);
  } else if (right.kind === 'literals') {
    const values = (right.written ?? right.literals.map(String)).map(quote).join(', ');
    const isList = modifier !== undefined || operatorSpec(op).right === 'list';
    parts.push(isList ? `(${values})` : values);
  }
  return parts.join(' ');
}
