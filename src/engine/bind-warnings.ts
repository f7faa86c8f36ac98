import type { Operator } from '../lang/ast.ts';
import { parseOperand } from '../lang/parser.ts';
import { transformers } from '../lang/transformers.ts';
import { FieldArgumentError, type FieldTable } from '../model/field.ts';

const transformerNames = ['val', ...transformers.keys()];

/** Literals that look like something else than a text was meant. */
export function literalWarnings(op: Operator, values: readonly string[], table: FieldTable): string[] {
  const warnings: string[] = [];
  for (const value of values) {
    if (op === 'regex' && isPlainRegex(value)) {
      warnings.push(
        `regex check with '${value}' may be optimized with simpler operators such as ` +
          "'=', 'contains', 'startswith', 'endswith'",
      );
    }
    // Nothing below can hold without one of them.
    if (!value.includes('.') && !value.endsWith(')')) continue;
    const dense = value.replace(/[ \t\n\v\f\r]+/g, '');
    if (isField(dense, table)) warnings.push(`'${value}' may be a valid field misused as a const string value`);
    for (const name of transformerNames) {
      if (!dense.startsWith(`${name}(`) || !dense.endsWith(')')) continue;
      warnings.push(`'${value}' may be a valid field transformer misused as a const string value`);
    }
  }
  return warnings;
}

function isField(text: string, table: FieldTable): boolean {
  const parsed = parseOperand(text);
  if (!parsed.ok || parsed.end !== text.length || parsed.value.kind !== 'field') return false;
  try {
    return table.bind(parsed.value.name, parsed.value.arg) !== undefined;
  } catch (error) {
    if (error instanceof FieldArgumentError) return false;
    throw error;
  }
}

const special = new Set('.+*?^$()[]{}|\\');

/** Whether an expression has nothing special but anchors and "anything" (`.*`, `.+`, `.?`) at its ends. */
function isPlainRegex(pattern: string): boolean {
  const last = pattern.length - 1;
  let at = 0;
  while (at <= last) {
    const char = pattern[at]!;
    const anchor = (at === 0 && char === '^') || (at === last && char === '$');
    const atEnds = (at === 0 && pattern.length > 1) || at === last - 1;
    const anything = atEnds && char === '.' && '+*?'.includes(pattern[at + 1] ?? ' ');
    if (anything) at++;
    else if (!anchor && special.has(char)) return false;
    at++;
  }
  return true;
}
