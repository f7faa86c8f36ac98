import type { Random } from '../test/kit/random-rules.ts';

/** One kind of input that others write, with what reads it. */
export interface Target {
  readonly name: string;
  readonly summary: string;
  /** Inputs to begin with. */
  seeds(): readonly Buffer[];
  /** Another input. `corpus` holds the seeds and what reached new behaviour since; it is never empty. */
  make(random: Random, corpus: readonly Buffer[]): Buffer;
  /**
   * Has the input read.
   * @returns a signature of what happened: inputs with a new one are kept.
   * @throws anything at all when something is wrong; documented errors are caught within.
   */
  run(input: Buffer): string | Promise<string>;
}

/** Something that must not be, told by a check of the fuzz run itself. */
export class Finding extends Error {}

/** @throws Finding */
export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Finding(message());
}

/** A count by its magnitude, so that signatures don't differ by every single one. */
export function magnitude(count: number): number {
  return count <= 0 ? 0 : Math.floor(Math.log2(count)) + 1;
}

/** A message without what varies with the input: numbers and what is quoted. */
export function messageKind(message: string): string {
  return message
    .slice(0, 300)
    .replace(/'[^']*'?|"[^"]*"?|`[^`]*`?|0x[0-9a-f]+|\d+/gs, '#')
    .slice(0, 70);
}
