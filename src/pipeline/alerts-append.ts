import type { FieldTable } from '../model/field.ts';

/** A key of output_fields besides those of the output: with a format its text, else the value of the field `name`. */
export interface ExtraField {
  readonly name: string;
  readonly format: string | undefined;
}

/** What the configuration adds to the outputs of the rules that it matches; no condition: of all rules. */
export interface AppendOutput {
  readonly source: string | undefined;
  readonly rule: string | undefined;
  /** The rule has to have all of them. */
  readonly tags: readonly string[];
  readonly extraOutput: string | undefined;
  readonly extraFields: readonly ExtraField[];
  /**
   * Adds `name=%field` for each field that the source's classes suggest, e.g. the container's; 'missing': only to outputs
   * that have none of them.
   */
  readonly suggestedOutput: boolean | 'missing';
}

interface RuleFacts {
  readonly name: string;
  readonly source: string;
  readonly output: string;
  readonly tags: readonly string[];
}

/** The output of a rule with everything that is added to it, and its extra fields by name (the last of a name counts). */
export function extendOutput(
  rule: RuleFacts,
  additions: readonly AppendOutput[],
  table: FieldTable,
): { output: string; extraFields: readonly ExtraField[] } {
  let output = rule.output;
  const extra = new Map<string, ExtraField>();
  for (const addition of additions) {
    if (!matches(addition, rule)) continue;
    if (addition.extraOutput !== undefined && addition.extraOutput !== '') output += ` ${addition.extraOutput}`;
    if (addition.suggestedOutput !== false) output += suggestedText(output, addition.suggestedOutput, table);
    for (const field of addition.extraFields) extra.set(field.name, field);
  }
  return { output, extraFields: [...extra.values()] };
}

function matches(addition: AppendOutput, rule: RuleFacts): boolean {
  if (addition.source !== undefined && addition.source !== rule.source) return false;
  if (addition.rule !== undefined && addition.rule !== rule.name) return false;
  return addition.tags.every((tag) => rule.tags.includes(tag));
}

function suggestedText(output: string, when: true | 'missing', { suggested }: FieldTable): string {
  if (when === 'missing' && suggested.some((name) => output.includes(`%${name}`))) return '';
  return suggested.map((name) => ` ${name.replaceAll('.', '_')}=%${name}`).join('');
}
