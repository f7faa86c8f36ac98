import { type Fd, fdFlags, fdType, l4proto } from '../model/fd.ts';
import type { StateContext } from './context.ts';
import { guessUnbound } from './discovery.ts';
import type { ProcessFds } from './process-fds.ts';
import type { TrackedThread } from './tracked-thread.ts';

export interface End {
  readonly ip: string;
  readonly port: number;
}

/** Whether nothing is known of either end. */
export function isBlank(fd: Fd): boolean {
  return fd.path === null && fd.sourceIp === '' && fd.destIp === '';
}

export function markConnected(fd: Fd): void {
  fd.flags = (fd.flags & ~(fdFlags.connectPending | fdFlags.connectFailed)) | fdFlags.connected;
}

export function swapEnds(fd: Fd): void {
  const { sourceIp, sourcePort } = fd;
  fd.sourceIp = fd.destIp;
  fd.sourcePort = fd.destPort;
  fd.destIp = sourceIp;
  fd.destPort = sourcePort;
}

function isEnd(ip: string, port: number, end: End): boolean {
  return ip === end.ip && port === end.port;
}

/**
 * Sets the ends of a socket.
 * @returns whether anything changed; the same ends the other way round are no change, and stay.
 */
export function setEnds(fd: Fd, source: End, dest: End): boolean {
  const isSame = isEnd(fd.sourceIp, fd.sourcePort, source) && isEnd(fd.destIp, fd.destPort, dest);
  if (isSame || (isEnd(fd.sourceIp, fd.sourcePort, dest) && isEnd(fd.destIp, fd.destPort, source))) return false;
  fd.sourceIp = source.ip;
  fd.sourcePort = source.port;
  fd.destIp = dest.ip;
  fd.destPort = dest.port;
  return true;
}

/** After datagrams told the ends: the protocol, an end that is still open, and who is the server. */
export function settleEnds(context: StateContext, fd: Fd, thread: TrackedThread, isIn: boolean): void {
  if (fd.l4proto === l4proto.unknown) fd.l4proto = l4proto.udp;
  guessUnbound(context, fd);
  if ((fd.flags & (fdFlags.isClient | fdFlags.isServer)) === 0) fd.flags |= guessRole(fd, thread, isIn);
}

/** The process that owns the port is the server; where that does not tell, a server begins by receiving. */
function guessRole(fd: Fd, thread: TrackedThread, isIn: boolean): number {
  const { destPort, sourcePort } = fd;
  let isBound = false;
  let isClientPort = false;
  for (const [, other] of thread.fds?.entries() ?? []) {
    if (other.type === fdType.ipv4Socket) {
      isBound ||= other.destPort === destPort;
      isClientPort ||= other.sourcePort === sourcePort;
    } else if (other.type === fdType.ipv4Server) isBound ||= other.destPort === destPort;
  }
  if (!isBound) return fdFlags.isClient;
  if (!isClientPort) return fdFlags.isServer;
  return isIn ? fdFlags.isServer : fdFlags.isClient;
}

/**
 * Who is the client and who the server of the IPv4 sockets of a snapshot: which side is this machine's is all that it
 * says. A port that some socket of the snapshot listens at belongs to a server.
 */
export function settleSnapshotEnds(tables: readonly ProcessFds[]): void {
  const ports = new Set<number>();
  for (const fds of tables) {
    for (const [, fd] of fds.entries()) {
      if (fd.type === fdType.ipv4Server || fd.type === fdType.ipv6Server) ports.add(fd.destPort);
    }
  }
  for (const fds of tables) {
    for (const [, fd] of fds.entries()) {
      if (fd.type !== fdType.ipv4Socket) continue;
      const isServer = ports.has(fd.sourcePort);
      if (isServer) swapEnds(fd);
      fd.flags |= isServer ? fdFlags.isServer : fdFlags.isClient;
    }
  }
}

/** Whether two descriptors show the same ends. */
export function haveSameEnds(a: Fd, b: Fd): boolean {
  if (a.type !== b.type || a.sourcePort !== b.sourcePort || a.destPort !== b.destPort) return false;
  return a.sourceIp === b.sourceIp && a.destIp === b.destIp;
}
