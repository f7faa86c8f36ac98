import { bits, bytes, type CallGroup, open, result, row, type Shown, shown } from './kit.ts';

const loopback4 = bytes(1, 127, 0, 0, 1);

const loopback6 = bytes(8, 0, 1n << 56n);

const end4 = (port: number): string => loopback4 + bytes(2, port);

const end6 = (port: number): string => loopback6 + bytes(2, port);

/** Two ends as SOCKTUPLE has them, by the names of their ports. */
const tuple4 =
  (from: string, to: string) =>
  (s: Shown): string =>
    `\x02${end4(s.of(from))}${end4(s.of(to))}`;

const tuple6 =
  (from: string, to: string) =>
  (s: Shown): string =>
    `\x0a${end6(s.of(from))}${end6(s.of(to))}`;

const internet: CallGroup = {
  name: 'internet sockets',
  declare: `
static struct sockaddr_in a4, peer4; static struct sockaddr_in6 a6, peer6; static socklen_t size; static char buffer[4096];
static struct iovec parts[2]; static struct msghdr message; static struct mmsghdr many[3]; static int value; static struct timeval tv;
`,
  setup: `
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), peer;
	int server6 = socket(AF_INET6, SOCK_STREAM, 0), client6 = socket(AF_INET6, SOCK_STREAM, 0);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), udp2 = socket(AF_INET, SOCK_DGRAM, 0), udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
	show("server", server); show("client", client); show("server6", server6); show("client6", client6); show("udp", udp); show("udp2", udp2);
	a4 = inet4(0); a6 = inet6(0);
`,
  rows: [
    row(
      'bind(server, &a4, sizeof(a4))',
      'SOCKET_BIND_X',
      { res: 0, addr: `\x02${end4(0)}`, fd: shown('server') },
      {
        after: 'listen(server, 3); a4 = inet4(port_of(server)); show("port", port_of(server));',
      },
    ),
    row('bind(server, &a4, sizeof(a4))', 'SOCKET_BIND_X', { res: -22, addr: (s) => `\x02${end4(s.of('port'))}` }),
    row('bind(974, &a4, sizeof(a4))', 'SOCKET_BIND_X', { res: -9, fd: 974 }),
    row('bind(server, 0, 16)', 'SOCKET_BIND_X', { res: -14, addr: null }),
    row('listen(server, 7)', 'SOCKET_LISTEN_X', { res: 0, fd: shown('server'), backlog: 7 }),
    row('listen(udp, -1)', 'SOCKET_LISTEN_X', { res: -95, fd: shown('udp'), backlog: -1 }),
    row(
      'connect(client, &a4, sizeof(a4))',
      'SOCKET_CONNECT_X',
      {
        res: 0,
        tuple: tuple4('cport', 'port'),
        fd: shown('client'),
        addr: (s) => `\x02${end4(s.of('port'))}`,
      },
      { after: 'show("cport", port_of(client));' },
    ),
    row('connect(client, &a4, sizeof(a4))', 'SOCKET_CONNECT_X', { res: -106, tuple: null }),
    row(
      'accept(server, 0, 0)',
      'SOCKET_ACCEPT_5_X',
      {
        fd: result,
        tuple: tuple4('cport', 'port'),
        queuepct: 0,
        queuelen: 0,
        queuemax: 7,
      },
      { after: 'peer = result; show("peer", peer);' },
    ),
    row(
      'accept4(server, 0, 0, SOCK_NONBLOCK)',
      'SOCKET_ACCEPT4_6_X',
      {
        fd: -11,
        tuple: null,
        queuemax: 7,
        flags: open('NONBLOCK'),
      },
      { before: 'fcntl(server, F_SETFL, O_NONBLOCK);' },
    ),
    row('accept4(udp, 0, 0, 0)', 'SOCKET_ACCEPT4_6_X', { fd: -95, tuple: null, flags: 0 }),
    row('getsockname(client, buffer, &size)', 'SOCKET_GETSOCKNAME_X', {}),
    row('getpeername(client, buffer, &size)', 'SOCKET_GETPEERNAME_X', {}),
    row('sendto(client, "hello\\0\\xff", 7, 0, 0, 0)', 'SOCKET_SENDTO_X', {
      res: 7,
      data: 'hello\0\xff',
      fd: shown('client'),
      size: 7,
      tuple: tuple4('cport', 'port'),
    }),
    row('recvfrom(peer, buffer, 4096, 0, 0, 0)', 'SOCKET_RECVFROM_X', {
      res: 7,
      data: 'hello\0\xff',
      tuple: tuple4('cport', 'port'),
      fd: shown('peer'),
      size: 4096,
    }),
    row('recvfrom(peer, buffer, 10, MSG_DONTWAIT, 0, 0)', 'SOCKET_RECVFROM_X', {
      res: -11,
      data: null,
      tuple: null,
      size: 10,
    }),
    row(
      'sendmsg(peer, &message, 0)',
      'SOCKET_SENDMSG_X',
      {
        res: 9,
        data: 'two parts',
        fd: shown('peer'),
        size: 9,
        tuple: tuple4('port', 'cport'),
      },
      {
        before:
          'parts[0] = (struct iovec){ "two ", 4 }; parts[1] = (struct iovec){ "parts", 5 }; message = (struct msghdr){ .msg_iov = parts, .msg_iovlen = 2 };',
      },
    ),
    row(
      'recvmsg(client, &message, 0)',
      'SOCKET_RECVMSG_X',
      {
        res: 9,
        size: 9,
        data: 'two parts',
        tuple: tuple4('port', 'cport'),
        msgcontrol: null,
        fd: shown('client'),
      },
      {
        before:
          'parts[0] = (struct iovec){ buffer, 3 }; parts[1] = (struct iovec){ buffer + 3, 90 }; message = (struct msghdr){ .msg_iov = parts, .msg_iovlen = 2 };',
      },
    ),
    row('sendmsg(973, &message, 0)', 'SOCKET_SENDMSG_X', { res: -9, fd: 973, tuple: null }),
    row('sendmsg(client, 0, 0)', 'SOCKET_SENDMSG_X', { res: -14, data: null, size: 0, tuple: null }),
    row(
      'getsockopt(client, SOL_SOCKET, SO_ERROR, &value, &size)',
      'SOCKET_GETSOCKOPT_X',
      {
        res: 0,
        fd: shown('client'),
        level: bits('sockopt_levels', 'SOL_SOCKET'),
        optname: bits('sockopt_options', 'SO_ERROR'),
        val: `\x01${bytes(8, 0)}`,
        optlen: 4,
      },
      { before: 'size = 4;' },
    ),
    row('getsockopt(client, SOL_SOCKET, SO_TYPE, &value, &size)', 'SOCKET_GETSOCKOPT_X', {
      optname: bits('sockopt_options', 'SO_TYPE'),
      val: `\x02${bytes(4, 1)}`,
    }),
    row(
      'setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &value, 4)',
      'SOCKET_SETSOCKOPT_X',
      {
        res: 0,
        fd: shown('client'),
        level: 1,
        optname: bits('sockopt_options', 'SO_REUSEADDR'),
        val: `\x02${bytes(4, 1)}`,
        optlen: 4,
      },
      { before: 'value = 1;' },
    ),
    row(
      'setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv))',
      'SOCKET_SETSOCKOPT_X',
      {
        res: 0,
        optname: bits('sockopt_options', 'SO_RCVTIMEO'),
        val: `\x04${bytes(8, 3_000_004_000)}`,
        optlen: 16,
      },
      { before: 'tv = (struct timeval){ 3, 4 };' },
    ),
    row('setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &value, 4)', 'SOCKET_SETSOCKOPT_X', {
      res: 0,
      level: bits('sockopt_levels', 'SOL_TCP'),
      optname: 0,
      val: `\0${bytes(4, 1)}`,
    }),
    row('setsockopt(972, 5, 6, 0, 0)', 'SOCKET_SETSOCKOPT_X', { res: -9, fd: 972, level: 0, optname: 0, optlen: 0 }),
    row('shutdown(client, SHUT_WR)', 'SOCKET_SHUTDOWN_X', { res: 0, fd: shown('client'), how: 1 }),
    row('shutdown(udp, 9)', 'SOCKET_SHUTDOWN_X', { res: result, fd: shown('udp'), how: 9 }),
    row('recvfrom(peer, buffer, 10, 0, 0, 0)', 'SOCKET_RECVFROM_X', {
      res: 0,
      data: null,
      tuple: tuple4('cport', 'port'),
    }),
    row(
      'connect(client6, &a6, sizeof(a6))',
      'SOCKET_CONNECT_X',
      {
        res: 0,
        tuple: tuple6('cport6', 'port6'),
        fd: shown('client6'),
        addr: (s) => `\x0a${end6(s.of('port6'))}`,
      },
      {
        before:
          'if (bind(server6, (void *)&a6, sizeof(a6)) || listen(server6, 2)) abort(); a6 = inet6(port_of(server6)); show("port6", port_of(server6));',
        after: 'show("cport6", port_of(client6));',
      },
    ),
    row(
      'accept(server6, &peer6, &size)',
      'SOCKET_ACCEPT_5_X',
      { fd: result, tuple: tuple6('cport6', 'port6'), queuemax: 2 },
      {
        before: 'size = sizeof(peer6);',
      },
    ),
    row(
      'bind(udp, &a4, sizeof(a4))',
      'SOCKET_BIND_X',
      { res: 0, addr: `\x02${end4(0)}` },
      {
        before: 'a4 = inet4(0);',
        after: 'show("uport", port_of(udp)); a4 = inet4(port_of(udp));',
      },
    ),
    row(
      'sendto(udp2, "datagram", 8, 0, &a4, sizeof(a4))',
      'SOCKET_SENDTO_X',
      {
        res: 8,
        data: 'datagram',
        size: 8,
        tuple: (s) => `\x02\0\0\0\0${bytes(2, s.of('uport2'))}${end4(s.of('uport'))}`,
      },
      { after: 'show("uport2", port_of(udp2));' },
    ),
    row(
      'recvfrom(udp, buffer, 100, 0, &peer4, &size)',
      'SOCKET_RECVFROM_X',
      {
        res: 8,
        data: 'datagram',
        tuple: tuple4('uport2', 'uport'),
        size: 100,
      },
      { before: 'size = sizeof(peer4);' },
    ),
    row(
      'sendmmsg(udp2, many, 2, 0)',
      'SOCKET_SENDMMSG_X',
      {
        res: 5,
        fd: shown('udp2'),
        size: 5,
        data: 'first',
        tuple: (s) => `\x02\0\0\0\0${bytes(2, s.of('uport2'))}${end4(s.of('uport'))}`,
      },
      {
        next: [{ res: 6, size: 6, data: 'second' }],
        before: `parts[0] = (struct iovec){ "first", 5 }; parts[1] = (struct iovec){ "second", 6 };
		for (int i = 0; i < 2; i++) many[i].msg_hdr = (struct msghdr){ .msg_name = &a4, .msg_namelen = sizeof(a4), .msg_iov = parts + i, .msg_iovlen = 1 };`,
      },
    ),
    row(
      'recvmmsg(udp, many, 2, 0, 0)',
      'SOCKET_RECVMMSG_X',
      {
        res: 5,
        fd: shown('udp'),
        size: 5,
        data: 'first',
        tuple: tuple4('uport2', 'uport'),
        msgcontrol: null,
      },
      {
        next: [{ res: 6, size: 6, data: 'second', tuple: tuple4('uport2', 'uport') }],
        before: `parts[0] = (struct iovec){ buffer, 50 }; parts[1] = (struct iovec){ buffer + 50, 60 };
		for (int i = 0; i < 2; i++) many[i].msg_hdr = (struct msghdr){ .msg_name = &peer4, .msg_namelen = sizeof(peer4), .msg_iov = parts + i, .msg_iovlen = 1 };`,
      },
    ),
    row('recvmmsg(udp, many, 2, MSG_DONTWAIT, 0)', 'SOCKET_RECVMMSG_X', { res: -11, size: 0, data: null, tuple: null }),
    row('sendmmsg(971, many, 1, 0)', 'SOCKET_SENDMMSG_X', { res: -9, fd: 971, tuple: null }),
    row('connect(udp2, &a4, sizeof(a4))', 'SOCKET_CONNECT_X', { res: 0, tuple: tuple4('uport2', 'uport') }),
    row('sendto(udp2, "again", 5, 0, 0, 0)', 'SOCKET_SENDTO_X', { res: 5, tuple: tuple4('uport2', 'uport') }),
    row(
      'sendto(udp6, "six", 3, 0, &a6, sizeof(a6))',
      'SOCKET_SENDTO_X',
      {
        res: 3,
        data: 'six',
        tuple: (s) => `\x0a${bytes(8, 0, 0)}${bytes(2, s.of('u6'))}${end6(s.of('port6'))}`,
      },
      { after: 'show("u6", port_of(udp6));' },
    ),
    row(
      'connect(refused, &a4, sizeof(a4))',
      'SOCKET_CONNECT_X',
      { res: -111, tuple: null, addr: `\x02${end4(1)}` },
      {
        before: 'int refused = socket(AF_INET, SOCK_STREAM, 0); a4 = inet4(1);',
      },
    ),
    row(
      'connect(slow, &a4, sizeof(a4))',
      'SOCKET_CONNECT_X',
      {
        res: -115,
        tuple: (s) => `\x02${end4(s.of('sport'))}${end4(s.of('port'))}`,
      },
      {
        before: 'int slow = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); a4 = inet4(port_of(server));',
        after: 'show("sport", port_of(slow));',
      },
    ),
    row('connect(client, &a4, 1)', 'SOCKET_CONNECT_X', { res: -22, addr: null }),
    row(
      'sendto(udp, buffer, 4096, 0, 0, 0)',
      'SOCKET_SENDTO_X',
      { res: -89, data: 'z'.repeat(80), size: 4096, tuple: null },
      {
        before: "memset(buffer, 'z', sizeof(buffer));",
      },
    ),
  ],
};

export const internetGroups: readonly CallGroup[] = [internet];
