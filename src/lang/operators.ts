import type { FieldType } from '../model/field.ts';
import type { Modifier, Operator } from './ast.ts';

/** What a type has in common with others as far as operators are concerned. */
export type TypeGroup = 'number' | 'bool' | 'text' | 'bytes' | 'address' | 'none';

/** What stands behind an operator: nothing, a number, a text, or a list. */
type RightShape = 'none' | 'number' | 'text' | 'list';

/** A row of the table of operators: what parser, binder and reference pages know of one. */
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
  /** Completes "the value ...". */
  readonly summary: string;
  /** A whole check. */
  readonly example: string;
}

const all: readonly TypeGroup[] = ['number', 'bool', 'text', 'bytes', 'address'];
const ordered: readonly TypeGroup[] = ['number', 'text'];
const texts: readonly TypeGroup[] = ['text'];
const strings: readonly TypeGroup[] = ['text', 'bytes'];

type Extra = Partial<Omit<OperatorSpec, 'name' | 'right' | 'types' | 'summary' | 'example'>>;

function row(
  name: Operator,
  right: RightShape,
  types: readonly TypeGroup[],
  summary: string,
  example: string,
  extra: Extra = {},
) {
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
    example,
    ...extra,
  };
  return spec;
}

const word: Extra = { blankAfter: true };

/** All operators, in the order in which they are looked for at one place of a condition. */
export const operators: readonly OperatorSpec[] = [
  row('exists', 'none', [...all, 'none'], 'is there', 'proc.env[LD_PRELOAD] exists', { lists: true }),
  row('<=', 'number', ordered, 'is less or equal; texts go by their bytes', 'fd.num <= 2'),
  row('<', 'number', ordered, 'is less; texts go by their bytes', 'proc.duration < 30000000000'),
  row('>=', 'number', ordered, 'is greater or equal; texts go by their bytes', 'fd.num >= 0'),
  row('>', 'number', ordered, 'is greater; texts go by their bytes', 'proc.cmdnargs > 100'),
  row('=', 'text', all, 'is equal; of addresses, lies in the network', 'fd.snet = 10.0.0.0/8', { tokens: ['==', '='] }),
  row('!=', 'text', all, 'is there and not equal', 'container.id != host'),
  row('glob', 'text', texts, 'matches the shell pattern; * also matches /', 'fd.name glob /home/*/.ssh/*', word),
  row('iglob', 'text', texts, 'matches the shell pattern, without regard to case', 'proc.name iglob *MINER*', word),
  row('contains', 'text', strings, 'has the text in it', 'proc.cmdline contains stratum', word),
  row(
    'icontains',
    'text',
    texts,
    'has the text in it, without regard to case',
    'proc.cmdline icontains PassWord',
    word,
  ),
  row('bcontains', 'text', ['bytes'], 'has the bytes (written in hex) in it', 'evt.buffer bcontains 7f454c46', word),
  row('startswith', 'text', strings, 'starts with the text', 'fd.name startswith /etc/', word),
  row(
    'bstartswith',
    'text',
    ['bytes'],
    'starts with the bytes (written in hex)',
    'evt.buffer bstartswith 7f454c46',
    word,
  ),
  row('endswith', 'text', strings, 'ends with the text', 'proc.exepath endswith /sshd', word),
  row(
    'regex',
    'text',
    texts,
    'matches the RE2 expression from start to end',
    'proc.name regex "python[23]([.][0-9]+)?"',
    { ...word, operandRight: false },
  ),
  row('intersects', 'list', all, 'has an item that is in the list', 'fd.types intersects (ipv4, ipv6)', {
    lists: true,
  }),
  row('in', 'list', all, 'is in the list; of several items, every one', 'proc.name in (bash, sh)', { lists: true }),
  row(
    'pmatch',
    'list',
    texts,
    'is one of the paths or lies below one; * and ? stand for parts of a name',
    'fd.name pmatch (/usr, /etc/cron*)',
    {
      operandRight: false,
    },
  ),
];

/** What operators with a modifier want of the values of the list. */
export const modifierSummaries: Readonly<Record<Modifier, string>> = {
  oneof: 'holds for exactly one value of the list',
  anyof: 'holds for at least one value of the list',
  allof: 'holds for all values of the list',
};

/** All modifiers. */
export const modifiers = Object.keys(modifierSummaries) as readonly Modifier[];

const byToken = new Map(operators.flatMap((spec) => spec.tokens.map((token) => [token, spec] as const)));

/** @throws RangeError for a name that is none: the parser lets none through. */
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

/** All types of fields. */
export const fieldTypes = Object.keys(groups) as readonly FieldType[];

/** How values of a type are compared. */
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
