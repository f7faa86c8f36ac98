import { isIPv4, isIPv6 } from 'node:net';
import type { ParamInfo, ParamType } from '../model/event-table.ts';
import { paramSizes, signedTypes } from './param-size.ts';

/** Address families as sockaddr and tuple parameters begin with. */
const family = { unix: 1, ipv4: 2, ipv6: 10 } as const;

interface Endpoint {
  /** An IPv4 or IPv6 address as text. */
  readonly address: string;
  readonly port: number;
}

/** Value of a SOCKADDR: an endpoint, or the path of a unix socket. */
export type SocketAddress = Endpoint | { readonly path: string };
/** Value of a SOCKTUPLE: two endpoints, or two kernel addresses and the path of a unix socket. */
export type SocketTuple =
  | { readonly source: Endpoint; readonly dest: Endpoint }
  | { readonly unixSource: bigint; readonly unixDest: bigint; readonly path: string };
/** Value of a DYN: which of the parameter's alternatives, and the value of that. */
interface DynValue {
  readonly kind: number;
  readonly value: ParamValue;
}
/** Value of an FDLIST. */
type FdList = readonly { readonly fd: number; readonly flags: number }[];

/**
 * What encodeEvent takes for a parameter: numbers for everything numeric (flags and enumerations also by their names,
 * joined with |), byte strings for texts and bytes, lists of them for NUL-separated lists, objects for sockets.
 * A Buffer is taken as it is, whatever the type; undefined and null are unknown values.
 */
export type ParamValue =
  | number
  | bigint
  | boolean
  | string
  | Buffer
  | readonly string[]
  | SocketAddress
  | SocketTuple
  | FdList
  | DynValue
  | undefined
  | null;

type Encode = (param: ParamInfo, value: ParamValue) => Buffer;

/** Types whose values are not plain integers. */
const encoders: Partial<Record<ParamType, Encode>> = {
  CHARBUF: (_, value) => bytesOf(`${textOf(value)}\0`),
  FSPATH: (_, value) => bytesOf(`${textOf(value)}\0`),
  FSRELPATH: (_, value) => bytesOf(`${textOf(value)}\0`),
  BYTEBUF: (_, value) => list(value),
  CHARBUFARRAY: (_, value) => list(value),
  CHARBUF_PAIR_ARRAY: (_, value) => list(value),
  SOCKADDR: (_, value) => socketAddress(value),
  SOCKTUPLE: (_, value) => socketTuple(value),
  FDLIST: (_, value) => fdList(value),
  DYN: dynamic,
  IPV4ADDR: (_, value) => ipAddress(textOf(value)),
  IPV6ADDR: (_, value) => ipAddress(textOf(value)),
  IPADDR: (_, value) => ipAddress(textOf(value)),
  DOUBLE: (_, value) => double(value),
};

/** @throws RangeError for a value that the type can't have */
export function encodeValue(param: ParamInfo, value: ParamValue): Buffer {
  if (value === undefined || value === null) return Buffer.alloc(0);
  if (Buffer.isBuffer(value)) return value;
  const encode = encoders[param.type];
  if (encode) return encode(param, value);
  return integer(param.type, typeof value === 'string' ? flagValue(param, value) : value);
}

/** Bytes as they are, or a list of texts each of which gets a NUL. */
function list(value: ParamValue): Buffer {
  return bytesOf(Array.isArray(value) ? value.map((item) => `${textOf(item)}\0`).join('') : textOf(value));
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new RangeError(`text expected, got ${typeof value}`);
  return value;
}

function bytesOf(text: string): Buffer {
  // eslint-disable-next-line no-control-regex -- every byte is allowed
  if (/[^\u0000-\u00ff]/.test(text))
    throw new RangeError('byte string expected: encode text as UTF-8 first (one char per byte)');
  return Buffer.from(text, 'latin1');
}

