import type { Modifier, Operator } from '../../src/lang/ast.ts';
import type { BoundCheck, BoundExpr, BoundOperand, Literal } from '../../src/engine/bound.ts';
import type { EventInfo } from '../../src/model/event-table.ts';
import { type Fd, fdFlags, fdType } from '../../src/model/fd.ts';
import {
  type BoundField,
  eventField,
  fdField,
  type FieldSpec,
  type FieldType,
  type Getter,
  threadField,
  type Value,
} from '../../src/model/field.ts';
import type { Machine } from '../../src/model/machine.ts';
import type { LoadedRule } from '../../src/model/rule.ts';
import type { Thread } from '../../src/model/thread.ts';

/** Random numbers that come out the same in every run (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s;
    return (s >>> 0) % limit;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const words = [
  'etc',
  'usr',
  'bin',
  'sh',
  'bash',
  'Nginx',
  'pass',
  'wd',
  'x',
  '',
  '.',
  '/',
  'a*b',
  'caf\xe9',
  '[q]',
  'tmp',
];
/** Addresses as raw bytes; '' is unknown. */
export const addresses = [
  '',
  '\x7f\0\0\x01',
  '\x0a\0\x02\x03',
  '\xc0\xa8\x01\x01',
  '\0'.repeat(15) + '\x01',
  '\xfe\x80' + '\0'.repeat(13) + '\x09',
];

export function randomText(random: Random): string {
  let text = random.chance(60) ? '/' : '';
  for (let n = random.below(4); n >= 0; n--) text += random.pick(words) + (random.chance(50) ? '/' : '');
  return text;
}

/** Texts of which events choose theirs, so that values repeat. */
export const texts = Array.from({ length: 60 }, (_, i) => randomText(new Random(i * 7919 + 3)));

function ancestors(thread: Thread): Thread[] {
  const result: Thread[] = [];
  for (let at = thread.parent; at !== null && result.length < 10; at = at.parent) result.push(at);
  return result;
}

function fdEnds(fd: Fd): string[] | null {
  const ends = [fd.sourceIp, fd.destIp].filter((ip) => ip !== '');
  return fd.type === fdType.ipv4Socket ? ends : null;
}

const possibleCode = 3;

const specs: Readonly<Record<string, FieldSpec>> = {
  't.name': threadField('CHARBUF', '', (thread) => thread.comm),
  't.exe': threadField('CHARBUF', '', (thread) => (thread.exe === '' ? null : thread.exe)),
  't.cmd': threadField('CHARBUF', '', (thread) => thread.args.join(' ')),
  't.pid': threadField('UINT64', '', (thread) => thread.pid),
  't.ino': threadField('UINT64', '', (thread) => thread.exeIno),
  't.flag': threadField('BOOL', '', (thread) => thread.exeWritable),
  't.time': threadField('ABSTIME', '', (thread) => thread.execTime),
  't.aname': threadField(
    'CHARBUF',
    '',
    (thread) =>
      ancestors(thread)
        .map(({ comm }) => comm)
        .join(' ') || null,
    {
      compareEach: (thread: Thread) => ancestors(thread).map(({ comm }) => comm),
    },
  ),
  't.args': threadField('CHARBUF', '', (thread) => thread.args as never, { list: true }),
  'f.name': fdField(
    'CHARBUF',
    '',
    (fd) => fd.path?.text ?? (fd.sourceIp === '' ? null : `${fd.sourceIp}>${fd.destIp}`),
    { from: ['path', 'address'] },
  ),
  'f.dir': fdField(
    'CHARBUF',
    '',
    (fd) =>
      fd.type === fdType.file && (fd.flags & fdFlags.absent) === 0
        ? (fd.path?.text.replace(/[^/]*$/, '') ?? null)
        : null,
    { from: ['path'] },
  ),
  'f.type': fdField('CHARBUF', '', (fd) => String(fd.type), {
    from: [],
  }),
  'f.ip': fdField('IPADDR', '', (fd) => fd.sourceIp || null, {
    from: ['address'],
    compareEach: fdEnds,
    negation: 'all',
  }),
  'f.net': fdField('IPNET', '', (fd) => fd.sourceIp || null, {
    from: ['address'],
    compareEach: fdEnds,
    negation: 'all',
  }),
  'f.snet': fdField('IPNET', '', (fd) => fd.destIp || null, { from: ['address'] }),
  'f.port': fdField('PORT', '', (fd) => fd.sourcePort, {
    from: ['address'],
    compareEach: (fd: Fd) => [fd.sourcePort, fd.destPort],
    negation: 'all',
  }),
  'f.server': fdField('BOOL', '', (fd) => (fd.flags & 1) !== 0, { from: ['flags'] }),
  'f.ino': fdField('INT64', '', (fd) => fd.ino),
  'e.type': eventField('CHARBUF', '', (event) => event.info.name, {
    ofType: (info) => (info.id < 4 ? undefined : info.name),
  }),
  'e.num': eventField('UINT64', '', (event) => event.num, { least: 1 }),
  'e.res': eventField('INT64', '', (event) => event.fdNum),
  'e.failed': eventField('BOOL', '', (event) => (event.hasFdNum ? event.fdNum < 0 : null)),
  'e.arg': eventField('CHARBUF', '', (event) => texts[event.tid] ?? null),
  'e.path': eventField('CHARBUF', '', (event) => (event.type === possibleCode ? null : (texts[event.cpu] ?? null)), {
    possible: (info: EventInfo) => info.id !== possibleCode,
  }),
  'e.data': eventField('BYTEBUF', '', (event) => texts[event.cpu + 1] ?? null),
  'e.big': eventField('UINT64', '', (event) =>
    event.num % 3 === 0 ? 2n ** 60n + BigInt(event.num % 4) : event.num % 4,
  ),
  'e.items': eventField('CHARBUF', '', (event) => texts.slice(event.tid, event.tid + (event.cpu % 3)), { list: true }),
};

