import { encodeBytes } from '../../base/utf8.ts';
import { holdsValue, isInNet, type PatternCache } from '../../engine/eval/values.ts';
import type { Check, Expr, Operand, TransformerArg } from '../../lang/ast.ts';
import { LiteralError, type Network, parseLiteral } from '../../lang/literals.ts';
import { parseCondition, valueStarts } from '../../lang/parser.ts';
import { compileRegex, RegexError } from '../../base/regex.ts';
import { type ArgType, transformers } from '../../lang/transformers.ts';
import { priorities } from '../../model/alert.ts';
import type { Scalar, Value } from '../../model/field.ts';
import type { Notice } from '../../model/notice.ts';
import { noticeValue, priorityRank } from './notice-value.ts';

export type NoticeTest = (notice: Notice) => boolean;
type Getter = (notice: Notice) => Value | null;

/** A mistake; the offset counts characters. */
interface ConditionProblem {
  readonly offset: number;
  readonly message: string;
}

export type CompiledCondition =
  | { readonly ok: true; readonly test: NoticeTest }
  | { readonly ok: false; readonly problem: ConditionProblem };

class Failure {
  readonly offset: number;
  readonly message: string;
  /** Of the values of the right side at the offset, the one in question. */
  readonly place: number | undefined;

  constructor(offset: number, message: string, place?: number) {
    this.offset = offset;
    this.message = message;
    this.place = place;
  }
}

const deepest = 200;
/** There are no macros over notices: every word is a field, also one that people have added without a dot in its name. */
const fieldNames = { has: (word: string): boolean => word !== 'val' && !transformers.has(word) };

/**
 * Compiles a condition of the rule language over notices. Fields are those of the alert's output, besides its own names
 * (notice-value.ts); one that an alert does not have has no value. What a field holds decides how it is compared: numbers
 * as numbers, also where the alert has them as text, addresses with networks, lists as the language has lists.
 */
export function compileCondition(text: string): CompiledCondition {
  const bytes = encodeBytes(text);
  const parsed = parseCondition(bytes, { depth: deepest, names: fieldNames });
  if (!parsed.ok) return { ok: false, problem: problem(bytes, parsed.problem.offset, parsed.problem.message) };
  try {
    return { ok: true, test: compile(parsed.value, new Map()) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { offset, message, place } = error;
    const start = place === undefined ? offset : valueStarts(bytes, offset)[place];
    return { ok: false, problem: problem(bytes, start ?? offset, message) };
  }
}

function problem(bytes: string, offset: number, message: string): ConditionProblem {
  return { offset: Buffer.from(bytes.slice(0, offset), 'latin1').toString('utf8').length, message };
}

function compile(expr: Expr, patterns: PatternCache): NoticeTest {
  switch (expr.kind) {
    case 'and': {
      const tests = expr.items.map((item) => compile(item, patterns));
      return (notice) => tests.every((test) => test(notice));
    }
    case 'or': {
      const tests = expr.items.map((item) => compile(item, patterns));
      return (notice) => tests.some((test) => test(notice));
    }
    case 'not': {
      const test = compile(expr.item, patterns);
      return (notice) => !test(notice);
    }
    case 'macro':
      throw new Failure(expr.start, `unknown name ${expr.name}: there are no macros here`);
    case 'check':
      return compileCheck(expr, patterns);
  }
}

function compileCheck(check: Check, patterns: PatternCache): NoticeTest {
  const { left, op, modifier, right } = check;
  const get = operandGetter(left, check.start);
  if (right === undefined) return (notice) => get(notice) !== null;
  if (right.kind !== 'values') {
    const other = operandGetter(right, check.rightStart);
    return (notice) => {
      const value = get(notice);
      const wanted = other(notice);
      if (value === null || wanted === null) return false;
      return each(value, op, (item) => holdsValue(op, modifier, item, scalars(wanted), patterns));
    };
  }
  if (op === 'bcontains' || op === 'bstartswith')
    throw new Failure(check.start, `${op} needs bytes; alerts hold texts`);
  if (op === 'regex') {
    for (const [i, value] of right.values.entries()) checkRegex(value, check.rightStart, i);
  }
  if (left.kind === 'field' && left.name === 'priority') return compilePriority(check, right.values);
  const literals = right.values.map(readLiteral);
  return (notice) => {
    const value = get(notice);
    if (value === null) return false;
    return each(value, op, (item) => {
      const shaped = typeof item === 'object' ? item : shape(item, literals);
      return holdsValue(op, modifier, shaped, pick(shaped, literals), patterns);
    });
  };
}

/** A list has operators of its own; any other holds when it does for one item. */
function each(value: Value, op: Check['op'], holds: (value: Value) => boolean): boolean {
  if (typeof value !== 'object' || op === 'in' || op === 'intersects' || op === 'exists') return holds(value);
  return op === '!=' ? value.every(holds) : value.some(holds);
}

function scalars(value: Value): readonly Scalar[] {
  return typeof value === 'object' ? value : [value];
}

/** A literal in each form that a value may ask for. */
interface Literal {
  readonly text: string;
  readonly number: number | bigint | undefined;
  readonly network: Network | undefined;
}

function readNumber(text: string): number | bigint | undefined {
  if (!/^[+-]?(?:\d{1,30}|0[xX][0-9a-fA-F]{1,24})$/.test(text)) {
    return /^[+-]?\d{1,30}\.\d{1,30}$/.test(text) ? Number(text) : undefined;
  }
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text.replace('+', ''));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readNetwork(text: string): Network | undefined {
  if (!text.includes('/')) return undefined;
  try {
    return parseLiteral('IPNET', text) as Network;
  } catch (error) {
    if (error instanceof LiteralError) return undefined;
    throw error;
  }
}

function readLiteral(text: string): Literal {
  return { text, number: readNumber(text), network: readNetwork(text) };
}

/** A value as its comparison needs it. Texts that are numbers are so where all literals are numbers. */
function shape(value: Scalar, literals: readonly Literal[]): Scalar {
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || !literals.every(({ number }) => number !== undefined)) return value;
  return readNumber(value) ?? value;
}