function integer(type: ParamType, value: unknown): Buffer {
  const size = paramSizes[type];
  if (size === 0) throw new RangeError('values of this type are given as a Buffer');
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'boolean') {
    throw new RangeError(`number expected, got ${typeof value}`);
  }
  if (typeof value === 'number' && !Number.isInteger(value)) throw new RangeError(`${value} is not an integer`);
  const wide = BigInt(value);
  const bits = size * 8;
  // -1 is the customary spelling of "unset" in unsigned types too.
  const fits = BigInt.asIntN(bits, wide) === wide || (!signedTypes.has(type) && BigInt.asUintN(bits, wide) === wide);
  if (!fits) throw new RangeError(`${wide} does not fit ${size} bytes`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, wide));
  return bytes.subarray(0, size);
}

function flagValue(param: ParamInfo, names: string): number {
  let bits = 0;
  for (const name of names.split('|')) {
    const bit = param.flags?.[name];
    if (bit === undefined)
      throw new RangeError(`no flag ${name}; there are ${Object.keys(param.flags ?? {}).join(', ')}`);
    bits |= bit;
  }
  return bits >>> 0;
}

function double(value: ParamValue): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(value));
  return bytes;
}

/** The 4 or 16 bytes of an address. @throws RangeError */
export function ipAddress(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text)) throw new RangeError(`${text} is not an IP address`);
  const tail = /(?:\d+\.){3}\d+$/.exec(text)?.[0];
  const words = tail === undefined ? text : text.slice(0, -tail.length) + hexWords(ipAddress(tail));
  const [head = '', rest] = words.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = rest === undefined || rest === '' ? [] : rest.split(':');
  const bytes = Buffer.alloc(16);
  for (const [i, word] of front.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), 2 * i);
  for (const [i, word] of back.entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), 16 - 2 * (back.length - i));
  return bytes;
}

function hexWords(bytes: Buffer): string {
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

function endpoint({ address, port }: Endpoint): Buffer {
  const bytes = ipAddress(address);
  return Buffer.concat([bytes, integer('PORT', port)]);
}

function familyOf(endpointBytes: Buffer): Buffer {
  return Buffer.from([endpointBytes.length === 6 ? family.ipv4 : family.ipv6]);
}

function isObject(value: ParamValue): value is SocketAddress | SocketTuple | DynValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function socketAddress(value: ParamValue): Buffer {
  if (isObject(value) && 'address' in value) {
    const bytes = endpoint(value);
    return Buffer.concat([familyOf(bytes), bytes]);
  }
  if (isObject(value) && 'path' in value)
    return Buffer.concat([Buffer.from([family.unix]), bytesOf(`${value.path}\0`)]);
  throw new RangeError('{ address, port } or { path } expected');
}

function socketTuple(value: ParamValue): Buffer {
  if (isObject(value) && 'source' in value) {
    const source = endpoint(value.source);
    const dest = endpoint(value.dest);
    if (source.length !== dest.length) throw new RangeError('source and dest are of different address families');
    return Buffer.concat([familyOf(source), source, dest]);
  }
  if (isObject(value) && 'unixSource' in value) {
    const pointers = [integer('UINT64', value.unixSource), integer('UINT64', value.unixDest)];
    return Buffer.concat([Buffer.from([family.unix]), ...pointers, bytesOf(`${value.path}\0`)]);
  }
  throw new RangeError('{ source, dest } or { unixSource, unixDest, path } expected');
}

function fdList(value: ParamValue): Buffer {
  if (!Array.isArray(value)) throw new RangeError('list of { fd, flags } expected');
  const parts = [integer('UINT16', value.length)];
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || !('fd' in item) || !('flags' in item)) {
      throw new RangeError('list of { fd, flags } expected');
    }
    parts.push(integer('FD', item.fd), integer('UINT16', item.flags));
  }
  return Buffer.concat(parts);
}

function dynamic(param: ParamInfo, value: ParamValue): Buffer {
  if (!isObject(value) || !('kind' in value)) throw new RangeError('{ kind, value } expected');
  const kind = param.dyn?.[value.kind];
  if (kind === undefined)
    throw new RangeError(`kind ${value.kind} is not one of the ${param.dyn?.length ?? 0} alternatives`);
  return Buffer.concat([Buffer.from([value.kind]), encodeValue(kind, value.value)]);
}
