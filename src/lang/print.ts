import type { Check, Expr, Operand, Right, TransformerArg } from './ast.ts';
import { quote } from './escapes.ts';
import { operatorSpec } from './operators.ts';

/** A field or transformer in one spelling: equal texts mean the same values. */
export function operandText(operand: Operand): string {
  if (operand.kind === 'field') return withKey(operand.name, operand.arg);
  return withKey(`${operand.name}(${operand.args.map(argText).join(', ')})`, operand.selector);
}

function withKey(text: string, key: string | undefined): string {
  if (key === undefined) return text;
  return `${text}[${quotedKey.test(key) ? keyQuoted(key) : key}]`;
}

/** Arguments that are told in quotes, however they were written. */
const quotedKey = /^$|[\b\f\n\r\t =\\"'\0\]]/;

/** Escapes no more than what tools of the ecosystem do: the text is a key in their output. */
function keyQuoted(key: string): string {
  return `"${key.replace(/[\b\f\n\r\t\\"]/g, (char) => quote(char).slice(1, -1))}"`;
}

function argText(arg: TransformerArg): string {
  switch (arg.kind) {
    case 'text':
      return quote(arg.value);
    case 'list':
      return `(${arg.items.map(argText).join(', ')})`;
    case 'field':
    case 'transformer':
      return operandText(arg);
  }
}

function rightText(right: Right, single: boolean): string {
  if (right.kind === 'values') {
    const values = right.values.map(quote).join(', ');
    return single ? values : `(${values})`;
  }
  return right.kind === 'field' ? `val(${operandText(right)})` : operandText(right);
}

/** A check in one spelling, with the values of a list in their order. */
function checkText(check: Check): string {
  const parts = [operandText(check.left), check.op];
  if (check.modifier !== undefined) parts.push(check.modifier);
  const single = check.modifier === undefined && operatorSpec(check.op).right !== 'list';
  if (check.right !== undefined) parts.push(rightText(check.right, single));
  return parts.join(' ');
}

/** A condition fully in parentheses: what the parser understood. */
export function exprText(expr: Expr): string {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return `(${expr.items.map(exprText).join(` ${expr.kind} `)})`;
    case 'not':
      return `not ${exprText(expr.item)}`;
    case 'macro':
      return expr.name;
    case 'check':
      return checkText(expr);
  }
}
