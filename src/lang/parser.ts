import type { Expr, Operand } from './ast.ts';
import { Grammar } from './grammar.ts';
import { SyntaxFailure, type Words } from './lexer.ts';
import type { SharedParts } from './shared-parts.ts';

/** Where and why a text is not a condition. The offset counts bytes from its start. */
interface SyntaxProblem {
  readonly offset: number;
  readonly message: string;
}

/** What was parsed and where it ends, or what is wrong with the text and where; offsets in bytes. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly end: number }
  | { readonly ok: false; readonly problem: SyntaxProblem };

/** Levels of grammar rules within each other; a parenthesis takes about five. */
const maxDepth = 1000;

interface ParseOptions {
  /** Levels of grammar rules within each other. */
  readonly depth?: number;
  /** Names without a dot that are fields; others are macros. */
  readonly names?: Words;
  /** For many conditions: what they have in common is kept once. */
  readonly shared?: SharedParts;
}

/**
 * Parses a condition.
 * @param text a byte string: UTF-8, one char per byte.
 */
export function parseCondition(text: string, { depth = maxDepth, names, shared }: ParseOptions = {}): Parsed<Expr> {
  if (text === '') return { ok: false, problem: { offset: 0, message: 'filter input string is empty' } };
  return run(0, new Grammar(text, depth, names, shared), (parser) => parser.condition());
}

/** Where each value of a right side begins that was parsed. @param start of the right side, see {@link Check.rightStart}. */
export function valueStarts(text: string, start: number): readonly number[] {
  const starts: number[] = [];
  const parsed = run(start, new Grammar(text, maxDepth), (parser) => parser.valueList(starts));
  return parsed.ok && parsed.value ? starts : [start];
}

/**
 * Parses the longest field or transformer that starts at `start` and ends at `end` at the latest: `proc.name`,
 * `evt.arg.flags`, `proc.aname[2]`, `toupper(basename(proc.exepath))`. What follows is not looked at. Whether the field
 * exists is for the caller to see, who may try again with a smaller `end`.
 */
export function parseOperand(text: string, start: number = 0, end: number = text.length): Parsed<Operand> {
  return run(start, new Grammar(text.slice(0, end), maxDepth), (parser) => parser.operand());
}

function run<T>(start: number, parser: Grammar, parse: (parser: Grammar) => T): Parsed<T> {
  parser.lex.pos = start;
  try {
    const value = parse(parser);
    return { ok: true, value, end: parser.lex.pos };
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    return { ok: false, problem: { offset: error.offset, message: error.message } };
  }
}
