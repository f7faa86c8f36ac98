import { joinPath } from '../base/join-path.ts';
import type { Event } from './event.ts';
import { flagTables, type ParamInfo, type ParamType, syscallNames } from './event-table.ts';
import { type Fd, l4proto } from './fd.ts';
import { fdName, fdTypeChar, layer4 } from './fd-text.ts';
import { bufferText, clockText, connectionText, integerText, ipText } from './format.ts';
import { errnoName, signalName } from './linux-names.ts';
import type { Machine } from './machine.ts';
import type { Thread } from './thread.ts';

/** The directory that paths relative to "the current one" say in place of a descriptor. */
export const atFdCwd = -100;
const unset32 = 0xffffffff;
const family = { unix: 1, inet: 2, inet6: 10 } as const;

/** Types whose missing value shows as NULL; that of the others as <NA>. */
const nullTypes = new Set(['BYTEBUF', 'SOCKTUPLE', 'FDLIST', 'CHARBUFARRAY', 'CHARBUF_PAIR_ARRAY', 'DYN']);

const signedTypes = new Set(['INT8', 'INT16', 'INT32', 'INT64']);
/** Always decimal, whatever format the table gives. */
const idTypes = new Set(['ERRNO', 'FD', 'PID', 'FD32', 'PID32']);

/** A parameter of an event, with the alternative of a dynamic one chosen. */
interface Param {
  readonly event: Event;
  readonly index: number;
  readonly info: ParamInfo;
  readonly at: number;
  readonly end: number;
}

function paramOf(event: Event, index: number): Param {
  const info = event.info.params[index]!;
  const at = event.starts[index]!;
  const end = event.starts[index + 1]!;
  if (info.type !== 'DYN' || info.dyn === undefined) return { event, index, info, at, end };
  const chosen = info.dyn[event.view.getUint8(at)];
  // How numbers print is said by the parameter, not by the alternative.
  if (chosen === undefined) return { event, index, info, at, end };
  return { event, index, info: { ...chosen, format: info.format }, at: at + 1, end };
}

/** The index of a parameter of an event by name; -1 where there is none. */
export function paramIndex(params: readonly ParamInfo[], name: string): number {
  return params.findIndex((param) => param.name === name);
}

/** How parameters of a type show as plain text; the rest are numbers. */
const plainTexts: Partial<Record<ParamType, (param: Param, base64: boolean) => string>> = {
  CHARBUF: charText,
  FSPATH: charText,
  FSRELPATH: charText,
  BYTEBUF: (param, base64) => bufferText(bytesOf(param), base64),
  CHARBUFARRAY: arrayText,
  CHARBUF_PAIR_ARRAY: arrayText,
  SOCKADDR: (param) => sockaddrText(bytesOf(param)),
  SOCKTUPLE: (param) => socktupleText(bytesOf(param)),
  FDLIST: (param) => fdListText(param.event, bytesOf(param)),
  SIGSET: (param) => sigsetText(unsigned(param)),
  ABSTIME: (param) => clockText(BigInt(bigUnsigned(param)), { date: true, fraction: true }),
  RELTIME: (param) => (isNoTime(param) ? 'none' : bigUnsigned(param).toString()),
  UID: idText,
  GID: idText,
  IPV4ADDR: (param) => ipText(bytesOf(param)),
  IPV6ADDR: (param) => ipText(bytesOf(param)),
  IPADDR: (param) => ipText(bytesOf(param)),
};

/** The plain text of parameter `index`: numbers as they are, text, buffers. The event has that parameter. */
function paramText(event: Event, index: number, base64: boolean): string {
  if (!event.has(index)) return nullTypes.has(event.info.params[index]!.type) ? 'NULL' : '<NA>';
  const param = paramOf(event, index);
  const plain = plainTexts[param.info.type];
  return plain === undefined ? numberText(param, param.info.format) : plain(param, base64);
}

function charText(param: Param): string {
  return cString(bytesOf(param));
}

function arrayText(param: Param): string {
  return bytesOf(param).replace(/\0$/, '').replaceAll('\0', '.');
}

