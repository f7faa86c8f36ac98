import { joinPath } from '../../base/join-path.ts';
import type { Event } from '../../model/event.ts';
import { type EventInfo, eventByCode, events, type ParamInfo, type ParamType } from '../../model/event-table.ts';
import { fdName } from '../../model/fd-text.ts';
import {
  type EventGetter,
  eventField,
  eventFieldWith,
  FieldArgumentError,
  type FieldType,
  type ParamSource,
  type Scalar,
} from '../../model/field.ts';
import { bufferText, integerText } from '../../model/format.ts';
import { allParamsText, atFdCwd, currentDirectory, paramIndex, paramShown } from '../../model/param-text.ts';

const genericExit = eventByCode('GENERIC_X').id;
const openByHandle = eventByCode('SYSCALL_OPEN_BY_HANDLE_AT_X').id;

/** By event code, the index of the parameter of a name; -1: none. */
function indexByType(name: string): Int8Array {
  const table = Int8Array.from(events, (info) => paramIndex(info.params, name));
  if (table.every((index) => index < 0)) throw new FieldArgumentError(`no event has a parameter '${name}'`);
  return table;
}

const isNumber = /^-?[0-9]+$/;

/** The parameter that an argument names, of one event; -1: it has none. */
function indexOf(info: EventInfo, arg: string): number {
  if (!isNumber.test(arg)) return paramIndex(info.params, arg);
  const number = Number(arg);
  return number < info.params.length ? Math.max(number, -1) : -1;
}

/** The parameter that evt.arg's or evt.rawarg's argument names: by event code, and -1 for events without it. */
function indicesOf(arg: string | undefined): Int8Array {
  const text = arg ?? '';
  return isNumber.test(text) ? Int8Array.from(events, (info) => indexOf(info, text)) : indexByType(text);
}

function hasArgument(info: EventInfo, arg: string | undefined): boolean {
  return indexOf(info, arg ?? '') >= 0;
}

const kinds: Partial<Record<ParamType, ParamSource['as']>> = {
  CHARBUF: 'text',
  FSPATH: 'path',
  FSRELPATH: 'path',
  FLAGS8: 'number',
  FLAGS16: 'number',
  FLAGS32: 'number',
  ENUMFLAGS8: 'number',
  ENUMFLAGS16: 'number',
  ENUMFLAGS32: 'number',
  MODE: 'number',
};

/** What the text of an argument is made of: absolute paths and flags show without asking for anything else. */
function sourceOf(info: EventInfo, arg: string | undefined): ParamSource | undefined {
  const index = indexOf(info, arg ?? '');
  const kind = index < 0 ? undefined : kinds[info.params[index]!.type];
  return kind === undefined ? undefined : { index, as: kind };
}

function argumentText(arg: string | undefined, base64: boolean): EventGetter<string> {
  const indices = indicesOf(arg);
  return (event, machine) => {
    const index = indices[event.type]!;
    return index < 0 || index >= event.paramCount ? null : paramShown(event, index, machine, base64);
  };
}

function allArguments(base64: boolean): EventGetter<string> {
  // Parameters of generic events are for internal use.
  return (event, machine) => (event.type === genericExit ? '' : allParamsText(event, machine, base64));
}

/** Kinds of raw values by parameter type. */
const rawTypes: Partial<Record<ParamType, FieldType>> = {
  INT8: 'INT64',
  INT16: 'INT16',
  INT32: 'INT32',
  UINT8: 'UINT32',
  UINT16: 'UINT32',
  UINT32: 'UINT32',
  UINT64: 'UINT64',
  FLAGS8: 'UINT32',
  FLAGS16: 'UINT32',
  FLAGS32: 'UINT32',
  ENUMFLAGS8: 'UINT32',
  ENUMFLAGS16: 'UINT32',
  ENUMFLAGS32: 'UINT32',
  MODE: 'UINT32',
  UID: 'UINT32',
  GID: 'UINT32',
  SIGTYPE: 'UINT32',
  SIGSET: 'UINT32',
  SYSCALLID: 'UINT32',
  PORT: 'PORT',
  BOOL: 'BOOL',
  RELTIME: 'RELTIME',
  ABSTIME: 'ABSTIME',
  CHARBUF: 'CHARBUF',
  FSPATH: 'CHARBUF',
  FSRELPATH: 'CHARBUF',
  BYTEBUF: 'BYTEBUF',
  CHARBUFARRAY: 'BYTEBUF',
  SOCKADDR: 'BYTEBUF',
  SOCKTUPLE: 'BYTEBUF',
  FDLIST: 'BYTEBUF',
  DYN: 'BYTEBUF',
  IPV4ADDR: 'IPADDR',
  IPV6ADDR: 'IPADDR',
};

