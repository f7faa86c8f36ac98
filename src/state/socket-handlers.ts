import type { Event } from '../model/event.ts';
import { eventByCode } from '../model/event-table.ts';
import { Fd, fdFlags, fdType, l4proto } from '../model/fd.ts';
import { ipText } from '../model/format.ts';
import { PathName } from '../model/path-name.ts';
import type { StateContext } from './context.ts';
import { takePassedFds } from './passed-fds.ts';
import { type Address, family, isMappedAddress, readAddress, type SocketAddress } from './socket-address.ts';
import { type End, haveSameEnds, isBlank, markConnected, setEnds, settleEnds, swapEnds } from './socket-ends.ts';
import type { TrackedThread } from './tracked-thread.ts';

const accept4 = eventByCode('SOCKET_ACCEPT4_6_X').id;
const connectEnterCode = eventByCode('SOCKET_CONNECT_E').id;

const domains = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const types = { stream: 1, datagram: 2, raw: 3 } as const;
const protocols = { ip: 0, icmp: 1, tcp: 6, udp: 17, raw: 255 } as const;
const oCloexec = 4096;
const eInProgress = -115;
const maxAddressBytes = 128;

function protocolOf(type: number, protocol: number): number {
  const isRaw = type === types.raw;
  switch (protocol) {
    case protocols.tcp:
      return isRaw ? l4proto.raw : l4proto.tcp;
    case protocols.udp:
      return isRaw ? l4proto.raw : l4proto.udp;
    case protocols.icmp:
      return isRaw ? l4proto.raw : l4proto.icmp;
    case protocols.raw:
      return l4proto.raw;
    case protocols.ip:
      if ((type & 0xff) === types.stream) return l4proto.tcp;
      return (type & 0xff) === types.datagram ? l4proto.udp : l4proto.unknown;
    default:
      return l4proto.unknown;
  }
}

/** A new socket; `type` may carry SOCK_CLOEXEC and SOCK_NONBLOCK. */
function newSocket(context: StateContext, domain: number, type: number, protocol: number, flags: number): Fd {
  const fd = new Fd();
  fd.openFlags = flags;
  switch (domain) {
    case domains.inet:
    case domains.inet6:
      fd.type = domain === domains.inet ? fdType.ipv4Socket : fdType.ipv6Socket;
      fd.l4proto = protocolOf(type, protocol);
      return fd;
    case domains.unix:
      fd.type = fdType.unixSocket;
      break;
    case domains.netlink:
      fd.type = fdType.netlink;
      break;
    default:
  }
  fd.path = context.noName;
  return fd;
}

export function socketExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const fd = newSocket(context, event.u32(1), event.u32(2), event.u32(3), event.u32(4));
  context.addFd(event, thread, event.i64(0), fd);
}

/** How a SOCKADDR reads. */
function addressText(address: Address): string {
  if (address.family === family.unix) return address.path;
  if (address.ip === '') return `family ${address.family}`;
  return `${ipText(address.ip)}:${address.port}`;
}

export function bindExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.fd === null || !event.has(0) || event.i64(0) < 0 || event.size(1) > maxAddressBytes) return;
  const address = readAddress(event.raw(1));
  if (address === undefined) return;
  const fd = context.changeFd(event, thread);
  const old = fd.path?.text ?? '';
  if (address.ip !== '' && address.port > 0) {
    const isIp4 = address.ip.length === 4 || isMappedAddress(address.ip);
    fd.type = isIp4 ? fdType.ipv4Server : fdType.ipv6Server;
    fd.destIp = isIp4 ? address.ip.slice(-4) : address.ip;
    fd.destPort = address.port;
    fd.sourceIp = '';
    fd.sourcePort = 0;
    fd.flags = (fd.flags & ~fdFlags.isClient) | fdFlags.isServer;
  }
  fd.path = new PathName('', addressText(address));
  event.fdNameChanged = fd.path.text !== old;
}

/** The address as it is when the call begins; the caller may change it before the exit event reads it. */
export function connectEnter(_context: StateContext, event: Event, thread: TrackedThread): void {
  thread.enterType = 0;
  if (!event.has(1) || event.size(1) > maxAddressBytes) return;
  thread.enterAddress = event.raw(1);
  thread.enterType = connectEnterCode;
}