function idText(param: Param): string {
  return (unsigned(param) | 0).toString();
}

function isNoTime(param: Param): boolean {
  return bigUnsigned(param) === 0xffff_ffff_ffff_ffffn;
}

function numberText(param: Param, format: ParamInfo['format']): string {
  if (idTypes.has(param.info.type)) return signed(param).toString();
  const signedType = signedTypes.has(param.info.type);
  // C prints negative numbers as hexadecimal or octal by their two's complement.
  const wantsSign = format !== 'HEX' && format !== 'OCT';
  if (signedType && wantsSign) return signed(param).toString();
  const value = bigUnsigned(param);
  // Upstream prints unsigned 32- and 64-bit numbers as signed ones.
  if (param.info.type === 'UINT64' && wantsSign) return BigInt.asIntN(64, BigInt(value)).toString();
  if (param.info.type === 'UINT32' && wantsSign) return (Number(value) | 0).toString();
  return integerText(value, param.info.type.includes('FLAGS') ? 'DEC' : format);
}

function bytesOf(param: Param): string {
  return param.event.bytes.latin1Slice(param.at, param.end);
}

/** The value as an unsigned number of as many bytes as there are; exact to 2^53. */
function unsigned(param: Param): number {
  return Number(bigUnsigned(param));
}

function bigUnsigned(param: Param): number | bigint {
  const { view } = param.event;
  switch (param.end - param.at) {
    case 1:
      return view.getUint8(param.at);
    case 2:
    case 3:
      return view.getUint16(param.at, true);
    case 4:
    case 5:
    case 6:
    case 7:
      return view.getUint32(param.at, true);
    case 0:
      return 0;
    default:
      return view.getBigUint64(param.at, true);
  }
}

function signed(param: Param): number | bigint {
  const { view } = param.event;
  switch (param.end - param.at) {
    case 1:
      return view.getInt8(param.at);
    case 2:
      return view.getInt16(param.at, true);
    case 4:
      return view.getInt32(param.at, true);
    case 8:
      return view.getBigInt64(param.at, true);
    default:
      return bigUnsigned(param);
  }
}

/** What values of a type stand for; types that are not here say all by their plain text. */
const meanings: Partial<Record<ParamType, (param: Param, machine: Machine) => string>> = {
  FD: (param) => fdMeaning(param.event, Number(signed(param))),
  FD32: (param) => fdMeaning(param.event, Number(signed(param))),
  PID: (param, machine) => machine.thread(Number(signed(param)))?.comm ?? '',
  PID32: (param, machine) => machine.thread(Number(signed(param)))?.comm ?? '',
  ERRNO: (param) => (signed(param) < 0 ? errnoName(Number(signed(param))) : ''),
  FSPATH: (param) => pathMeaning(param.event, param.index, param.event.text(param.index)),
  FSRELPATH: (param) => pathMeaning(param.event, param.index, param.event.text(param.index)),
  SYSCALLID: (param) => syscallNames[unsigned(param)] ?? '',
  SIGTYPE: (param) => signalName(unsigned(param)),
  RELTIME: (param) => (isNoTime(param) ? '' : `${significantText(unsigned(param) / 1e9)}s`),
  UID: (param, machine) => idMeaning(param.event, machine, unsigned(param), true),
  GID: (param, machine) => idMeaning(param.event, machine, unsigned(param), false),
  FLAGS8: flagsMeaning,
  FLAGS16: flagsMeaning,
  FLAGS32: flagsMeaning,
  MODE: flagsMeaning,
  ENUMFLAGS8: enumMeaning,
  ENUMFLAGS16: enumMeaning,
  ENUMFLAGS32: enumMeaning,
};

/** What a parameter's number or relative path stands for; '' where its plain text says all. */
function paramMeaning(event: Event, index: number, machine: Machine): string {
  if (!event.has(index)) return '';
  const param = paramOf(event, index);
  return meanings[param.info.type]?.(param, machine) ?? '';
}

