import { parseOperand } from '../../../src/lang/parser.ts';
import { bindOperand } from '../../../src/engine/bind.ts';
import type { OutputProblem } from '../../../src/engine/loader/compiler.ts';
import type { FieldTable } from '../../../src/model/field.ts';

/** Checks an output text as far as the loader needs it: every % must start a field or transformer. */
export function checkOutput(output: string, table: FieldTable | undefined): OutputProblem | undefined {
  if (table === undefined) return undefined;
  for (let at = output.indexOf('%'); at >= 0; at = output.indexOf('%', at + 1)) {
    let start = at + 1;
    while (/[0-9]/.test(output[start] ?? '')) start++;
    let found = false;
    for (let end = output.length; end > start && !found; end--) {
      const parsed = parseOperand(output, start, end);
      found = parsed.ok && bindOperand(parsed.value, table).ok;
    }
    if (!found) return { message: "unknown filter: unexpected token after '", offset: at };
  }
  return undefined;
}