function rawType(type: ParamType): FieldType {
  return rawTypes[type] ?? 'INT64';
}

function isText(type: FieldType): boolean {
  return type === 'CHARBUF' || type === 'BYTEBUF' || type === 'IPADDR';
}

/** The type of evt.rawarg.NAME: that of the first event in the table with such a parameter. */
function rawTypeOf(arg: string | undefined): FieldType {
  const type = firstTypeOf(arg);
  return type === undefined ? 'DYN' : rawType(type);
}

function firstTypeOf(arg: string | undefined): ParamType | undefined {
  for (const info of events) {
    const index = paramIndex(info.params, arg ?? '');
    if (index >= 0) return info.params[index]!.type;
  }
  return undefined;
}

/** Types that upstream has no comparison for. */
const incomparable: Partial<Record<ParamType, string>> = {
  SOCKADDR: 'SOCKADDR',
  SOCKTUPLE: 'SOCKTUPLE',
  FDLIST: 'FDLIST',
  DYN: 'DYNAMIC',
  UID: 'UID',
  GID: 'GID',
  SIGSET: 'SIGSET',
  CHARBUFARRAY: 'CHARBUFARRAY',
  CHARBUF_PAIR_ARRAY: 'CHARBUF_PAIR_ARRAY',
  FD32: '<NA>',
  PID32: '<NA>',
};

/** Types of values that upstream does not read in conditions. */
const unread: Partial<Record<ParamType, number>> = { BYTEBUF: 10, SYSCALLID: 18, SIGTYPE: 19 };

function rawRefusal(arg: string | undefined) {
  const type = firstTypeOf(arg);
  if (type === undefined) return undefined;
  const operators = incomparable[type];
  if (operators !== undefined) return { operators };
  return unread[type] === undefined ? undefined : { values: `wrong parameter type ${unread[type]}` };
}

function rawValue(event: Event, index: number, info: ParamInfo): Scalar | null {
  const type = rawType(info.type);
  if (type === 'CHARBUF') return event.text(index);
  if (isText(type)) return event.raw(index);
  if (type === 'BOOL') return event.u32(index) !== 0;
  const signed = type === 'INT64' || type === 'INT32' || type === 'INT16';
  switch (event.size(index)) {
    case 1:
      return event.u8(index);
    case 2:
      return signed ? (event.u16(index) << 16) >> 16 : event.u16(index);
    case 4:
      return signed ? event.i32(index) : event.u32(index);
    case 8:
      return signed ? event.exactI64(index) : event.exact64(index);
    default:
      return null;
  }
}

function rawArgument(arg: string | undefined): EventGetter<Scalar> {
  const indices = indexByType(arg ?? '');
  return (event) => {
    const index = indices[event.type]!;
    if (index < 0) return null;
    const info = event.info.params[index]!;
    // Upstream has text for text that is not known.
    if (!event.has(index)) return index < event.paramCount && rawType(info.type) === 'CHARBUF' ? '<NA>' : null;
    return rawValue(event, index, info);
  };
}

/** Types and print formats of one name differ from event to event, so what is shown is made by the event's own. */
function rawArgumentShown(arg: string | undefined, json: boolean, base64: boolean): EventGetter {
  const indices = indexByType(arg ?? '');
  const raw = rawArgument(arg);
  return (event, machine) => {
    const value = raw(event, machine);
    if (value === null) return null;
    const info = event.info.params[indices[event.type]!]!;
    if (typeof value === 'string') return rawType(info.type) === 'BYTEBUF' ? bufferText(value, base64) : value;
    if (typeof value === 'boolean') return json ? value : String(value);
    const isHex = info.format === 'HEX';
    if (isHex || info.format === 'OCT') return isHex ? integerText(value, 'HEX') : value.toString(8);
    return json && (info.format === 'DEC' || info.format === 'ID') ? value : value.toString();
  };
}