/** `name(meaning)` parts of evt.arg: the meaning where there is one, else the plain text. */
export function paramShown(event: Event, index: number, machine: Machine, base64: boolean): string {
  const { type } = event.info.params[index]!;
  if ((type === 'FSPATH' || type === 'FSRELPATH') && event.has(index)) {
    const path = event.text(index);
    return pathMeaning(event, index, path) || path;
  }
  const meaning = paramMeaning(event, index, machine);
  return meaning === '' ? paramText(event, index, base64) : meaning;
}

/** All parameters as `name=text(meaning) ...`. */
export function allParamsText(event: Event, machine: Machine, base64: boolean): string {
  const parts: string[] = [];
  const count = Math.min(event.paramCount, event.info.params.length);
  for (let i = 0; i < count; i++) {
    const meaning = paramMeaning(event, i, machine);
    const text = `${event.info.params[i]!.name}=${paramText(event, i, base64)}`;
    parts.push(meaning === '' ? text : `${text}(${meaning})`);
  }
  return parts.join(' ');
}

function fdMeaning(event: Event, number: number): string {
  if (event.thread === null) return '';
  if (number >= 0) {
    const fd = event.thread.fds?.get(number);
    return fd === undefined ? '' : `<${fdTypeChar(fd.type)}${protocolChar(fd)}>${fdName(fd)}`;
  }
  return number === atFdCwd ? 'AT_FDCWD' : errnoName(number);
}

function protocolChar(fd: Fd): string {
  switch (layer4(fd)) {
    case l4proto.tcp:
      return 't';
    case l4proto.udp:
      return 'u';
    case l4proto.icmp:
      return 'i';
    case l4proto.raw:
      return 'r';
    default:
      return '';
  }
}

/** The current directory of a thread's process, with a slash at the end; './' where the process is not known. */
export function currentDirectory(thread: Thread): string {
  if (thread.main === null) return './';
  const cwd = thread.main.cwd;
  if (cwd === null) return '';
  return cwd.text.endsWith('/') ? cwd.text : `${cwd.text}/`;
}

/** The directory of a descriptor, with a slash at the end; '' where it is not known. */
function directoryOf(thread: Thread, number: number): string {
  const fd = thread.fds?.get(number);
  const name = fd === undefined ? '' : fdName(fd);
  return name === '' || name.endsWith('/') ? name : `${name}/`;
}

function pathMeaning(event: Event, index: number, path: string): string {
  const { thread } = event;
  if (thread === null || path === '' || path === '<NA>' || path.startsWith('/')) return '';
  const info = event.info.params[index]!;
  let directory = currentDirectory(thread);
  if (info.type === 'FSRELPATH' && info.dirfdParam !== undefined && event.info.params[info.dirfdParam]?.type === 'FD') {
    const number = event.i64(info.dirfdParam);
    if (number !== atFdCwd) directory = directoryOf(thread, number);
  }
  return joinPath(directory, path);
}

function idMeaning(event: Event, machine: Machine, id: number, isUser: boolean): string {
  if (id === unset32) return '<NONE>';
  const container = event.thread?.containerId;
  if (container === undefined) return '<NA>';
  const name = isUser ? machine.user(container, id)?.name : machine.group(container, id)?.name;
  return name === undefined || name === '' ? '<NA>' : name;
}

const namesByTable = new Map(Object.values(flagTables).map((table) => [table, Object.entries(table)]));

/** Names and values of a parameter's flags, in the order of the table. */
function namesOf(info: ParamInfo): readonly (readonly [string, number])[] {
  return (info.flags === undefined ? undefined : namesByTable.get(info.flags)) ?? [];
}

/** Names of the bits that are set, in the order of the table; a name that takes several bits takes them from later ones. */
function flagsMeaning(param: Param): string {
  const { info } = param;
  const value = unsigned(param);
  const names: string[] = [];
  let rest = value;
  for (const [name, bits] of namesOf(info)) {
    const matches = bits === 0 ? value === 0 : rest !== 0 && (rest & bits) >>> 0 === bits;
    if (!matches && bits !== value) continue;
    if (matches || info.type === 'MODE') names.push(name);
    if (bits === value) break;
    rest = (rest & ~bits) >>> 0;
  }
  return names.join('|');
}

