import type { Expr } from '../../lang/ast.ts';
import type { FieldTable } from '../../model/field.ts';
import type { LoadedRule } from '../../model/rule.ts';
import type { BoundExpr } from '../bound.ts';
import type { CompileCache } from './compile-cache.ts';
import type { FilledList } from './list-text.ts';
import type { ReportBuilder } from './report-builder.ts';

/** What is wrong with an output text. */
export interface OutputProblem {
  readonly message: string;
  /** Where in the text, in bytes. */
  readonly offset?: number;
  readonly help?: string;
  /** Behind this one. */
  readonly others?: readonly OutputProblem[];
}

/** What alerts of a rule show when the configuration has added to it. All texts are byte strings. */
export type ExtendOutput = (rule: {
  readonly name: string;
  readonly source: string;
  readonly output: string;
  readonly tags: readonly string[];
}) => {
  readonly output: string;
  /** Of further keys. */
  readonly others: readonly string[];
};

/** What the items of a collector are compiled with, and how far. */
export interface CompilerOptions {
  fieldTable(source: string): FieldTable | undefined;
  checkOutput(output: string, source: string): OutputProblem | undefined;
  readonly extendOutput: ExtendOutput | undefined;
  /** Of the file that was read last. */
  readonly report: ReportBuilder;
  /** Items changed before this position of the collector belong to earlier files. */
  readonly from: number;
  /** Compile the rules of earlier files too. */
  readonly all: boolean;
  /** Names of items that could not be read or compiled, so that nothing is told twice. Gets the names of new ones. */
  readonly broken: Set<string>;
  /** Of this loading. */
  readonly cache: CompileCache;
}

/** A macro as it can be used: its own macros in place. */
export interface CompiledMacro {
  readonly name: string;
  /** As written, after appends. */
  readonly conditionText: string;
  readonly expr: Expr;
  /** Where it was defined last. */
  readonly file: string;
}

/** What became of the items of a collector. */
export interface Compiled {
  readonly rules: readonly LoadedRule<BoundExpr>[];
  readonly macros: readonly CompiledMacro[];
  readonly lists: readonly FilledList[];
  readonly usedMacros: ReadonlySet<string>;
  readonly usedLists: ReadonlySet<string>;
  readonly failed: boolean;
}
