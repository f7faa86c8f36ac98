import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../../engine/bound.ts';
import { compileOutput, type OutputFormat } from '../../engine/output-format.ts';
import type { FieldTable } from '../../model/field.ts';
import type { AlertOptions } from '../../pipeline/alerts.ts';
import { extendOutput } from '../../pipeline/alerts-append.ts';

/** Makes the outputs of rules as alerts will have them, with what the configuration adds. */
export function prepareOutputs(
  options: AlertOptions,
  fieldTable: (source: string) => FieldTable | undefined,
): (rule: LoadedRule<BoundExpr>) => { readonly text: string; readonly format: OutputFormat } | undefined {
  return (rule) => {
    const table = fieldTable(rule.source);
    if (table === undefined) return undefined;
    const { output } = extendOutput(rule, options.appendOutput, table);
    const compiled = compileOutput(output, table, { base64: options.base64 });
    return compiled.ok ? { text: output, format: compiled.format } : undefined;
  };
}
