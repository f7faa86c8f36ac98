import type { Modifier, Operator } from '../../lang/ast.ts';
import type { Scalar, Value } from '../../model/field.ts';
import type { Literal, NetLiteral } from '../bound.ts';
import { Glob, lowerAscii } from './glob.ts';
import { isPathPrefix } from './path-match.ts';
import { regexTest } from './regex.ts';

/** Compiled patterns by operator and text. */
export type PatternCache = Map<string, (text: string) => boolean>;

/** Whether an address, 4 or 16 raw bytes, lies in a network; one of the other family never does. */
export function isInNet(address: Scalar, net: NetLiteral): boolean {
  if (typeof address !== 'string' || address.length !== net.address.length) return false;
  const whole = net.bits >> 3;
  for (let i = 0; i < whole; i++) if (address.charCodeAt(i) !== net.address.charCodeAt(i)) return false;
  const rest = net.bits & 7;
  if (rest === 0) return true;
  const mask = (0xff00 >> rest) & 0xff;
  return (address.charCodeAt(whole) & mask) === (net.address.charCodeAt(whole) & mask);
}

function isNumeric(value: Literal): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Equality of a value with a literal or another value; a network is equal to every address in it. */
function isEqual(value: Scalar, literal: Literal): boolean {
  if (typeof literal === 'object') return isInNet(value, literal);
  if (isNumeric(value) && isNumeric(literal)) return value == literal;
  return value === literal;
}

/** One form for equal integers, so that they can be keys. */
export function numberKey(value: Scalar): Scalar {
  return typeof value === 'bigint' && value <= 0x1fffffffffffffn && value >= -0x1fffffffffffffn ? Number(value) : value;
}

function isOrdered(op: '<' | '<=' | '>' | '>=', value: Scalar, literal: Literal): boolean {
  const comparable =
    (isNumeric(value) && isNumeric(literal)) || (typeof value === 'string' && typeof literal === 'string');
  if (!comparable) return false;
  switch (op) {
    case '<':
      return value < literal;
    case '<=':
      return value <= literal;
    case '>':
      return value > literal;
    case '>=':
      return value >= literal;
  }
}

function pattern(op: 'glob' | 'iglob' | 'regex', text: string, cache: PatternCache): (text: string) => boolean {
  const key = `${op} ${text}`;
  let test = cache.get(key);
  if (test === undefined) {
    const glob = op === 'regex' ? undefined : new Glob(text, op === 'iglob');
    test = glob === undefined ? regexTest(text) : (value) => glob.matches(value);
    cache.set(key, test);
  }
  return test;
}

/** One value against one literal. */
export function holdsOne(op: Operator, value: Scalar, literal: Literal, cache: PatternCache): boolean {
  switch (op) {
    case 'exists':
      return true;
    case '=':
    case 'in':
    case 'intersects':
      return isEqual(value, literal);
    case '!=':
      return !isEqual(value, literal);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isOrdered(op, value, literal);
    case 'contains':
    case 'bcontains':
      return areTexts(value, literal) && value.includes(literal as string);
    case 'icontains':
      return areTexts(value, literal) && lowerAscii(value).includes(lowerAscii(literal as string));
    case 'startswith':
    case 'bstartswith':
      return areTexts(value, literal) && value.startsWith(literal as string);
    case 'endswith':
      return areTexts(value, literal) && value.endsWith(literal as string);
    case 'pmatch':
      return areTexts(value, literal) && isPathPrefix(literal as string, value);
    case 'glob':
    case 'iglob':
    case 'regex':
      return areTexts(value, literal) && pattern(op, literal as string, cache)(value);
  }
}

function areTexts(value: Scalar, literal: Literal): value is string {
  return typeof value === 'string' && typeof literal === 'string';
}

/** One value that is not a list against all literals of a check. */
function holdsScalar(
  op: Operator,
  modifier: Modifier | undefined,
  value: Scalar,
  literals: readonly Literal[],
  cache: PatternCache,
): boolean {
  function holds(literal: Literal): boolean {
    return holdsOne(op, value, literal, cache);
  }
  switch (modifier) {
    case 'oneof':
      return literals.filter(holds).length === 1;
    case 'allof':
      return literals.length > 0 && literals.every(holds);
    case 'anyof':
    case undefined:
      return literals.some(holds);
  }
}

/**
 * A value against the right side of a check, by the meaning of the operators and nothing else. A list is `in` the
 * literals when all its items are, and `intersects` them when one is.
 */
export function holdsValue(
  op: Operator,
  modifier: Modifier | undefined,
  value: Value,
  literals: readonly Literal[],
  cache: PatternCache,
): boolean {
  if (op === 'exists') return true;
  if (typeof value !== 'object') return holdsScalar(op, modifier, value, literals, cache);
  function isAmong(item: Scalar): boolean {
    return literals.some((literal) => isEqual(item, literal));
  }
  return op === 'in' ? value.every(isAmong) : value.some(isAmong);
}
