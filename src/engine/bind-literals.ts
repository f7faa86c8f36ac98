import { compilePosixRegex, RegexError } from '../base/regex.ts';
import { didYouMean } from '../base/suggest.ts';
import { decodeBytes } from '../base/utf8.ts';
import type { Operator } from '../lang/ast.ts';
import { LiteralError, parseHexBytes, parseLiteral } from '../lang/literals.ts';
import { events, syscallNames } from '../model/event-table.ts';
import { BindFailure } from './bind-operand.ts';
import type { BoundOperand, Literal } from './bound.ts';

/** The empty name is that of events which upstream has left out. */
const knownEvents: ReadonlySet<string> = new Set(['', ...events.map((info) => info.name), ...syscallNames]);

/** The values on the right of an operator, as values of the left side's type. @throws BindFailure */
export function bindLiterals(
  left: BoundOperand,
  op: Operator,
  values: readonly string[],
  asyncEvents: readonly string[],
): Literal[] {
  const isEventType = isOfEventType(left);
  return values.map((value) => {
    const literal = literalOf(left, op, value);
    if (isEventType && !knownEvents.has(value) && !asyncEvents.includes(value)) {
      throw new BindFailure(`unknown event type ${value}`, () =>
        didYouMean(decodeBytes(value), [...knownEvents, ...asyncEvents]),
      );
    }
    if (left.field?.spec.equalsMeansAtMost && op !== '=') {
      throw new BindFailure(`${left.field.name} supports only '=' comparison operator`);
    }
    return literal;
  });
}

/** Upstream looks through transformers, though what they give are no names of events. */
function isOfEventType({ field, reads = [] }: BoundOperand): boolean {
  const read = field ?? (reads.length === 1 ? reads[0] : undefined);
  return read?.name === 'evt.type';
}

function literalOf(left: BoundOperand, op: Operator, value: string): Literal {
  try {
    if (op === 'bcontains' || op === 'bstartswith') return parseHexBytes(value);
    if (op === 'regex') compilePosixRegex(value);
    return parseLiteral(left.type, value);
  } catch (error) {
    if (error instanceof LiteralError || error instanceof RegexError) throw new BindFailure(error.message);
    throw error;
  }
}
