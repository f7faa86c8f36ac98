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

const ranges: Partial<Record<FieldType, readonly [bigint, bigint]>> = {
  INT16: [-(1n << 15n), (1n << 15n) - 1n],
  INT32: [-(1n << 31n), (1n << 31n) - 1n],
  INT64: [-(1n << 63n), (1n << 63n) - 1n],
  UINT32: [0n, (1n << 32n) - 1n],
  UINT64: [0n, (1n << 64n) - 1n],
  RELTIME: [0n, (1n << 64n) - 1n],
  ABSTIME: [0n, (1n << 64n) - 1n],
  DOUBLE: [-(1n << 31n), (1n << 31n) - 1n],
};

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
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]{1,40}|0[xX][0-9a-fA-F]{1,32})$/.exec(text);
  if (match === null) throw new LiteralError(`${text} is not a valid number`);
  const magnitude = BigInt(match[2]!);
  let value = match[1] === '-' ? -magnitude : magnitude;
  const [low, high] = ranges[type] ?? [0n, 0n];
  // As C reads it: -1 in an unsigned field is its greatest value.
  if (low === 0n && value < 0n) value += high + 1n;
  if (value < low || value > high) throw new LiteralError(`${text} is out of the range of ${type} (${low} to ${high})`);
  return value;
}

function parsePort(text: string): number {
  if (text === '') return 0;
  if (/^[0-9]+$/.test(text)) {
    const port = Number(text);
    if (port > 0xffff) throw new LiteralError(`${text} is out of the range of PORT (0 to 65535)`);
    return port;
  }
  const port = servicePorts.get(text);
  if (port === undefined) throw new LiteralError(`unrecognized protocol ${text}`);
  return port;
}

function parseAddress(text: string): string {
  const dotted = text.includes('.') && !text.includes(':');
  const bytes = dotted ? parseIpv4(text) : parseIpv6(text);
  if (bytes === undefined) throw new LiteralError(`unrecognized ${dotted ? 'IPv4' : 'IPv6'} address ${text}`);
  return bytes;
}

function parseNetwork(text: string): Network {
  const dotted = text.includes('.') && !text.includes(':');
  const slash = text.indexOf('/');
  if (slash < 0) {
    throw new LiteralError(dotted ? `unrecognized IP network ${text}` : `invalid v6 netmask: ${text}`);
  }
  const host = text.slice(0, slash);
  const mask = text.slice(slash + 1);
  const address = dotted ? parseIpv4(host) : parseIpv6(host);
  if (address === undefined) throw new LiteralError(`unrecognized ${dotted ? 'IP' : 'IPv6'} address ${text}`);
  if (!/^[0-9]{1,3}$/.test(mask)) throw new LiteralError(`${mask} is not a valid number`);
  const bits = Number(mask);
  if (dotted && bits > 32) throw new LiteralError(`invalid netmask ${mask}`);
  if (!dotted && (bits === 0 || bits > 128)) throw new LiteralError(`invalid v6 netmask ${mask}`);
  return { address, bits };
}