function pick(value: Value, literals: readonly Literal[]): (Scalar | Network)[] {
  const sample = typeof value === 'object' ? value[0] : value;
  return literals.map((literal) => {
    if (typeof sample === 'number' || typeof sample === 'bigint') return literal.number ?? literal.text;
    if (literal.network === undefined || typeof sample !== 'string') return literal.text;
    // A network holds the text itself, where the address lies in it.
    return isAddressIn(sample, literal.network) ? sample : literal.text;
  });
}

function isAddressIn(text: string, network: Network): boolean {
  try {
    return isInNet(parseLiteral('IPADDR', text) as string, network);
  } catch (error) {
    if (error instanceof LiteralError) return false;
    throw error;
  }
}

/** Priorities by name, or in order by the numbers that syslog has for them: `priority <= 4` is Warning and all that is worse. */
function compilePriority(check: Check, values: readonly string[]): NoticeTest {
  const { op, modifier, start } = check;
  const isOrder = op === '<' || op === '<=' || op === '>' || op === '>=';
  if (!isOrder && op !== '=' && op !== '!=' && op !== 'in') {
    throw new Failure(start, `${op} can't be used on priority`);
  }
  const severities = values.map((value) => {
    const rank = priorityRank(value);
    const severity = rank === undefined ? readNumber(value) : priorities.length - 1 - rank;
    if (severity === undefined) throw new Failure(start, `${value} is no priority`);
    return severity;
  });
  const patterns: PatternCache = new Map();
  return ({ priority }) => holdsValue(op, modifier, priorities.indexOf(priority), severities, patterns);
}

function checkRegex(pattern: string, rightStart: number, place: number): void {
  try {
    compileRegex(pattern);
  } catch (error) {
    if (error instanceof RegexError) throw new Failure(rightStart, error.message, place);
    throw error;
  }
}

function operandGetter(operand: Operand, offset: number): Getter {
  if (operand.kind === 'field') {
    const { arg } = operand;
    const name = arg === undefined ? operand.name : `${operand.name}[${arg}]`;
    return (notice) => noticeValue(notice, name);
  }
  const { name, args, selector } = operand;
  const spec = transformers.get(name);
  if (spec === undefined) {
    // `val(field)` is the field.
    const [only] = args;
    if (name === 'val' && only !== undefined && args.length === 1) return argGetter(only, offset).get;
    throw new Failure(offset, `unknown transformer ${name}`);
  }
  if (args.length < spec.minArgs || args.length > spec.maxArgs) throw new Failure(offset, `write ${spec.usage}`);
  const parts = args.map((arg) => argGetter(arg, offset));
  const types = parts.map(({ type }) => type);
  const result = spec.result(types, selector);
  if (typeof result === 'string') throw new Failure(offset, result);
  const run = spec.make(types, selector);
  return (notice) => run(parts.map(({ get }) => get(notice)));
}

function argGetter(arg: TransformerArg, offset: number): { get: Getter; type: ArgType } {
  switch (arg.kind) {
    case 'text':
      return { get: () => arg.value, type: { text: arg.value, type: 'CHARBUF', list: false, constant: arg.value } };
    case 'list': {
      const items = arg.items.map((item) => argGetter(item, offset).get);
      return {
        get(notice) {
          const values = items.map((get) => get(notice)).filter((value) => value !== null);
          return values.flatMap(scalars);
        },
        type: { text: 'list', type: 'CHARBUF', list: true, constant: undefined },
      };
    }
    case 'field':
    case 'transformer': {
      const list = arg.kind === 'field' && arg.name === 'tags';
      const type: ArgType = { text: arg.name, type: 'CHARBUF', list, constant: undefined };
      return { get: operandGetter(arg, offset), type };
    }
  }
}
