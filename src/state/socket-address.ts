import type { Event } from '../model/event.ts';

/** Address families by the numbers of the capture format. */
export const family = { unix: 1, inet: 2, inet6: 10 } as const;

/** What a SOCKADDR or SOCKTUPLE parameter says. One object is reused; its texts are made only when asked for. */
export class SocketAddress {
  family = 0;
  #event: Event | undefined;
  /** Offsets of the addresses (or kernel pointers) and ports within the event. */
  #source = 0;
  #dest = 0;
  #size = 0;
  sourcePort = 0;
  destPort = 0;
  #path = 0;
  #end = 0;

  /** Reads a tuple: family, source, destination. @returns false when it is empty or too short. */
  readTuple(event: Event, i: number): boolean {
    const size = event.size(i);
    if (size < 1) return false;
    const start = event.starts[i]!;
    const view = event.view;
    this.#event = event;
    this.family = view.getUint8(start);
    this.#end = start + size;
    if (this.family === family.unix) {
      if (size < 18 || view.getUint8(this.#end - 1) !== 0) return false;
      this.#source = start + 1;
      this.#dest = start + 9;
      this.#path = start + 17;
      return true;
    }
    if (this.family !== family.inet && this.family !== family.inet6) return false;
    const bytes = this.family === family.inet ? 4 : 16;
    if (size < 5 + 2 * bytes) return false;
    this.#size = bytes;
    this.#source = start + 1;
    this.sourcePort = view.getUint16(start + 1 + bytes, true);
    this.#dest = start + 3 + bytes;
    this.destPort = view.getUint16(start + 3 + 2 * bytes, true);
    if (bytes === 16 && isMapped(view, this.#source) && isMapped(view, this.#dest)) this.#unmap();
    return true;
  }

  /** IPv4 inside IPv6 is IPv4. */
  #unmap(): void {
    this.family = family.inet;
    this.#size = 4;
    this.#source += 12;
    this.#dest += 12;
  }

  get sourceIp(): string {
    return this.#event!.bytes.latin1Slice(this.#source, this.#source + this.#size);
  }

  get destIp(): string {
    return this.#event!.bytes.latin1Slice(this.#dest, this.#dest + this.#size);
  }

  isSource(ip: string): boolean {
    return this.#is(ip, this.#source);
  }

  isDest(ip: string): boolean {
    return this.#is(ip, this.#dest);
  }

  #is(ip: string, at: number): boolean {
    if (ip.length !== this.#size) return false;
    const view = this.#event!.view;
    for (let i = 0; i < ip.length; i++) if (view.getUint8(at + i) !== ip.charCodeAt(i)) return false;
    return true;
  }

  get unixSource(): string {
    return this.#event!.view.getBigUint64(this.#source, true).toString(16);
  }

  get unixDest(): string {
    return this.#event!.view.getBigUint64(this.#dest, true).toString(16);
  }

  /** Whether a unix tuple has these ends, in hex. */
  isUnix(source: string, dest: string): boolean {
    return this.#isHex(source, this.#source) && this.#isHex(dest, this.#dest);
  }

  #isHex(text: string, at: number): boolean {
    if (text === '') return false;
    const view = this.#event!.view;
    let low = 0;
    let high = 0;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | (c < 58 ? c - 48 : c - 87);
    }
    return view.getUint32(at, true) === low >>> 0 && view.getUint32(at + 4, true) === high >>> 0;
  }

  get path(): string {
    const text = this.#event!.bytes.latin1Slice(this.#path, this.#end);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }
}

function isMapped(view: DataView, at: number): boolean {
  if (view.getUint32(at, true) !== 0 || view.getUint32(at + 4, true) !== 0) return false;
  const third = view.getUint32(at + 8, true);
  // ::ffff:a.b.c.d, or no address at all
  return third === 0xffff_0000 || (third === 0 && view.getUint32(at + 12, true) === 0);
}

const mappedPrefix = '\0\0\0\0\0\0\0\0\0\0\xff\xff';
const noIp6 = '\0'.repeat(16);

export function isMappedAddress(ip: string): boolean {
  return ip === noIp6 || ip.startsWith(mappedPrefix);
}

/** A SOCKADDR as a byte string: family, address, port or path. */
export interface Address {
  readonly family: number;
  readonly ip: string;
  readonly port: number;
  readonly path: string;
}

/** @returns undefined when it is empty or too short. */
export function readAddress(raw: string): Address | undefined {
  if (raw === '') return undefined;
  const kind = raw.charCodeAt(0);
  if (kind === family.unix) {
    if (raw.length < 2 || !raw.endsWith('\0')) return undefined;
    return { family: kind, ip: '', port: 0, path: raw.slice(1, raw.indexOf('\0', 1)) };
  }
  const size = kind === family.inet ? 4 : 16;
  if (kind !== family.inet && kind !== family.inet6) return { family: kind, ip: '', port: 0, path: '' };
  if (raw.length < 3 + size) return undefined;
  const port = raw.charCodeAt(1 + size) | (raw.charCodeAt(2 + size) << 8);
  return { family: kind, ip: raw.slice(1, 1 + size), port, path: '' };
}
