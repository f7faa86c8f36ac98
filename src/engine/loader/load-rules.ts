import { encodeBytes } from '../../base/utf8.ts';
import { type Priority, priorities } from '../../model/alert.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { FieldTable } from '../../model/field.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
import { Collector } from './collector.ts';
import { CompileCache } from './compile-cache.ts';
import type { Compiled, CompiledMacro, ExtendOutput, OutputProblem } from './compiled.ts';
import { compileRules } from './compiler.ts';
import { type Context, fileContext, fileOf, within } from './context.ts';
import type { ExceptionItem } from './items.ts';
import type { FilledList } from './list-text.ts';
import type { ReadingState } from './item-keys.ts';
import { readDocument, readDocumentItem } from './read-items.ts';
import { ReportBuilder } from './report-builder.ts';
import { addItemProblems, schemaProblems } from './schema-check.ts';
import { builtInPlugins, type PluginRequirement, type PluginVersion, unmetRequirements } from './version.ts';
import { withLineFeeds } from './yaml-source.ts';
import { readYaml, YamlItems } from './yaml-tree.ts';

/** A rules file, read. */
export interface RulesFile {
  /** As reports show it. */
  readonly name: string;
  readonly text: string;
}

/** What rules are checked against. */
export interface LoadOptions {
  /** The fields of an event source; undefined for a source that there is none of. */
  fieldTable(source: string): FieldTable | undefined;
  /**
   * Looks at the output of a rule, a byte string, without the fields that the configuration adds.
   * @returns what is wrong with it.
   */
  checkOutput(output: string, source: string): OutputProblem | undefined;
  /** What is checked besides; absent: the configuration adds nothing. */
  readonly extendOutput?: ExtendOutput;
  /** Plugins that are there besides the built-in ones. */
  readonly plugins?: readonly PluginVersion[];
  /** Rules of a lower priority are loaded but disabled. */
  readonly minimumPriority?: Priority;
}

/** What became of one file. */
export interface FileResult {
  readonly name: string;
  readonly successful: boolean;
  /** Warnings and at most one error, the last: what the field's own loader says. */
  readonly diagnostics: readonly Diagnostic[];
  /** What else was found behind the first error, or is tolerated but surely not meant. */
  readonly further: readonly Diagnostic[];
  /** How many more there would be: the lists above are bounded. */
  readonly dropped: number;
  /** Per document `ok`, or what its schema says against it; empty where the file is no YAML. */
  readonly schemaStatus: readonly string[];
}

/** Of a rule, as byte strings. */
export interface RuleTexts {
  readonly description: string;
  /** As written, after appends. */
  readonly conditionText: string;
}

/** What became of the files: rules ready to run, and all that there is to say. */
export interface LoadResult {
  /** In the order of evaluation. Without those that have errors or an unknown source. */
  readonly rules: readonly LoadedRule<BoundExpr>[];
  readonly macros: readonly CompiledMacro[];
  readonly lists: readonly FilledList[];
  /** Macros and lists that a rule or macro refers to. */
  readonly usedMacros: ReadonlySet<string>;
  readonly usedLists: ReadonlySet<string>;
  /** The exceptions of a rule, with the comparisons that they do not name. */
  exceptionsOf(rule: string): readonly ExceptionItem[];
  /** What nobody needs who only runs the rules. */
  textsOf(rule: string): RuleTexts;
  readonly results: readonly FileResult[];
  /** All files without error, and all required plugins there. */
  readonly successful: boolean;
  /** The newest engine version that a file asks for. */
  readonly requiredEngineVersion: string;
  readonly requiredPlugins: readonly PluginRequirement[];
  /** Why the plugins do not meet what the rules require. */
  readonly requirementError: string | undefined;
  /** All of that; the field's own loader tells the first. */
  readonly requirementErrors: readonly string[];
}

/**
 * Loads rules files one after the other, later ones changing what earlier ones define. Mistakes in them are told in the
 * results, never thrown. Names and texts of what is loaded are byte strings.
 */
