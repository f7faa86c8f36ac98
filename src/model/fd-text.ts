import { type Fd, type FdType, fdFlags, fdType, l4proto } from './fd.ts';
import { connectionText, ipText } from './format.ts';

const typeNames: Readonly<Record<FdType, string>> = {
  [fdType.unknown]: '<NA>',
  [fdType.fileOld]: 'file',
  [fdType.directory]: 'directory',
  [fdType.ipv4Socket]: 'ipv4',
  [fdType.ipv6Socket]: 'ipv6',
  [fdType.ipv4Server]: 'ipv4',
  [fdType.ipv6Server]: 'ipv6',
  [fdType.fifo]: 'pipe',
  [fdType.unixSocket]: 'unix',
  [fdType.event]: 'event',
  [fdType.unsupported]: '<NA>',
  [fdType.signalfd]: 'signalfd',
  [fdType.eventpoll]: 'eventpoll',
  [fdType.inotify]: 'inotify',
  [fdType.timerfd]: 'timerfd',
  [fdType.netlink]: 'netlink',
  [fdType.file]: 'file',
  [fdType.bpf]: 'bpf',
  [fdType.userfaultfd]: 'userfaultfd',
  [fdType.ioUring]: 'io_uring',
  [fdType.memfd]: 'memfd',
  [fdType.pidfd]: 'pidfd',
};

const typeChars: Readonly<Record<FdType, string>> = {
  [fdType.unknown]: 'o',
  [fdType.fileOld]: 'f',
  [fdType.directory]: 'd',
  [fdType.ipv4Socket]: '4',
  [fdType.ipv6Socket]: '6',
  [fdType.ipv4Server]: '4',
  [fdType.ipv6Server]: '6',
  [fdType.fifo]: 'p',
  [fdType.unixSocket]: 'u',
  [fdType.event]: 'e',
  [fdType.unsupported]: 'X',
  [fdType.signalfd]: 's',
  [fdType.eventpoll]: 'l',
  [fdType.inotify]: 'i',
  [fdType.timerfd]: 't',
  [fdType.netlink]: 'n',
  [fdType.file]: 'f',
  [fdType.bpf]: 'b',
  [fdType.userfaultfd]: 'u',
  [fdType.ioUring]: 'r',
  [fdType.memfd]: 'm',
  [fdType.pidfd]: 'P',
};

/** The word for a type of descriptor (fd.type); `<NA>` for what has none. */
export function fdTypeName(type: FdType): string {
  return typeNames[type];
}

/** One letter for a type of descriptor (fd.typechar). */
export function fdTypeChar(type: FdType): string {
  return typeChars[type];
}

/** Whether the descriptor is an IP socket with, or made for, two ends. */
export function isIpSocket(fd: Fd): boolean {
  return fd.type === fdType.ipv4Socket || fd.type === fdType.ipv6Socket;
}

/** Whether the descriptor is an IP socket that waits for others at its address. */
export function isIpServer(fd: Fd): boolean {
  return fd.type === fdType.ipv4Server || fd.type === fdType.ipv6Server;
}

export function isFile(fd: Fd): boolean {
  return fd.type === fdType.file || fd.type === fdType.fileOld;
}

/** Whether it is known which end of the connection this machine's process is. */
export function hasRole(fd: Fd): boolean {
  return (fd.flags & (fdFlags.isClient | fdFlags.isServer)) !== 0;
}

/** The layer 4 protocol by the numbers of {@link l4proto}; none for a socket whose role is not known, unless it is raw. */
export function layer4(fd: Fd): number {
  if (isIpServer(fd)) return fd.l4proto;
  if (!isIpSocket(fd)) return l4proto.none;
  return fd.l4proto === l4proto.raw || hasRole(fd) ? fd.l4proto : l4proto.none;
}

/** The name of a descriptor (fd.name): a path, the ends of a connection, a listening address; '' where there is none. */
export function fdName(fd: Fd): string {
  if (fd.path !== null) return fd.path.text;
  if (isIpServer(fd)) return fd.destIp === '' ? '' : `${ipText(fd.destIp)}:${fd.destPort}`;
  if (!isIpSocket(fd) || fd.destIp === '') return '';
  const ports = fd.l4proto !== l4proto.raw && fd.l4proto !== l4proto.icmp;
  return connectionText(fd.sourceIp, fd.sourcePort, fd.destIp, fd.destPort, ports);
}
