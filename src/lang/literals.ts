import type { FieldType, Scalar } from '../model/field.ts';
import { parseIpv4, parseIpv6 } from './addresses.ts';
import { servicePorts } from './services.ts';

/** A network as a rule names it: address bytes (4 or 16) in a byte string and the number of leading bits that count. */
export interface Network {
  readonly address: string;
  readonly bits: number;
}

/** A literal that is not of its field's type; the message says why. */
export class LiteralError extends Error {}

const bitsOf: Partial<Record<FieldType, number>> = { INT16: 16, INT32: 32, UINT32: 32, DOUBLE: 32 };
const signed: ReadonlySet<FieldType> = new Set(['INT16', 'INT32', 'INT64', 'DOUBLE']);

/**
 * Reads a literal of a condition as a value of the field's type.
 * @param text a byte string.
 * @throws LiteralError
 */
export function parseLiteral(type: FieldType, text: string): Scalar | Network {
  if (type !== 'BYTEBUF' && text.includes('\0')) {
    throw new LiteralError('filter error: filter value cannot contain a NUL byte (\\x00)');
  }
  switch (type) {
    case 'CHARBUF':
    case 'BYTEBUF':
    case 'DYN':
      return text;
    case 'BOOL':
      if (text === 'true') return true;
      if (text === 'false') return false;
      throw new LiteralError(`filter error: unrecognized boolean value ${text}`);
    case 'PORT':
      return parsePort(text);
    case 'IPADDR':
      return parseAddress(text);
    case 'IPNET':
      return parseNetwork(text);
    case 'ABSTIME':
      return parseInteger(type, text);
    case 'INT16':
    case 'INT32':
    case 'INT64':
    case 'UINT32':
    case 'UINT64':
    case 'RELTIME':
    case 'DOUBLE':
      return narrow(parseInteger(type, text));
  }
}

/** Bytes written as pairs of hex digits. @throws LiteralError */
export function parseHexBytes(text: string): string {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) {
    throw new LiteralError('filter error: bcontains and bstartswith operator support hex strings only');
  }
  return Buffer.from(text, 'hex').latin1Slice();
}

/** A number where it is exact as one. */
function narrow(value: bigint): number | bigint {
  const small = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return small ? Number(value) : value;
}

function parseInteger(type: FieldType, text: string): bigint {
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(text);
  if (match === null) throw new LiteralError(`${text} is not a valid number`);
  const isSigned = signed.has(type);
  const value = scanned(match[2]!.replace(/^0+/, ''), match[1] === '-', isSigned);
  const bits = bitsOf[type] ?? 64;
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/**
 * The 64 bits that C's scanf makes of digits: no number is too large, the greatest is taken instead. Of these bits the
 * type's own count, so that -1 in an unsigned field is its greatest value.
 */
function scanned(digits: string, isNegative: boolean, isSigned: boolean): bigint {
  // 2^64 has 20 digits.
  const magnitude = digits.length > 20 ? 1n << 64n : BigInt(digits);
  const most = (1n << (isSigned ? 63n : 64n)) - 1n;
  if (magnitude <= most) return isNegative ? -magnitude : magnitude;
  return isSigned && isNegative ? -most - 1n : most;
}

function parsePort(text: string): number {
  if (text === '') return 0;
  if (/^[0-9]+$/.test(text)) {
    const port = Number(text);
    // Of what C's int holds, the lower 16 bits count.
    if (port > 0x7fffffff) throw new LiteralError(`${text} is too large for a port`);
    return port & 0xffff;
  }
  const port = servicePorts.get(text);
  if (port === undefined) throw new LiteralError(`unrecognized protocol ${text}`);
  return port;
}

function parseAddress(text: string): string {
  const dotted = text.includes('.');
  const bytes = dotted ? parseIpv4(text) : parseIpv6(text);
  if (bytes === undefined) throw new LiteralError(`unrecognized ${dotted ? 'IPv4' : 'IPv6'} address ${text}`);
  return bytes;
}

function parseNetwork(text: string): Network {
  const dotted = text.includes('.');
  const slash = text.indexOf('/');
  if (slash < 0) {
    throw new LiteralError(dotted ? `unrecognized IP network ${text}` : `invalid v6 netmask: ${text}`);
  }
  const host = text.slice(0, slash);
  const mask = text.slice(slash + 1);
  const address = dotted ? parseIpv4(host) : parseIpv6(host);
  if (address === undefined) throw new LiteralError(`unrecognized ${dotted ? 'IP' : 'IPv6'} address ${text}`);
  // Of what C's scanf reads the lowest 8 bits count.
  const bits = Number(parseInteger('UINT32', mask)) & 0xff;
  if (dotted && bits > 32) throw new LiteralError(`invalid netmask ${mask}`);
  if (!dotted && (bits === 0 || bits > 128)) throw new LiteralError(`invalid v6 netmask ${mask}`);
  return { address, bits };
}