export function loadRules(files: readonly RulesFile[], options: LoadOptions): LoadResult {
  let collector = new Collector((source) => options.fieldTable(source));
  let broken = new Set<string>();
  const cache = new CompileCache();
  const reports: { file: RulesFile; report: ReportBuilder; schemaStatus: string[] }[] = [];
  let compiled: Compiled | undefined;
  for (const [index, file] of files.entries()) {
    const from = collector.position;
    const { state, schemaStatus } = readFile(file, collector, broken);
    ({ collector, broken } = state);
    const { report } = state;
    reports.push({ file, report, schemaStatus });
    compiled = compileRules(collector, {
      fieldTable: (source) => options.fieldTable(source),
      checkOutput: (output, source) => options.checkOutput(output, source),
      extendOutput: options.extendOutput,
      report,
      from,
      all: index === files.length - 1,
      broken,
      cache,
    });
  }
  const unfailed = reports.every(({ report }) => !report.failed);
  if (compiled !== undefined && unfailed) warnOfUnused(collector, compiled, reports);
  const plugins = [...builtInPlugins, ...(options.plugins ?? [])];
  const requirementErrors = unmetRequirements(collector.requiredPlugins, plugins);
  const requirementError = requirementErrors[0];
  const results = reports.map(({ file, report, schemaStatus }) => ({
    name: file.name,
    successful: !report.failed,
    diagnostics: report.diagnostics,
    further: report.further,
    dropped: report.dropped,
    schemaStatus,
  }));
  return {
    rules: withThreshold(compiled?.rules ?? [], options.minimumPriority ?? 'Debug'),
    macros: compiled?.macros ?? [],
    lists: compiled?.lists ?? [],
    usedMacros: compiled?.usedMacros ?? new Set(),
    usedLists: compiled?.usedLists ?? new Set(),
    exceptionsOf: (rule) => collector.rules.get(rule)?.exceptions ?? [],
    textsOf: (rule) => {
      const { description = '', condition: conditionText = '' } = collector.rules.get(rule) ?? {};
      return { description, conditionText };
    },
    results,
    successful: unfailed && requirementError === undefined,
    requiredEngineVersion: collector.requiredEngine,
    requiredPlugins: collector.requiredPlugins,
    requirementError,
    requirementErrors,
  };
}

/** What was read up to and with a file, and what its schema says. */
interface FileReading {
  readonly state: ReadingState;
  readonly schemaStatus: string[];
}

function readFile(file: RulesFile, collector: Collector, broken: Set<string>): FileReading {
  // A byte order mark is no part of the content.
  const text = withLineFeeds(file.text.startsWith('\ufeff') ? file.text.slice(1) : file.text);
  const context = fileContext(file.name, encodeBytes(text));
  const byItems = readByItems(text, context, {
    collector: collector.copy(),
    report: new ReportBuilder(),
    broken: new Set(broken),
  });
  return byItems ?? readWhole(text, context, { collector, report: new ReportBuilder(), broken });
}

/** Keeps no item longer than it is looked at: all of a file would take many times its size. @returns undefined: the text is not only items. */
function readByItems(text: string, context: Context, state: ReadingState): FileReading | undefined {
  const items = new YamlItems(text);
  const problems: string[] = [];
  let count = 0;
  for (let item = items.next(); item !== undefined; item = items.next()) {
    addItemProblems(item, count++, problems);
    readDocumentItem(item, context, state);
  }
  return items.isOther ? undefined : { state, schemaStatus: problems.length === 0 ? ['ok'] : problems };
}

function readWhole(text: string, context: Context, state: ReadingState): FileReading {
  const yaml = readYaml(text);
  if (yaml.problem !== undefined) {
    const { message, mark } = yaml.problem;
    state.report.error('LOAD_ERR_YAML_PARSE', encodeBytes(message), within(context, 'value for', '', mark));
    return { state, schemaStatus: [] };
  }
  const documents = yaml.documents[0]?.kind === 'null' ? [] : yaml.documents;
  const schemaStatus = documents.flatMap((document) => {
    if (document.kind === 'null') return [];
    const problems = schemaProblems(document);
    return problems.length === 0 ? ['ok'] : problems;
  });
  for (const document of yaml.documents) readDocument(document, context, state);
  for (const { message, mark } of yaml.oddities) state.report.note(message, within(context, 'value for', '', mark));
  return { state, schemaStatus };
}

function warnOfUnused(
  collector: Collector,
  compiled: Compiled,
  reports: readonly { file: RulesFile; report: ReportBuilder }[],
): void {
  const reportOf = (context: Context) => {
    const name = fileOf(context);
    return reports.findLast(({ file }) => file.name === name)!.report;
  };
  for (const { name, context } of collector.macros.values()) {
    if (compiled.usedMacros.has(name)) continue;
    reportOf(context).warning('LOAD_UNUSED_MACRO', 'Macro not referred to by any other rule/macro', context);
  }
  for (const { name, context } of collector.lists.values()) {
    if (compiled.usedLists.has(name)) continue;
    reportOf(context).warning('LOAD_UNUSED_LIST', 'List not referred to by any other rule/macro', context);
  }
}

function withThreshold(rules: readonly LoadedRule<BoundExpr>[], minimum: Priority): LoadedRule<BoundExpr>[] {
  const limit = priorities.indexOf(minimum);
  return rules.map((rule) => (priorities.indexOf(rule.priority) <= limit ? rule : { ...rule, enabled: false }));
}
