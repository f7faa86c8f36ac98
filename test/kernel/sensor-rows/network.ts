import { file, res, type Row } from './kit.ts';

const loopback = '\x7f\0\0\x01';

/** An address and port as events have them. */
function ip4(port: number): string {
  return `${loopback}${String.fromCharCode(port & 0xff, port >> 8)}`;
}

/** Calls about sockets. */
export const networkRows: readonly Row[] = [
  {
    label: 'socket',
    code: 'SOCKET_SOCKET_X',
    params: { fd: res('socket'), domain: 2, type: 0o2000001, proto: 0, flags: file('O_CLOEXEC') },
  },
  { label: 'bind', code: 'SOCKET_BIND_X', params: { res: 0, addr: `\x02${ip4(0)}`, fd: res('socket') } },
  { label: 'listen', code: 'SOCKET_LISTEN_X', params: { res: 0, fd: res('socket'), backlog: 5 } },
  {
    label: 'connect',
    code: 'SOCKET_CONNECT_X',
    params: {
      res: 0,
      tuple: (result) => `\x02${ip4(result('client-port'))}${ip4(result('port'))}`,
      fd: res('socket-2'),
      addr: (result) => `\x02${ip4(result('port'))}`,
    },
  },
  {
    label: 'accept4',
    code: 'SOCKET_ACCEPT4_6_X',
    params: {
      fd: res('accept4'),
      tuple: (result) => `\x02${ip4(result('client-port'))}${ip4(result('port'))}`,
      queuepct: 0,
      queuemax: 5,
      flags: file('O_CLOEXEC'),
    },
  },
  {
    label: 'sendto',
    code: 'SOCKET_SENDTO_X',
    params: {
      res: 4,
      data: 'ping',
      fd: res('socket-2'),
      size: 4,
      tuple: (result) => `\x02${ip4(result('client-port'))}${ip4(result('port'))}`,
    },
  },
  {
    label: 'recvfrom',
    code: 'SOCKET_RECVFROM_X',
    params: {
      res: 4,
      data: 'ping',
      fd: res('accept4'),
      size: 100,
      tuple: (result) => `\x02${ip4(result('client-port'))}${ip4(result('port'))}`,
    },
  },
  {
    label: 'sendmsg',
    code: 'SOCKET_SENDMSG_X',
    params: {
      res: 5,
      data: 'hello',
      fd: res('accept4'),
      size: 5,
      tuple: (result) => `\x02${ip4(result('port'))}${ip4(result('client-port'))}`,
    },
  },
  {
    label: 'recvmsg',
    code: 'SOCKET_RECVMSG_X',
    params: {
      res: 5,
      size: 5,
      data: 'hello',
      msgcontrol: null,
      fd: res('socket-2'),
      tuple: (result) => `\x02${ip4(result('port'))}${ip4(result('client-port'))}`,
    },
  },
  {
    label: 'recvmsg-none',
    code: 'SOCKET_RECVMSG_X',
    params: { res: -11, size: 0, data: null, tuple: null, msgcontrol: null },
  },
  {
    label: 'getsockopt',
    code: 'SOCKET_GETSOCKOPT_X',
    params: { res: 0, fd: res('socket-2'), level: 1, optname: 4, val: '\x01\0\0\0\0\0\0\0\0', optlen: 4 },
  },
  { label: 'getsockopt-t', code: 'SOCKET_GETSOCKOPT_X', params: { optname: 3, val: '\x02\x01\0\0\0', optlen: 4 } },
  { label: 'shutdown', code: 'SOCKET_SHUTDOWN_X', params: { res: 0, fd: res('socket-2'), how: 2 } },
  {
    label: 'connect-bad',
    code: 'SOCKET_CONNECT_X',
    params: { res: -9, tuple: null, fd: 988, addr: (result) => `\x02${ip4(result('port'))}` },
  },
  { label: 'sendto-udp', code: 'SOCKET_SENDTO_X', params: { res: 8, data: 'datagram', size: 8 } },
  {
    label: 'connect-6',
    code: 'SOCKET_CONNECT_X',
    params: { res: res('connect-6'), addr: `\x0a${'\0'.repeat(15)}\x01\x01\0` },
  },
  { label: 'bind-un', code: 'SOCKET_BIND_X', params: { res: 0, addr: '\x01socket\0' } },
  { label: 'connect-un', code: 'SOCKET_CONNECT_X', params: { res: 0, addr: '\x01socket\0' } },
  { label: 'accept', code: 'SOCKET_ACCEPT_5_X', params: { fd: res('accept') } },
  { label: 'connect-none', code: 'SOCKET_CONNECT_X', params: { res: -2, tuple: null, addr: '\x01none\0' } },
  { label: 'bind-abs', code: 'SOCKET_BIND_X', params: { res: 0, addr: '\x01saker-test\0' } },
  {
    label: 'socketpair',
    code: 'SOCKET_SOCKETPAIR_X',
    params: {
      res: 0,
      fd1: (result) => result('pair'),
      fd2: (result) => result('pair', 1),
      domain: 1,
      type: 1,
      proto: 0,
    },
  },
];
