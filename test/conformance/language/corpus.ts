import fs from 'node:fs';
import path from 'node:path';
import { exprText } from '../../../src/lang/print.ts';
import { parseCondition } from '../../../src/lang/parser.ts';
import { bindCondition } from '../../../src/engine/bind.ts';
import { eventTypesOf } from '../../../src/engine/event-types.ts';
import { loadRules } from '../../../src/engine/loader/load-rules.ts';
import { builtInAsyncEvents } from '../../../src/engine/loader/version.ts';
import { events } from '../../../src/model/event-table.ts';
import { boundText } from '../../../src/engine/bound-text.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import { checkOutput } from './check-output.ts';
import { corpusFields, stubTable } from './stub-fields.ts';

/** A case of the corpus: what is given and the lines that must come out. */
export interface CorpusCase {
  readonly name: string;
  readonly input: string;
  readonly expected: readonly string[];
}

const table = stubTable('syscall', corpusFields);

function corpusText(file: string): string {
  return fs.readFileSync(path.join(import.meta.dirname, file), 'utf8');
}

/**
 * conditions.txt: a condition on one line (as a JSON string where it needs control characters), then its results:
 * `=> ` what the parser understood, `! ` a syntax error, `? ` a mistake in a check, `~ ` a warning, each with the offset;
 * `@ ` the event types where the condition restricts them. Blocks end with an empty line, `#` starts a comment.
 */
export function conditionCases(): CorpusCase[] {
  const blocks = corpusText('conditions.txt').split(/\n\s*\n/);
  return blocks.flatMap((block) => {
    const [input, ...expected] = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return input === undefined ? [] : [{ name: input, input, expected }];
  });
}

export function conditionResults(input: string): string[] {
  const text = input.startsWith('"') ? (JSON.parse(input) as string) : input;
  const parsed = parseCondition(Buffer.from(text).toString('latin1'));
  if (!parsed.ok) return [`! ${parsed.problem.offset}: ${parsed.problem.message}`];
  const lines = [`=> ${exprText(parsed.value)}`];
  const { problems, warnings } = bindCondition(parsed.value, table, { asyncEvents: builtInAsyncEvents });
  // Macros are not known here.
  const known = problems.filter(({ node }) => node.kind !== 'macro');
  lines.push(...known.map(({ node, message }) => `? ${node.start}: ${message}`));
  lines.push(...warnings.map(({ node, message }) => `~ ${node.rightStart}: ${message}`));
  const types = eventTypesOf(parsed.value, builtInAsyncEvents);
  lines.push(...types.problems.map(({ check, message }) => `? ${check.start}: ${message}`));
  if (types.broadness < events.length) lines.push(`@ ${codeText(types.codes)}`);
  return lines;
}

function codeText(codes: ReadonlySet<number>): string {
  const names = [...codes].sort((a, b) => a - b).map((code) => events[code]!.code);
  if (names.length === 1) return 'none';
  return names.length > 12 ? `${names.length - 1} codes` : names.filter((name) => name !== 'ASYNCEVENT_E').join(' ');
}

/**
 * rules.txt: `=== name`, rules files (further ones behind `+++`), `---`, and then what loading says and gives:
 * `file: severity CODE item 'name' line:column @offset: message` of the innermost location, behind the first error with
 * `further`; `rule name [priority source tags]: condition | output` for each rule that is loaded.
 */
export function ruleCases(): CorpusCase[] {
  return corpusText('rules.txt')
    .split(/^=== /m)
    .slice(1)
    .map((block) => {
      const [name = '', ...rest] = block.split('\n');
      const [input = '', expected = ''] = rest.join('\n').split(/^---$\n?/m);
      return { name, input, expected: expected.split('\n').filter((line) => line !== '') };
    });
}

export function ruleResults(input: string): string[] {
  const files = input.split(/^\+\+\+$\n/m).map((text, index) => ({ name: String.fromCharCode(97 + index), text }));
  const loaded = loadRules(files, {
    fieldTable: (source) => (source === 'syscall' ? table : undefined),
    checkOutput: (output) => checkOutput(output, table),
  });
  const lines = loaded.results.flatMap(({ name, diagnostics, further }) => [
    ...diagnostics.map((diagnostic) => diagnosticLine(name, '', diagnostic)),
    ...further.map((diagnostic) => diagnosticLine(name, 'further ', diagnostic)),
  ]);
  if (loaded.requirementError !== undefined) lines.push(loaded.requirementError);
  for (const rule of loaded.rules) {
    const flags = [rule.priority, rule.source, ...rule.tags, ...(rule.enabled ? [] : ['(disabled)'])].join(' ');
    lines.push(`rule ${rule.name} [${flags}]: ${boundText(rule.condition)} | ${rule.output}`);
  }
  return lines;
}

function diagnosticLine(file: string, prefix: string, { severity, code, message, locations }: Diagnostic): string {
  const { itemType, itemName, position } = locations.at(-1)!;
  const item = itemName === '' ? itemType : `${itemType} '${itemName}'`;
  const place = `${position.line}:${position.column} @${position.offset}`;
  return `${file}: ${prefix}${severity} ${code} ${item} ${place}: ${message}`.trimEnd();
}
