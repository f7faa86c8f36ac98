import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../../engine/bound.ts';
import type { ExtendOutput } from '../../engine/loader/compiled.ts';
import { compileOutput, type OutputFormat } from '../../engine/output-format.ts';
import type { FieldTable } from '../../model/field.ts';
import type { AlertOptions } from '../../pipeline/alerts.ts';
import { type ExtraField, extendOutput } from '../../pipeline/alerts-append.ts';

/** What alerts of a rule show. */
export interface PreparedOutput {
  readonly text: string;
  readonly format: OutputFormat;
  /** Further keys of output_fields; each has been found valid. */
  readonly extraFields: readonly ExtraField[];
}

/** What the configuration adds to the outputs of rules, for them to be checked with it. */
export function outputExtension(
  options: AlertOptions,
  fieldTable: (source: string) => FieldTable | undefined,
): ExtendOutput | undefined {
  if (options.appendOutput.length === 0) return undefined;
  return (rule) => {
    const table = fieldTable(rule.source);
    if (table === undefined) return { output: rule.output, others: [] };
    const { output, extraFields } = extendOutput(rule, options.appendOutput, table);
    return { output, others: extraFields.map(({ name, format }) => format ?? `%${name}`) };
  };
}

/** Makes the outputs of rules as alerts will have them, with what the configuration adds; undefined: it is not valid. */
export function prepareOutputs(
  options: AlertOptions,
  fieldTable: (source: string) => FieldTable | undefined,
): (rule: LoadedRule<BoundExpr>) => PreparedOutput | undefined {
  return (rule) => {
    const table = fieldTable(rule.source);
    if (table === undefined) return undefined;
    const { output, extraFields } = extendOutput(rule, options.appendOutput, table);
    const { base64 } = options;
    for (const { name, format } of extraFields) {
      if (!compileOutput(format ?? `%${name}`, table, { base64 }).ok) return undefined;
    }
    const compiled = compileOutput(output, table, { base64 });
    return compiled.ok ? { text: output, format: compiled.format, extraFields } : undefined;
  };
}
