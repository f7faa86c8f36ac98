import { fdType } from '../model/fd.ts';
import { emptyFd, type FdDraft } from '../model/fd-snapshot.ts';
import type { FdSnapshot } from '../model/machine.ts';
import { type Budget, type ByteReader, Damage } from './byte-reader.ts';

const maxName = 1023;
const fdUnits = 4;

function readSocket(r: ByteReader, fd: FdDraft, addressSize: number): void {
  fd.sourceIp = r.raw(addressSize, 'source address');
  fd.destIp = r.raw(addressSize, 'destination address');
  fd.sourcePort = r.u16('source port');
  fd.destPort = r.u16('destination port');
  fd.l4proto = r.u8('protocol');
}

/** A listening or bound socket: its own address, which is the server's side and therefore the destination. */
function readServer(r: ByteReader, fd: FdDraft, addressSize: number): void {
  fd.destIp = r.raw(addressSize, 'address');
  fd.destPort = r.u16('port');
  fd.l4proto = r.u8('protocol');
}

function readPayload(r: ByteReader, fd: FdDraft, hasLength: boolean): void {
  switch (fd.type) {
    case fdType.unknown:
      return;
    case fdType.ipv4Socket:
      return readSocket(r, fd, 4);
    case fdType.ipv6Socket:
      return readSocket(r, fd, 16);
    case fdType.ipv4Server:
      return readServer(r, fd, 4);
    case fdType.ipv6Server:
      return readServer(r, fd, 16);
    case fdType.unixSocket:
      fd.unixSource = r.big64('source socket').toString(16);
      fd.unixDest = r.big64('destination socket').toString(16);
      fd.name = r.text(maxName, 'socket path');
      return;
    case fdType.file:
      fd.openFlags = r.u32('open flags');
      fd.name = r.text(maxName, 'file name');
      if (hasLength && r.left >= 4) fd.dev = r.u32('device');
      return;
    default:
      if (fd.type <= fdType.pidfd) {
        fd.name = r.text(maxName, 'descriptor name');
        return;
      }
      // A kind from a later version: only its length tells where it ends.
      if (!hasLength) throw new Damage(`descriptor type ${fd.type} is not known`, r.at);
      fd.name = `unknown-type:[${fd.type}]`;
      fd.type = fdType.unsupported;
  }
}

/** Reads the descriptor list of one process (versions 1 and 2). @throws Damage */
export function readFdList(r: ByteReader, version: number, budget: Budget): { tid: number; entries: FdSnapshot[] } {
  const blockEnd = r.end;
  const tid = r.i64('process id of a descriptor list');
  const entries: FdSnapshot[] = [];
  // Padding is at most three bytes, and the smallest entry is longer.
  while (blockEnd - r.at >= 4) {
    const start = r.at;
    budget.take(fdUnits, start);
    if (version >= 2) {
      const size = r.u32('length of a descriptor entry');
      if (size < 4 || size > blockEnd - start) throw new Damage(`a descriptor entry claims ${size} bytes`, start);
      r.end = start + size;
    }
    const number = r.i64('descriptor number');
    const ino = r.u64('inode');
    const fd = emptyFd(number, ino, r.u8('descriptor type'));
    readPayload(r, fd, version >= 2);
    if (version >= 2) {
      r.at = r.end;
      r.end = blockEnd;
    }
    entries.push(fd);
  }
  return { tid, entries };
}