export const machine: Machine = {
  hostname: 'stub',
  firstEventTime: 0n,
  thread: () => undefined,
  threads: () => [],
  user: () => undefined,
  group: () => undefined,
  container: () => undefined,
  interfaces: () => [],
  isLocalAddress: () => false,
};

function field(name: string): BoundField {
  const spec = specs[name]!;
  return { name, arg: undefined, text: name, spec, type: spec.type, getter: spec.bind(undefined) };
}

export function operand(name: string): BoundOperand {
  const bound = field(name);
  return { text: name, type: bound.type, list: bound.spec.list ?? false, getter: bound.getter, field: bound };
}

function mapped(getter: Getter, map: (value: Value | null) => Value | null): Getter {
  if (getter.scope === 'thread') return { scope: 'thread', get: (thread, m) => map(getter.get(thread, m)) };
  if (getter.scope === 'fd') return { scope: 'fd', get: (fd, m) => map(getter.get(fd, m)) };
  return { scope: 'event', get: (event, m) => map(getter.get(event, m)) };
}

/** Stand-ins for transformers: of one field, and of fields of two scopes. */
function transformed(name: string, withReads: boolean): BoundOperand {
  const inner = field(name);
  const getter = mapped(inner.getter, (value) => (typeof value === 'string' ? value.toUpperCase() : null));
  const base = { text: `up(${name})`, type: 'CHARBUF' as const, list: false, getter, field: undefined };
  return withReads ? { ...base, reads: [inner] } : base;
}

const mixed: BoundOperand = {
  text: 'concat(t.name, f.name)',
  type: 'CHARBUF',
  list: false,
  field: undefined,
  getter: {
    scope: 'event',
    get: (event) => (event.thread === null || event.fd?.path == null ? null : event.thread.comm + event.fd.path.text),
  },
};

const operands: readonly BoundOperand[] = [
  ...Object.keys(specs).map(operand),
  transformed('t.name', true),
  transformed('f.name', true),
  transformed('f.dir', false),
  transformed('e.arg', true),
  mixed,
];

const textOperators: readonly Operator[] = [
  '=',
  '!=',
  'contains',
  'icontains',
  'startswith',
  'endswith',
  'glob',
  'iglob',
  'regex',
  'in',
  'intersects',
  'pmatch',
  '<',
  '>=',
];
const numberOperators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=', 'in', 'intersects'];
const equalityOperators: readonly Operator[] = ['=', '!=', 'in', 'intersects'];
const byteOperators: readonly Operator[] = [
  '=',
  '!=',
  'contains',
  'bcontains',
  'bstartswith',
  'startswith',
  'endswith',
  'in',
];
const operatorsOf: Readonly<Partial<Record<FieldType, readonly Operator[]>>> = {
  CHARBUF: textOperators,
  BYTEBUF: byteOperators,
  BOOL: equalityOperators,
  IPADDR: equalityOperators,
  IPNET: equalityOperators,
};

