import type { Expr } from '../../lang/ast.ts';
import type { Parsed } from '../../lang/parser.ts';
import { SharedParts } from '../../lang/shared-parts.ts';
import { BindCache } from '../bind.ts';
import { EventTypeCache } from '../event-types.ts';
import type { OutputProblem } from './compiled.ts';
import type { Extents } from './macro-expansion.ts';

/**
 * What does not change from one rules file to the next of the same loading: after each file, what is there so far is
 * compiled, to tell its mistakes.
 */
export class CompileCache {
  /** By the text with lists filled in. */
  readonly parsed = new Map<string, Parsed<Expr>>();
  readonly shared = new SharedParts();
  readonly extents: Extents = new WeakMap();
  readonly eventTypes = new EventTypeCache((expr) => this.extents.has(expr));
  /** What is wrong with the outputs of a source. */
  readonly #outputs = new Map<string, Map<string, OutputProblem | undefined>>();
  readonly #bound = new Map<string, BindCache>();

  bound(source: string): BindCache {
    const known = this.#bound.get(source) ?? new BindCache((expr) => this.extents.has(expr));
    this.#bound.set(source, known);
    return known;
  }

  /** @param check looks at an output that was not seen before. */
  output(output: string, source: string, check: () => OutputProblem | undefined): OutputProblem | undefined {
    const outputs = this.#outputs.get(source) ?? new Map<string, OutputProblem | undefined>();
    this.#outputs.set(source, outputs);
    if (!outputs.has(output)) outputs.set(output, check());
    return outputs.get(output);
  }
}
