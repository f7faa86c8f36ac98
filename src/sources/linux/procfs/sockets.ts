import { fdType, l4proto } from '../../../model/fd.ts';
import { readText } from './text.ts';

/** A socket as /proc/net/* has it. Addresses are raw bytes in a byte string. */
export interface SocketEntry {
  readonly type: number;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly destIp: string;
  readonly destPort: number;
  readonly l4proto: number;
  /** Unix sockets: kernel address in hex, if the kernel shows it, and path. */
  readonly unixSource: string;
  readonly path: string;
}

const noAddress = { sourceIp: '', sourcePort: 0, destIp: '', destPort: 0, l4proto: 0, unixSource: '', path: '' };
const tcpListen = 0x0a;

/** Addresses stand in hex as the machine's 32-bit words: each group of four bytes is reversed on little-endian ones. */
function addressBytes(hex: string): string {
  let out = '';
  for (let word = 0; word < hex.length; word += 8) {
    for (let byte = 6; byte >= 0; byte -= 2) {
      out += String.fromCharCode(Number.parseInt(hex.slice(word + byte, word + byte + 2), 16));
    }
  }
  return out;
}

interface Row {
  readonly inode: number;
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly isListening: boolean;
}

function parseRow(line: string): Row | undefined {
  const fields = line.trim().split(/\s+/);
  const [localIp = '', localPort = ''] = (fields[1] ?? '').split(':');
  const [remoteIp = '', remotePort = ''] = (fields[2] ?? '').split(':');
  const inode = Number(fields[9]);
  if (!Number.isInteger(inode) || localIp === '') return undefined;
  return {
    inode,
    localIp: addressBytes(localIp),
    localPort: Number.parseInt(localPort, 16),
    remoteIp: addressBytes(remoteIp),
    remotePort: Number.parseInt(remotePort, 16),
    isListening: Number.parseInt(fields[3] ?? '0', 16) === tcpListen,
  };
}

type SocketTable = Map<number, SocketEntry>;

/**
 * Sockets with addresses. The kernel does not say which end is the client: the side whose port someone listens on is
 * the server, otherwise this side is the client.
 */
function addInet(table: SocketTable, text: string, isV6: boolean, protocol: number): void {
  const rows = text
    .split('\n')
    .slice(1)
    .flatMap((line) => parseRow(line) ?? []);
  const listening = new Set(rows.filter((row) => row.isListening).map((row) => row.localPort));
  for (const row of rows) {
    if (row.remotePort === 0 && (row.isListening || protocol !== l4proto.tcp)) {
      const type = isV6 ? fdType.ipv6Server : fdType.ipv4Server;
      table.set(row.inode, { ...noAddress, type, destIp: row.localIp, destPort: row.localPort, l4proto: protocol });
      continue;
    }
    const isServer = listening.has(row.localPort);
    table.set(row.inode, {
      ...noAddress,
      type: isV6 ? fdType.ipv6Socket : fdType.ipv4Socket,
      sourceIp: isServer ? row.remoteIp : row.localIp,
      sourcePort: isServer ? row.remotePort : row.localPort,
      destIp: isServer ? row.localIp : row.remoteIp,
      destPort: isServer ? row.localPort : row.remotePort,
      l4proto: protocol,
    });
  }
}

function addUnix(table: SocketTable, text: string): void {
  for (const line of text.split('\n').slice(1)) {
    const match = /^(\w+): \S+ \S+ \S+ \S+ \S+ +(\d+)(?: (.*))?$/.exec(line);
    if (match === null) continue;
    const address = (match[1] ?? '').replace(/^0+(?=.)/, '').toLowerCase();
    // A leading @ stands for the NUL of an abstract address.
    const path = (match[3] ?? '').replace(/^@/, '');
    table.set(Number(match[2]), { ...noAddress, type: fdType.unixSocket, unixSource: address, path });
  }
}

function addNetlink(table: SocketTable, text: string): void {
  for (const line of text.split('\n').slice(1)) {
    const inode = Number(line.trim().split(/\s+/).at(-1));
    if (Number.isInteger(inode) && inode > 0) table.set(inode, { ...noAddress, type: fdType.netlink });
  }
}

const inetFiles: readonly (readonly [string, boolean, number])[] = [
  ['tcp', false, l4proto.tcp],
  ['tcp6', true, l4proto.tcp],
  ['udp', false, l4proto.udp],
  ['udp6', true, l4proto.udp],
  ['icmp', false, l4proto.icmp],
  ['icmp6', true, l4proto.icmp],
  ['raw', false, l4proto.raw],
  ['raw6', true, l4proto.raw],
];

/** All sockets of the network namespace that a process is in, by inode. `folder` is its folder in /proc. */
export function readSockets(folder: string): SocketTable {
  const table: SocketTable = new Map();
  for (const [name, isV6, protocol] of inetFiles)
    addInet(table, readText(`${folder}/net/${name}`) ?? '', isV6, protocol);
  addUnix(table, readText(`${folder}/net/unix`) ?? '');
  addNetlink(table, readText(`${folder}/net/netlink`) ?? '');
  return table;
}