function enumMeaning(param: Param): string {
  const value = unsigned(param);
  const names = namesOf(param.info).filter(([, number]) => number === value);
  return names.map(([name]) => name).join('|');
}

function sigsetText(set: number): string {
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const name = (set >>> bit) & 1 ? signalName(bit + 1) : '';
    if (name !== '') names.push(name);
  }
  return names.join(' ');
}

/** As C's %g shows a number: six significant digits, no zeros at the end. */
function significantText(value: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent >= -4 && exponent < 6) return Number(value.toPrecision(6)).toString();
  const [digits, power] = value.toExponential(5).split('e');
  const sign = power!.startsWith('-') ? '-' : '+';
  return `${Number(digits)}e${sign}${power!.slice(1).padStart(2, '0')}`;
}

function port(bytes: string, at: number): number {
  return bytes.charCodeAt(at) | (bytes.charCodeAt(at + 1) << 8);
}

function cString(bytes: string): string {
  const nul = bytes.indexOf('\0');
  return nul < 0 ? bytes : bytes.slice(0, nul);
}

/** A socket address: family byte, then path or address and port (little endian). */
export function sockaddrText(bytes: string): string {
  switch (bytes.charCodeAt(0)) {
    case family.unix:
      return cString(bytes.slice(1));
    case family.inet:
      return bytes.length < 7 ? 'INVALID IPv4' : `${ipText(bytes.slice(1, 5))}:${port(bytes, 5)}`;
    case family.inet6:
      return bytes.length < 19 ? 'INVALID IPv6' : `${ipText(bytes.slice(1, 17))}:${port(bytes, 17)}`;
    default:
      return `family ${bytes.charCodeAt(0)}`;
  }
}

/** The two ends of a connection: family byte, then source and destination; unix: two kernel addresses and a path. */
export function socktupleText(bytes: string): string {
  switch (bytes.charCodeAt(0)) {
    case family.unix:
      if (bytes.length < 17) return 'INVALID PATH';
      return `${pointerText(bytes, 1)}->${pointerText(bytes, 9)} ${cString(bytes.slice(17))}`;
    case family.inet:
      if (bytes.length < 13) return 'INVALID IPv4';
      return connectionText(bytes.slice(1, 5), port(bytes, 5), bytes.slice(7, 11), port(bytes, 11));
    case family.inet6:
      if (bytes.length < 37) return 'INVALID IPv6';
      return connectionText(bytes.slice(1, 17), port(bytes, 17), bytes.slice(19, 35), port(bytes, 35));
    default:
      return `family ${bytes.charCodeAt(0)}`;
  }
}

function pointerText(bytes: string, at: number): string {
  let value = 0n;
  for (let i = 7; i >= 0; i--) value = (value << 8n) | BigInt(bytes.charCodeAt(at + i) & 0xff);
  return value.toString(16);
}

/** The descriptors of a poll: `number:type events`, separated by blanks. */
function fdListText(event: Event, bytes: string): string {
  if (event.thread === null) return '';
  const parts: string[] = [];
  for (const { number, flags } of pollFds(bytes)) {
    const fd = event.thread.fds?.get(number);
    // As the captures have them: a descriptor that is not to be looked at is negative.
    const shown = number < 0 ? BigInt.asUintN(64, BigInt(number)) : number;
    parts.push(`${shown}:${fd === undefined ? '?' : fdTypeChar(fd.type)}${flags.toString(16)}`);
  }
  return parts.join(' ');
}

/** The entries of an FDLIST value: u16 count, then per entry the number (u64) and the events (u16). */
export function pollFds(bytes: string): { number: number; flags: number }[] {
  const entries: { number: number; flags: number }[] = [];
  const buffer = Buffer.from(bytes, 'latin1');
  const count = buffer.length < 2 ? 0 : buffer.readUInt16LE(0);
  for (let i = 0, at = 2; i < count && at + 10 <= buffer.length; i++, at += 10) {
    entries.push({ number: Number(buffer.readBigInt64LE(at)), flags: buffer.readUInt16LE(at + 8) });
  }
  return entries;
}