export function connectExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (event.fd === null || !event.has(0)) return;
  const result = event.i64(0);
  if (result < 0 && result !== eInProgress) return;
  const isEntered = thread.enterType === connectEnterCode;
  const entered = isEntered ? readAddress(thread.enterAddress) : undefined;
  const tuple = context.tuple;
  const hasTuple = tuple.readTuple(event, 1);
  const fd = context.changeFd(event, thread);
  markConnected(fd);
  if (!event.has(1)) {
    if (entered !== undefined) connectedTo(event, fd, entered);
    return;
  }
  if (!hasTuple) return;
  // The caller changed the address after the call began: the exit shows what it wrote, the kernel took what was there.
  const shown = event.has(3) && event.size(3) <= maxAddressBytes ? readAddress(event.raw(3)) : undefined;
  if (tuple.family === family.unix) {
    if (fd.type !== fdType.unixSocket) return;
    const path = entered !== undefined && shown?.path === tuple.path ? entered.path : tuple.path;
    setUnix(event, fd, tuple, path);
  } else {
    const dest: End = { ip: tuple.destIp, port: tuple.destPort };
    const isShown = shown !== undefined && sameAddress(shown, dest);
    const to = isShown && entered !== undefined && entered.ip !== '' ? endOf(entered, dest.ip.length) : dest;
    connectedFrom(event, fd, { ip: tuple.sourceIp, port: tuple.sourcePort }, to);
  }
  if ((fd.flags & (fdFlags.isClient | fdFlags.isServer)) === 0) fd.flags |= fdFlags.isClient;
}

function sameAddress(address: Address, end: End): boolean {
  return address.port === end.port && address.ip.slice(-end.ip.length) === end.ip;
}

function endOf(address: Address, size: number): End {
  return { ip: address.ip.slice(-size), port: address.port };
}

function connectedFrom(event: Event, fd: Fd, source: End, dest: End): void {
  fd.type = source.ip.length === 4 ? fdType.ipv4Socket : fdType.ipv6Socket;
  const hadPath = fd.path !== null;
  const hasChanged = setEnds(fd, source, dest);
  fd.path = null;
  const isUdp = fd.type === fdType.ipv4Socket && fd.l4proto === l4proto.udp;
  if (hasChanged && isUdp && (fd.flags & fdFlags.isServer) !== 0) swapEnds(fd);
  event.fdNameChanged = hasChanged || hadPath;
}

/** The kernel gave no tuple, only the address at the start is known. */
function connectedTo(event: Event, fd: Fd, address: Address): void {
  if (address.ip === '') {
    fd.path = new PathName('', 'NULL');
    event.fdNameChanged = true;
    return;
  }
  const isIp4 = address.ip.length === 4 || isMappedAddress(address.ip);
  fd.type = isIp4 ? fdType.ipv4Socket : fdType.ipv6Socket;
  fd.destIp = isIp4 ? address.ip.slice(-4) : address.ip;
  fd.destPort = address.port;
}

function setUnix(event: Event, fd: Fd, tuple: SocketAddress, path: string): void {
  const old = fd.path?.text;
  fd.type = fdType.unixSocket;
  fd.unixSource = tuple.unixSource;
  fd.unixDest = tuple.unixDest;
  fd.path = new PathName('', `${fd.unixSource}->${fd.unixDest} ${path}`);
  event.fdNameChanged = fd.path.text !== old;
}

export function acceptExit(context: StateContext, event: Event, thread: TrackedThread): void {
  if (!event.has(0) || event.i64(0) < 0) return;
  const number = event.i64(0);
  event.fdNum = number;
  event.fd = thread.fds?.get(number) ?? null;
  const tuple = context.tuple;
  if (!tuple.readTuple(event, 1)) return;
  const fd = new Fd();
  if (tuple.family === family.unix) setUnix(event, fd, tuple, tuple.path);
  else {
    fd.type = tuple.family === family.inet ? fdType.ipv4Socket : fdType.ipv6Socket;
    fd.sourceIp = tuple.sourceIp;
    fd.sourcePort = tuple.sourcePort;
    fd.destIp = tuple.destIp;
    fd.destPort = tuple.destPort;
    fd.l4proto = l4proto.tcp;
  }
  if (event.type === accept4) fd.openFlags = event.u32(5) & oCloexec;
  fd.flags = fdFlags.isServer | fdFlags.connected;
  context.addFd(event, thread, number, fd);
}

