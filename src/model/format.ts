import type { Event } from './event.ts';
import type { ParamInfo } from './event-table.ts';
import type { BoundField, EventGetter, FieldType, Getter, Scalar, ShowOptions, Value } from './field.ts';
import type { Machine } from './machine.ts';

/** An integer in the way that the event table and the fields ask for. */
export function integerText(value: number | bigint, format: ParamInfo['format'] | undefined): string {
  switch (format) {
    case 'HEX':
      return value.toString(16).toUpperCase();
    case 'OCT':
      // The leading zero is how C shows octal numbers.
      return value === 0 || value === 0n ? '0' : `0${value.toString(8)}`;
    case '10_PADDED_DEC':
      return value.toString().padStart(9, '0');
    case 'NA':
    case 'DEC':
    case 'ID':
    case 'DIR':
    case undefined:
      return value.toString();
  }
}

/** An address of 4 or 16 raw bytes as text; IPv6 compressed as inet_ntop does it; '' for what is no address. */
export function ipText(address: string): string {
  if (address.length === 4) return bytesOf(address).join('.');
  if (address.length !== 16) return '';
  const bytes = bytesOf(address);
  const groups = Array.from({ length: 8 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!);
  const [start, length] = longestZeros(groups);
  // ::1.2.3.4 and ::ffff:1.2.3.4 show the IPv4 address that they hold.
  const embedsIp4 = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const parts = groups.map((group) => group.toString(16));
  if (embedsIp4) parts.splice(6, 2, bytes.slice(12).join('.'));
  if (length < 2) return parts.join(':');
  return `${parts.slice(0, start).join(':')}::${parts.slice(start + length).join(':')}`;
}

function bytesOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0) & 0xff);
}

/** Start and length of the first of the longest runs of zeros. */
function longestZeros(groups: readonly number[]): [number, number] {
  let best: [number, number] = [-1, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end++;
    if (end - i > best[1]) best = [i, end - i];
    i = Math.max(i, end);
  }
  return best;
}

/** Whether an IPv6 address stands for an IPv4 one, or is all zeros, which serves as both. */
export function isMappedIp4(address: string): boolean {
  if (address.length !== 16 || !address.startsWith('\0\0\0\0\0\0\0\0\0\0')) return false;
  return address.startsWith('\xff\xff', 10) || address.endsWith('\0\0\0\0\0\0');
}

/** `source:port->dest:port`; pairs of IPv4 addresses in IPv6 form are shown as IPv4. Without ports for raw and icmp. */
export function connectionText(
  source: string,
  sourcePort: number,
  dest: string,
  destPort: number,
  ports = true,
): string {
  const mapped = isMappedIp4(source) && isMappedIp4(dest);
  const from = ipText(mapped ? source.slice(12) : source);
  const to = ipText(mapped ? dest.slice(12) : dest);
  return ports ? `${from}:${sourcePort}->${to}:${destPort}` : `${from}->${to}`;
}

/** Bytes with a dot for each that is no printable ASCII character. */
export function dottedText(bytes: string): string {
  return bytes.replace(/[^\x20-\x7e]/g, '.');
}

/** A buffer as outputs show it. */
export function bufferText(bytes: string, base64: boolean): string {
  return base64 ? Buffer.from(bytes, 'latin1').toString('base64') : dottedText(bytes);
}

const second = 1_000_000_000n;

/** `HH:MM:SS.nnnnnnnnn` of local time (environment TZ), optionally with the date before it or without the fraction. */
export function clockText(time: bigint, options: { readonly date: boolean; readonly fraction: boolean }): string {
  const local = new Date(Number(time / 1_000_000n));
  const clock = [local.getHours(), local.getMinutes(), local.getSeconds()].map(pad2).join(':');
  const fraction = options.fraction ? `.${(time % second).toString().padStart(9, '0')}` : '';
  return options.date ? `${dateText(local)} ${clock}${fraction}` : clock + fraction;
}

/** `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000`, in UTC. */
export function iso8601Text(time: bigint): string {
  const text = new Date(Number(time / 1_000_000n)).toISOString();
  return `${text.slice(0, text.indexOf('.'))}.${(time % second).toString().padStart(9, '0')}+0000`;
}

function dateText(local: Date): string {
  return `${local.getFullYear().toString().padStart(4, '0')}-${pad2(local.getMonth() + 1)}-${pad2(local.getDate())}`;
}

function pad2(value: number): string {
  return value.toString().padStart(2, '0');
}

/** One value of a field as text, before it is put into an output. */
function scalarText(value: Scalar, type: FieldType, format: ParamInfo['format'] | undefined, base64: boolean): string {
  if (typeof value === 'string') {
    if (type === 'IPADDR') return ipText(value);
    // Networks are there to compare with; upstream shows this word for them.
    if (type === 'IPNET') return '<IPNET>';
    return type === 'BYTEBUF' ? bufferText(value, base64) : value;
  }
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return type === 'DOUBLE' ? Number(value).toFixed(1) : integerText(value, format);
}

/** One value of a field for JSON: integers that print as hexadecimal or octal are text there too. */
function scalarJson(value: Scalar, type: FieldType, format: ParamInfo['format'] | undefined, base64: boolean): Scalar {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (typeof value === 'string' || (isNumber && (format === 'HEX' || format === 'OCT'))) {
    return scalarText(value, type, format, base64);
  }
  return value;
}

/** What a getter reads from an event and what stands next to it. null: no value. */
export function readGetter(getter: Getter, event: Event, machine: Machine): Value | null {
  switch (getter.scope) {
    case 'thread':
      return event.thread === null ? null : getter.get(event.thread, machine);
    case 'fd':
      return event.fd === null ? null : getter.get(event.fd, machine);
    case 'event':
      return getter.get(event, machine);
  }
}

/** Reads a field from an event, whatever it depends on. null: no value. */
export function readField(field: BoundField, event: Event, machine: Machine): Value | null {
  if (field.spec.possible?.(event.info, field.arg) === false) return null;
  return readGetter(field.getter, event, machine);
}

/**
 * What an output shows of a field: text (a byte string) or, with `how.json`, the value for JSON, where text is still a
 * byte string, integers are numbers or bigints, and lists are arrays. null: no value (`<NA>` in text), or none in a list for JSON.
 */
export function fieldShower(field: BoundField, how: ShowOptions): EventGetter {
  const { type } = field;
  const { format, possible } = field.spec;
  const shown = field.spec.shown?.(field.arg, how);
  function read(event: Event, machine: Machine): Value | null {
    if (shown !== undefined && possible?.(event.info, field.arg) === false) return null;
    const value = shown === undefined ? readField(field, event, machine) : shown(event, machine);
    // What is shown as text is text already, in JSON as well.
    if (value === null || (shown !== undefined && typeof value === 'string')) return value;
    if (typeof value === 'object') {
      if (how.json && value.length === 0) return null;
      return how.json
        ? value.map((item) => scalarJson(item, type, format, how.base64))
        : `(${value.map((item) => scalarText(item, type, format, how.base64)).join(',')})`;
    }
    return how.json ? scalarJson(value, type, format, how.base64) : scalarText(value, type, format, how.base64);
  }
  return read;
}