function randomLiteral(random: Random, type: FieldType, op: Operator): Literal {
  switch (type) {
    case 'BYTEBUF':
    case 'CHARBUF': {
      const text = random.chance(50) ? random.pick(texts) : random.pick(words) + random.pick(words);
      if (op === 'glob' || op === 'iglob' || op === 'pmatch')
        return random.chance(50) ? text : `${text.slice(0, 3)}*${random.pick(words)}`;
      if (op === 'regex')
        return `${random.pick(['.*', '', '[^b]*'])}${text.replace(/[^a-zA-Z/]/g, '.')}${random.pick(['.*', 's?', ''])}`;
      const from = random.below(3);
      return random.chance(50) ? text : text.slice(from, from + 1 + random.below(6));
    }
    case 'BOOL':
      return random.chance(50);
    case 'IPADDR':
      return random.pick(addresses.slice(1));
    case 'IPNET': {
      const address = random.pick(addresses.slice(1));
      return { address, bits: random.below(address.length * 8 + 1) };
    }
    case 'ABSTIME':
    case 'DOUBLE':
    case 'DYN':
    case 'INT16':
    case 'INT32':
    case 'INT64':
    case 'PORT':
    case 'RELTIME':
    case 'UINT32':
    case 'UINT64': {
      const small = random.below(6) - 1;
      return random.chance(20) ? 2n ** 60n + BigInt(random.below(3)) : random.chance(20) ? BigInt(small) : small;
    }
  }
}

function rightOperand(random: Random, left: BoundOperand): BoundOperand | undefined {
  const fits = operands.filter((other) => other.type === left.type && other.list === left.list && other !== left);
  return fits.length === 0 || left.type === 'IPNET' ? undefined : random.pick(fits);
}

function randomCheck(random: Random): BoundCheck {
  const left = random.pick(operands);
  if (random.chance(8)) return check(left, 'exists', undefined, { kind: 'none' });
  const op = random.pick(left.list ? (['in', 'intersects'] as const) : (operatorsOf[left.type] ?? numberOperators));
  const other = random.chance(10) && op !== 'regex' && op !== 'pmatch' ? rightOperand(random, left) : undefined;
  if (other !== undefined) return check(left, op, undefined, { kind: 'operand', operand: other });
  const isList = op === 'in' || op === 'intersects' || op === 'pmatch';
  const modifier: Modifier | undefined =
    !isList && random.chance(20) ? random.pick(['oneof', 'anyof', 'allof'] as const) : undefined;
  const count = isList || modifier !== undefined ? random.below(4) : 1;
  const literals = Array.from({ length: count }, () => randomLiteral(random, left.type, op));
  return check(left, op, modifier, { kind: 'literals', literals });
}

function check(
  left: BoundOperand,
  op: Operator,
  modifier: Modifier | undefined,
  right: BoundCheck['right'],
): BoundCheck {
  return { kind: 'check', left, op, modifier, right };
}

export function randomExpr(random: Random, depth: number, shared: readonly BoundExpr[]): BoundExpr {
  if (random.chance(15) && shared.length > 0) return random.pick(shared);
  if (depth === 0 || random.chance(20)) return randomCheck(random);
  if (random.chance(20)) return { kind: 'not', item: randomExpr(random, depth - 1, shared) };
  const items = Array.from({ length: 2 + random.below(3) }, () => randomExpr(random, depth - 1, shared));
  return { kind: random.chance(60) ? 'and' : 'or', items };
}

/** Event codes that the random events use. */
export const codes: readonly number[] = [2, possibleCode, 5, 7, 9];

export function rule(
  name: string,
  index: number,
  condition: BoundExpr,
  eventTypes: ReadonlySet<number>,
): LoadedRule<BoundExpr> {
  return {
    name,
    index,
    condition,
    eventTypes,
    output: '',
    priority: 'Notice',
    source: 'syscall',
    tags: [],
    enabled: true,
    capture: false,
    captureDurationMs: 0,
    file: 'stub.yaml',
  };
}
