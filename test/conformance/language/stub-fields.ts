import { similarWords } from '../../../src/base/suggest.ts';
import {
  type BoundField,
  eventField,
  eventFieldWith,
  FieldArgumentError,
  type FieldOptions,
  type FieldSpec,
  type FieldTable,
  type FieldType,
} from '../../../src/model/field.ts';

/** One field of a stand-in for the real field classes: it has a name and a type, but never a value. */
export interface StubField {
  readonly name: string;
  readonly type: FieldType;
  readonly arg?: 'optional' | 'required';
  /** The argument is the last part of the name: evt.arg.flags. */
  readonly dotted?: boolean;
  readonly options?: FieldOptions;
}

function spec(field: StubField): FieldSpec {
  const options = field.options ?? {};
  if (field.arg === undefined) return eventField(field.type, field.name, () => null, options);
  const arg = { kind: 'index-or-key', required: field.arg === 'required', summary: '' } as const;
  const bind = (text: string | undefined) => {
    if (arg.required && text === undefined) throw new FieldArgumentError('the field needs an argument');
    return () => null;
  };
  return eventFieldWith(field.type, field.name, arg, bind, options);
}

export function stubTable(source: string, fields: readonly StubField[]): FieldTable {
  const byName = new Map(fields.map((field) => [field.name, { field, spec: spec(field) }]));

  function bound(name: string, arg: string | undefined, text: string): BoundField | undefined {
    const found = byName.get(name);
    if (found === undefined) return undefined;
    const { field, spec } = found;
    return { name, arg, text, spec, type: field.type, getter: spec.bind(arg) };
  }

  return {
    source,
    classes: [],
    find: (name) => byName.get(name)?.spec,
    bind(name, arg) {
      const text = arg === undefined ? name : `${name}[${arg}]`;
      const direct = bound(name, arg, text);
      if (direct !== undefined) return direct;
      const dot = name.lastIndexOf('.');
      const prefix = name.slice(0, dot);
      if (arg !== undefined || byName.get(prefix)?.field.dotted !== true) return undefined;
      return bound(prefix, name.slice(dot + 1), text);
    },
    suggested: [],
    suggest: (name) => similarWords(name, byName.keys()),
  };
}

const text = (name: string): StubField => ({ name, type: 'CHARBUF' });

/** Enough fields for the corpus: one of each type, shape and option. */
export const corpusFields: readonly StubField[] = [
  ...['evt.type', 'syscall.type', 'evt.dir', 'evt.source', 'evt.args', 'evt.category'].map(text),
  ...['proc.name', 'proc.pname', 'proc.exepath', 'proc.cmdline', 'proc.args', 'proc.cwd', 'user.name'].map(text),
  ...['fd.name', 'fd.directory', 'fd.filename', 'container.id', 'container.name', 'container.image.repository'].map(
    text,
  ),
  ...['ka.verb', 'jevt.value', 'evt.latency.human'].map(text),
  { name: 'proc.aname', type: 'CHARBUF', arg: 'optional', options: { noRhs: true } },
  { name: 'proc.apid', type: 'INT64', arg: 'optional', options: { noRhs: true } },
  { name: 'proc.env', type: 'CHARBUF', arg: 'optional' },
  { name: 'evt.arg', type: 'CHARBUF', arg: 'required', dotted: true },
  { name: 'evt.rawarg', type: 'DYN', arg: 'required', dotted: true, options: { noRhs: true, noTransformer: true } },
  { name: 'evt.num', type: 'UINT64' },
  { name: 'evt.cpu', type: 'INT16' },
  { name: 'evt.rawres', type: 'INT64' },
  { name: 'evt.failed', type: 'BOOL' },
  { name: 'evt.is_open_write', type: 'BOOL' },
  { name: 'evt.buffer', type: 'BYTEBUF' },
  { name: 'evt.latency', type: 'RELTIME' },
  { name: 'evt.rawtime', type: 'ABSTIME' },
  { name: 'proc.pid', type: 'INT64' },
  { name: 'proc.ppid', type: 'INT64' },
  { name: 'proc.tty', type: 'UINT32' },
  { name: 'user.uid', type: 'UINT32' },
  { name: 'user.loginuid', type: 'INT64' },
  { name: 'thread.cpu', type: 'DOUBLE' },
  { name: 'fd.num', type: 'INT32' },
  { name: 'fd.sip', type: 'IPADDR' },
  { name: 'fd.cip', type: 'IPADDR' },
  { name: 'fd.sport', type: 'PORT' },
  { name: 'fd.cport', type: 'PORT' },
  { name: 'fd.ip', type: 'IPADDR', options: { noRhs: true, filterOnly: true } },
  { name: 'fd.snet', type: 'IPNET', options: { noRhs: true, filterOnly: true } },
  { name: 'fd.types', type: 'CHARBUF', arg: 'optional', options: { list: true } },
  { name: 'ka.user.groups', type: 'CHARBUF', options: { list: true } },
  { name: 'fdlist.cports', type: 'PORT', options: { list: true } },
  { name: 'evt.around', type: 'UINT64', arg: 'required' },
];
