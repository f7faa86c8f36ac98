import { compileOutput } from '../../../src/engine/output-format.ts';
import type { OutputProblem } from '../../../src/engine/loader/compiled.ts';
import type { FieldTable } from '../../../src/model/field.ts';

/** Checks outputs for the loader, in the field's words. */
export function checkOutput(output: string, table: FieldTable | undefined): OutputProblem | undefined {
  if (table === undefined) return undefined;
  const compiled = compileOutput(output, table, { base64: false });
  // The field says no more than this, whatever is wrong.
  return compiled.ok ? undefined : { ...compiled.problem, message: "unknown filter: unexpected token after '" };
}