/** A handler for sends. @param t Index of the tuple; -1: the call has none. */
export function sends(t: number, infers = t >= 0) {
  return (context: StateContext, event: Event, thread: TrackedThread): void => {
    if (!event.has(0)) return;
    if (event.fd === null) {
      if (!infers || !event.hasFdNum || event.i64(0) < 0) return;
      inferSocket(context, event, thread, t);
      if (event.fd === null) return;
    }
    transferred(context, event, thread, t, false);
  };
}

/** A handler for receives. @param control Index of the control data; -1: the call has none. */
export function receives(t: number, control = -1) {
  return (context: StateContext, event: Event, thread: TrackedThread): void => {
    if (event.fd === null || !event.has(0)) return;
    transferred(context, event, thread, t, true);
    if (control >= 0 && event.fd.type === fdType.unixSocket && event.i64(0) >= 0) {
      takePassedFds(context, event, thread, control);
    }
  };
}

/** A datagram goes out on a descriptor whose making was not seen: it must be a UDP socket. */
function inferSocket(context: StateContext, event: Event, thread: TrackedThread, t: number): void {
  const kind = event.u8(t);
  if (kind !== family.inet && kind !== family.inet6) return;
  context.addFd(event, thread, event.fdNum, newSocket(context, kind, types.datagram, protocols.udp, 0));
}

function transferred(context: StateContext, event: Event, thread: TrackedThread, t: number, isIn: boolean): void {
  if (event.i64(0) < 0) return;
  const fd = event.fd!;
  const isIp = fd.type === fdType.ipv4Socket || fd.type === fdType.ipv6Socket;
  if (isIp && (fd.flags & fdFlags.connected) === 0) markConnected(context.changeFd(event, thread));
  if (t < 0) return;
  const isTcp = fd.type === fdType.ipv4Socket && fd.l4proto === l4proto.tcp;
  if ((isTcp && !isBlank(fd)) || !context.tuple.readTuple(event, t)) return;
  if (context.tuple.family === family.unix) unixTransferred(context, event, thread);
  else ipTransferred(context, event, thread, isIn);
}

function unixTransferred(context: StateContext, event: Event, thread: TrackedThread): void {
  const fd = event.fd!;
  const tuple = context.tuple;
  const path = tuple.path;
  const isSame = tuple.isUnix(fd.unixSource, fd.unixDest) && fd.type === fdType.unixSocket;
  if (isSame && fd.path !== null && fd.path.text.endsWith(path) && fd.path.text.includes('->')) return;
  setUnix(event, context.changeFd(event, thread), tuple, path);
}

/** Datagrams tell the ends of a socket that was never connected. */
function ipTransferred(context: StateContext, event: Event, thread: TrackedThread, isIn: boolean): void {
  const old = event.fd!;
  const tuple = context.tuple;
  const isIp4 = tuple.family === family.inet;
  // Of a socket that was there before and had no address yet, the tuple is the first word.
  const otherType = old.type === fdType.unsupported ? fdType.ipv6Socket : old.type;
  const type = isIp4 ? fdType.ipv4Socket : otherType;
  if (type === old.type && hasEnds(old, tuple)) return;
  const fd = context.changeFd(event, thread);
  fd.type = type;
  const source = { ip: tuple.sourceIp, port: tuple.sourcePort };
  if (!setEnds(fd, source, { ip: tuple.destIp, port: tuple.destPort })) return;
  fd.path = null;
  settleEnds(context, fd, thread, isIn);
  if ((fd.flags & (isIn ? fdFlags.isClient : fdFlags.isServer)) !== 0) swapEnds(fd);
  event.fdNameChanged = old.path !== null || !haveSameEnds(old, fd);
}

/** Whether the socket's ends are the tuple's, in either direction. */
function hasEnds(fd: Fd, tuple: SocketAddress): boolean {
  const { sourcePort, destPort } = tuple;
  if (
    fd.sourcePort === sourcePort &&
    fd.destPort === destPort &&
    tuple.isSource(fd.sourceIp) &&
    tuple.isDest(fd.destIp)
  )
    return true;
  return (
    fd.sourcePort === destPort && fd.destPort === sourcePort && tuple.isSource(fd.destIp) && tuple.isDest(fd.sourceIp)
  );
}
