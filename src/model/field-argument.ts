import { FieldArgumentError, type FieldSpec } from './field.ts';

/**
 * The argument of one use of a field as its getter gets it.
 * @param text the field as written, for messages.
 * @returns numbers in one spelling; undefined for none, and for the -1 that stands for none.
 * @throws FieldArgumentError
 */
export function argumentOf(name: string, arg: string | undefined, spec: FieldSpec, text: string): string | undefined {
  if (spec.arg === undefined) {
    if (arg === undefined) return undefined;
    throw new FieldArgumentError(`${name} takes no argument, but ${text} has one`);
  }
  if (arg === undefined) {
    if (!spec.arg.required) return undefined;
    const example = spec.arg.dotted === undefined ? `${name}[...]` : `${name}....`;
    throw new FieldArgumentError(`${name} needs an argument (${spec.arg.summary}), as in ${example}`);
  }
  // The first bracket ends an argument, in quotes too.
  if (arg.includes(']')) throw new FieldArgumentError(`${text}: an argument can't have a ']' in it`);
  if (spec.arg.noBlank === true && arg.includes(' ')) {
    throw new FieldArgumentError(`${text}: the argument of ${name} can't have a blank in it`);
  }
  const takesIndex = spec.arg.kind === 'index' || (spec.arg.bracketsIndex === true && text.endsWith(']'));
  if (!takesIndex) return arg;
  const index = spec.arg.wide === true ? int64(arg) : int32(arg);
  if (index === undefined) throw new FieldArgumentError(`${name} takes a number (${spec.arg.summary}), not '${arg}'`);
  return Number(index) === -1 && !spec.arg.required ? undefined : String(index);
}

const whole = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/;
/** So many digits are beyond 64 bits; more are not looked at. */
const mostDigits = 21;
const mostSigned = (1n << 63n) - 1n;
const mostUnsigned = (1n << 64n) - 1n;

/**
 * A text as scanf("%d") reads it, when nothing may follow: blanks in front, a sign, and numbers of more than 32 bits keep
 * the lower ones. undefined: no number.
 */
export function int32(text: string): number | undefined {
  const value = int64(text);
  return value === undefined ? undefined : Number(BigInt.asIntN(32, value));
}

/** The same for scanf("%ld"). */
function int64(text: string): bigint | undefined {
  const value = wholeNumber(text);
  if (value === undefined) return undefined;
  return value > mostSigned ? mostSigned : value < -mostSigned ? -mostSigned - 1n : value;
}

/** The same for scanf("%lu"): what is below 0 counts from 2^64 downwards. */
export function uint64(text: string): bigint | undefined {
  const value = wholeNumber(text);
  if (value === undefined) return undefined;
  return value > mostUnsigned || value < -mostUnsigned ? mostUnsigned : BigInt.asUintN(64, value);
}

function wholeNumber(text: string): bigint | undefined {
  const [, sign, digits] = whole.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(digits.replace(/^0+/, '').slice(0, mostDigits));
  return sign === '-' ? -value : value;
}