interface PathParams {
  readonly dirfd: string;
  readonly path: string;
}

/** Parameters with a directory and a path relative to it, by event; the second pair is what .dst asks for. */
const pathParams: ReadonlyMap<number, readonly [PathParams, PathParams]> = new Map(
  (
    [
      ['RENAMEAT_X', 'olddirfd oldpath newdirfd newpath'],
      ['RENAMEAT2_X', 'olddirfd oldpath newdirfd newpath'],
      ['SYMLINKAT_X', 'linkdirfd linkpath'],
      ['OPENAT_2_X', 'dirfd name'],
      ['OPENAT2_X', 'dirfd name'],
      ['LINKAT_2_X', 'olddir oldpath newdir newpath'],
      ['UNLINKAT_2_X', 'dirfd name'],
      ['MKDIRAT_X', 'dirfd path'],
      ['FCHMODAT_X', 'dirfd filename'],
      ['FCHOWNAT_X', 'dirfd pathname'],
    ] as const
  ).map(([code, text]) => {
    const [dirfd, path, secondDirfd, secondPath] = text.split(' ');
    const first = { dirfd: dirfd!, path: path! };
    const second = { dirfd: secondDirfd ?? first.dirfd, path: secondPath ?? first.path };
    return [eventByCode(`SYSCALL_${code}`).id, [first, second]];
  }),
);

function absolutePath(event: Event, second: boolean): string | null {
  if (event.thread === null) return null;
  if (event.type === openByHandle) return event.i64(0) > 0 && event.has(3) ? joinPath('', event.text(3)) : null;
  const params = pathParams.get(event.type)?.[second ? 1 : 0];
  if (params === undefined) return null;
  const dirfd = paramIndex(event.info.params, params.dirfd);
  const path = paramIndex(event.info.params, params.path);
  if (!event.has(dirfd) || !event.has(path)) return null;
  return joinPath(directoryOf(event, event.i64(dirfd)), event.text(path));
}

function directoryOf(event: Event, number: number): string {
  if (number === atFdCwd) return currentDirectory(event.thread!);
  const fd = event.thread!.fds?.get(number);
  return fd === undefined ? '<UNKNOWN>/' : `${fdName(fd)}/`;
}

function absolutePathOf(arg: string | undefined): EventGetter<string> {
  if (arg !== undefined && arg !== 'src' && arg !== 'dst') {
    throw new FieldArgumentError(`evt.abspath knows .src and .dst, not '${arg}'`);
  }
  return (event) => absolutePath(event, arg === 'dst');
}

export const argumentFields = {
  'evt.args': eventField('CHARBUF', 'All parameters, as name=value(meaning).', allArguments(false), {
    shown: (_arg, how) => (how.base64 ? allArguments(true) : undefined),
  }),
  'evt.info': eventField('CHARBUF', 'The same as evt.args.', allArguments(false), {
    shown: (_arg, how) => (how.base64 ? allArguments(true) : undefined),
  }),
  'evt.arg': eventFieldWith(
    'CHARBUF',
    'One parameter as text: what its value means (the name of an error, of flags, of a descriptor) or the value itself.',
    {
      kind: 'index-or-key',
      required: true,
      summary: 'name of the parameter; or its number from 0, in brackets',
      dotted: 'also',
      bracketsIndex: true,
    },
    (arg) => argumentText(arg, false),
    { param: sourceOf, possible: hasArgument, shown: (arg, how) => (how.base64 ? argumentText(arg, true) : undefined) },
  ),
  'evt.rawarg': eventFieldWith(
    'DYN',
    'One parameter as its bare value.',
    { kind: 'key', required: true, summary: 'name of the parameter', dotted: 'only' },
    rawArgument,
    {
      noRhs: true,
      noTransformer: true,
      possible: hasArgument,
      typeOf: rawTypeOf,
      refusal: rawRefusal,
      shown: (arg, how) => rawArgumentShown(arg, how.json, how.base64),
    },
  ),
  'evt.abspath': eventFieldWith(
    'CHARBUF',
    'Absolute path that a call with a directory descriptor works on; of two, the first, or the second with .dst.',
    { kind: 'key', required: false, summary: 'src or dst', dotted: 'only' },
    absolutePathOf,
    { possible: (info) => pathParams.has(info.id) || info.id === openByHandle },
  ),
} as const;
