import type { FieldType } from '../model/field.ts';
import type { Modifier, Operator } from './ast.ts';

/** What a type has in common with others as far as operators are concerned. */
export type TypeGroup = 'number' | 'bool' | 'text' | 'bytes' | 'address' | 'none';

/** What stands behind an operator: nothing, a number, a text, or a list. */
export type RightShape = 'none' | 'number' | 'text' | 'list';

export interface OperatorSpec {
  readonly name: Operator;
  /** Spellings; a longer one stands before its prefixes. */
  readonly tokens: readonly string[];
  readonly right: RightShape;
  /** The spelling is a word that must be followed by a blank. */
  readonly blankAfter: boolean;
  /** May be followed by oneof, anyof or allof and a list. */
  readonly modifiers: boolean;
  /** Types of single values it can compare. */
  readonly types: readonly TypeGroup[];
  /** Compares fields that hold several values. */
  readonly lists: boolean;
  /** The right side may be another field or a transformer. */
  readonly operandRight: boolean;
  readonly summary: string;
}

const all: readonly TypeGroup[] = ['number', 'bool', 'text', 'bytes', 'address'];
const ordered: readonly TypeGroup[] = ['number', 'text'];
const texts: readonly TypeGroup[] = ['text'];
const strings: readonly TypeGroup[] = ['text', 'bytes'];

type Extra = Partial<Omit<OperatorSpec, 'name' | 'right' | 'types' | 'summary'>>;

function row(name: Operator, right: RightShape, types: readonly TypeGroup[], summary: string, extra: Extra = {}) {
  const spec: OperatorSpec = {
    name,
    tokens: [name],
    right,
    blankAfter: false,
    modifiers: right === 'text',
    types,
    lists: false,
    operandRight: true,
    summary,
    ...extra,
  };
  return spec;
}

const word: Extra = { blankAfter: true };

/** All operators, in the order in which they are looked for at one place of a condition. */
export const operators: readonly OperatorSpec[] = [
  row('exists', 'none', [...all, 'none'], 'the value is there', { lists: true }),
  row('<=', 'number', ordered, 'less or equal; text in byte order'),
  row('<', 'number', ordered, 'less; text in byte order'),
  row('>=', 'number', ordered, 'greater or equal; text in byte order'),
  row('>', 'number', ordered, 'greater; text in byte order'),
  row('=', 'text', all, 'equal; an address is within the network', { tokens: ['==', '='] }),
  row('!=', 'text', all, 'there and not equal'),
  row('glob', 'text', texts, 'matches the shell pattern; * also matches /', word),
  row('iglob', 'text', texts, 'glob without regard to case', word),
  row('contains', 'text', strings, 'has the text in it', word),
  row('icontains', 'text', texts, 'has the text in it, without regard to case', word),
  row('bcontains', 'text', ['bytes'], 'has the bytes (written in hex) in it', word),
  row('startswith', 'text', strings, 'starts with the text', word),
  row('bstartswith', 'text', ['bytes'], 'starts with the bytes (written in hex)', word),
  row('endswith', 'text', strings, 'ends with the text', word),
  row('regex', 'text', texts, 'matches the RE2 expression from start to end', { ...word, operandRight: false }),
  row('intersects', 'list', all, 'one of the values is in the list', { lists: true }),
  row('in', 'list', all, 'equal to one of the list; every value, where the field holds several', { lists: true }),
  row('pmatch', 'list', texts, 'lies at or below one of the paths', { operandRight: false }),
];

export const modifiers: readonly Modifier[] = ['oneof', 'anyof', 'allof'];

const byToken = new Map(operators.flatMap((spec) => spec.tokens.map((token) => [token, spec] as const)));

export function operatorSpec(name: Operator): OperatorSpec {
  const spec = byToken.get(name);
  if (spec === undefined) throw new RangeError(`no operator ${name}`);
  return spec;
}

/** An operator as an exception names it: `endswith`, or `startswith oneof`. undefined: there is none of that name. */
export function findOperator(text: string): { spec: OperatorSpec; modifier: Modifier | undefined } | undefined {
  const [token = '', second, ...rest] = text.split(' ');
  const spec = byToken.get(token);
  if (spec === undefined || rest.length > 0) return undefined;
  if (second === undefined) return { spec, modifier: undefined };
  const modifier = modifiers.find((name) => name === second);
  return modifier !== undefined && spec.modifiers ? { spec, modifier } : undefined;
}

const groups: Readonly<Record<FieldType, TypeGroup>> = {
  CHARBUF: 'text',
  BYTEBUF: 'bytes',
  UINT32: 'number',
  UINT64: 'number',
  INT16: 'number',
  INT32: 'number',
  INT64: 'number',
  BOOL: 'bool',
  DOUBLE: 'number',
  RELTIME: 'number',
  ABSTIME: 'number',
  PORT: 'number',
  IPADDR: 'address',
  IPNET: 'address',
  DYN: 'none',
};

export function typeGroup(type: FieldType): TypeGroup {
  return groups[type];
}

/** Types of fields that may hold several values. */
const listTypes = new Set<FieldType>(['CHARBUF', 'UINT64', 'RELTIME', 'ABSTIME', 'BOOL', 'IPADDR', 'IPNET']);

/** Names of the groups in messages; the field's validation calls booleans numeric too. */
const groupNames: Readonly<Record<TypeGroup, string>> = {
  number: 'numeric filters',
  bool: 'numeric filters',
  text: 'string filters',
  bytes: 'buffer filters',
  address: 'ip address and network filters',
  none: '',
};

/** Why an operator can't be used on a type; undefined: it can. */
export function operatorMisfit(op: OperatorSpec, type: FieldType, list: boolean): string | undefined {
  if (op.name === 'exists') return undefined;
  if (list) {
    if (!listTypes.has(type)) return `list filters are not supported for type '${type}'`;
    return op.lists ? undefined : `'${op.name}' operator not supported list filters`;
  }
  const group = typeGroup(type);
  if (op.types.includes(group)) return undefined;
  if (group === 'none') return `'${op.name}' operator not supported for type '${type}'`;
  return `'${op.name}' operator not supported for ${groupNames[group]}`;
}
