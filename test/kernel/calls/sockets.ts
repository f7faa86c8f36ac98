import { bits, bytes, type CallGroup, open, result, row, shown } from './kit.ts';

/** The kernel's numbers; captures have no name for AF_VSOCK. */
const family = (name: string): number => (name === 'AF_VSOCK' ? 40 : bits('socket_families', name));

const families: CallGroup = {
  name: 'sockets of all families',
  rows: [
    ...(
      [
        ['AF_UNIX', 'SOCK_STREAM', '0'],
        ['AF_UNIX', 'SOCK_DGRAM', '0'],
        ['AF_UNIX', 'SOCK_SEQPACKET', '0'],
        ['AF_INET', 'SOCK_STREAM', 'IPPROTO_TCP'],
        ['AF_INET', 'SOCK_DGRAM', 'IPPROTO_UDP'],
        ['AF_INET', 'SOCK_RAW', 'IPPROTO_ICMP'],
        ['AF_INET6', 'SOCK_STREAM', '0'],
        ['AF_INET6', 'SOCK_DGRAM', '0'],
        ['AF_INET6', 'SOCK_RAW', 'IPPROTO_ICMPV6'],
        ['AF_NETLINK', 'SOCK_RAW', 'NETLINK_ROUTE'],
        ['AF_PACKET', 'SOCK_RAW', '768'],
        ['AF_VSOCK', 'SOCK_STREAM', '0'],
        ['AF_ALG', 'SOCK_SEQPACKET', '0'],
        ['AF_BLUETOOTH', 'SOCK_RAW', '0'],
        ['AF_CAN', 'SOCK_RAW', '1'],
      ] as const
    ).map(([name, type, protocol]) =>
      row(
        `socket(${name}, ${type}, ${protocol})`,
        'SOCKET_SOCKET_X',
        {
          fd: result,
          domain: family(name),
          type: shown(`${name}${type}.t`),
          proto: shown(`${name}${type}.p`),
          flags: 0,
        },
        { before: `show("${name}${type}.t", ${type}); show("${name}${type}.p", ${protocol});` },
      ),
    ),
    row('socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)', 'SOCKET_SOCKET_X', {
      fd: result,
      type: 0o2004001,
      flags: open('NONBLOCK', 'CLOEXEC'),
    }),
    row('socket(999, 1, 2)', 'SOCKET_SOCKET_X', { fd: -97, domain: 999, type: 1, proto: 2 }),
    row('socket(AF_INET, 77, 0)', 'SOCKET_SOCKET_X', { fd: -22, type: 77 }),
    row(
      'socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair)',
      'SOCKET_SOCKETPAIR_X',
      {
        res: 0,
        fd1: shown('a'),
        fd2: shown('b'),
        domain: 1,
        type: 0o2000002,
        proto: 0,
      },
      { after: 'show("a", pair[0]); show("b", pair[1]);' },
    ),
    row('socketpair(AF_INET, SOCK_STREAM, 0, pair)', 'SOCKET_SOCKETPAIR_X', {
      res: -95,
      fd1: -1,
      fd2: -1,
      source: 0,
      peer: 0,
      domain: 2,
    }),
    row(
      'bind(netlink, &nl, sizeof(nl))',
      'SOCKET_BIND_X',
      { res: 0, addr: null, fd: shown('netlink') },
      {
        before: 'int netlink = socket(AF_NETLINK, SOCK_RAW, 0); show("netlink", netlink); nl.nl_family = AF_NETLINK;',
      },
    ),
    row(
      'sendto(netlink, "x", 1, 0, &nl, sizeof(nl))',
      'SOCKET_SENDTO_X',
      { res: result, data: 'x', size: 1, tuple: null },
      {
        before: 'int netlink = socket(AF_NETLINK, SOCK_RAW, 0);',
      },
    ),
    row(
      'recvmsg(netlink, &told, 0)',
      'SOCKET_RECVMSG_X',
      {
        res: 36,
        size: 36,
        tuple: null,
        // The answer to a message that wants one: its own header, no error, the header of the message.
        data: (s) =>
          `${bytes(4, 36)}${bytes(2, 2, 0x100)}${bytes(4, 7, s.of('port'), 0)}${bytes(4, 16)}${bytes(2, 1, 5)}${bytes(4, 7, 0)}`,
      },
      {
        before: `int netlink = socket(AF_NETLINK, SOCK_RAW, 0); socklen_t size = sizeof(nl); static char answer[100];
          struct nlmsghdr ask = { sizeof(ask), NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 7, 0 };
          struct iovec part = { answer, sizeof(answer) }; struct msghdr told = { .msg_iov = &part, .msg_iovlen = 1 };
          sendto(netlink, &ask, sizeof(ask), 0, (void *)&nl, sizeof(nl)); getsockname(netlink, (void *)&nl, &size);
          show("port", nl.nl_pid); nl.nl_pid = 0;`,
      },
    ),
    row(
      'bind(packet, &ll, sizeof(ll))',
      'SOCKET_BIND_X',
      { res: result, addr: null },
      {
        before: 'int packet = socket(AF_PACKET, SOCK_RAW, 768); ll.sll_family = AF_PACKET;',
      },
    ),
    row(
      'connect(vsock, &vm, sizeof(vm))',
      'SOCKET_CONNECT_X',
      { res: result, tuple: null, addr: null },
      {
        before:
          'int vsock = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0); vm.svm_family = AF_VSOCK; vm.svm_cid = 99; vm.svm_port = 1;',
      },
    ),
  ],
  declare:
    'static int pair[2]; static struct sockaddr_nl nl; static struct sockaddr_ll ll; static struct sockaddr_vm vm;',
};

const unixPath = (path: string) => `\x01${path}\0`;

const local: CallGroup = {
  name: 'unix sockets',
  declare: `
static struct sockaddr_un un, abstract, longest, none; static int pair[2]; static char buffer[256], control[64]; static struct iovec part;
static struct msghdr message; static socklen_t size;
`,
  setup: `
	un = (struct sockaddr_un){ AF_UNIX, "s\\xff" }; abstract = (struct sockaddr_un){ AF_UNIX, "\\0saker-calls" };
	none = (struct sockaddr_un){ AF_UNIX, "none" }; longest.sun_family = AF_UNIX; memset(longest.sun_path, 'p', 108);
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), peer;
	int hidden = socket(AF_UNIX, SOCK_STREAM, 0), client2 = socket(AF_UNIX, SOCK_STREAM, 0);
	int datagram = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
	show("server", server); show("client", client); show("hidden", hidden);
`,
  rows: [
    row(
      'bind(server, &un, sizeof(un))',
      'SOCKET_BIND_X',
      { res: 0, addr: unixPath('s\xff'), fd: shown('server') },
      {
        after: 'listen(server, 4);',
      },
    ),
    row(
      'bind(hidden, &abstract, 2 + 12)',
      'SOCKET_BIND_X',
      { res: 0, addr: unixPath('saker-calls'), fd: shown('hidden') },
      {
        after: 'listen(hidden, 4);',
      },
    ),
    row('bind(datagram, &longest, sizeof(longest))', 'SOCKET_BIND_X', { res: 0, addr: unixPath('p'.repeat(108)) }),
    row('bind(sender, &un, sizeof(un))', 'SOCKET_BIND_X', { res: -98, addr: unixPath('s\xff') }),
    row('bind(sender, &un, 2)', 'SOCKET_BIND_X', { res: 0, addr: unixPath('') }),
    row('connect(client, &un, sizeof(un))', 'SOCKET_CONNECT_X', {
      res: 0,
      fd: shown('client'),
      addr: unixPath('s\xff'),
    }),
    row(
      'accept4(server, 0, 0, SOCK_CLOEXEC)',
      'SOCKET_ACCEPT4_6_X',
      { fd: result, queuemax: 4, flags: open('CLOEXEC') },
      {
        after: 'peer = result; show("peer", peer);',
      },
    ),
    row('connect(client2, &abstract, 2 + 12)', 'SOCKET_CONNECT_X', { res: 0, addr: unixPath('saker-calls') }),
    row('connect(sender, &longest, sizeof(longest))', 'SOCKET_CONNECT_X', { res: 0, addr: unixPath('p'.repeat(108)) }),
    row('connect(client, &none, 7)', 'SOCKET_CONNECT_X', {
      res: -2,
      tuple: null,
      addr: unixPath('none'),
    }),
    row(
      'sendmsg(client, &message, 0)',
      'SOCKET_SENDMSG_X',
      { res: 3, data: 'fds', size: 3 },
      {
        before: `part = (struct iovec){ "fds", 3 }; message = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(8) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&message); c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(8);
		((int *)CMSG_DATA(c))[0] = 0; ((int *)CMSG_DATA(c))[1] = server;`,
      },
    ),
    row(
      'recvmsg(peer, &message, 0)',
      'SOCKET_RECVMSG_X',
      {
        res: 3,
        size: 3,
        data: 'fds',
        msgcontrol: (s) => bytes(8, 24) + bytes(4, 1, 1, s.of('passed1'), s.of('passed2')),
        fd: shown('peer'),
      },
      {
        before:
          'part = (struct iovec){ buffer, 100 }; memset(control, 0, 64); message = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(8) };',
        after:
          'show("passed1", ((int *)CMSG_DATA(CMSG_FIRSTHDR(&message)))[0]); show("passed2", ((int *)CMSG_DATA(CMSG_FIRSTHDR(&message)))[1]);',
      },
    ),
    row('sendto(sender, "note", 4, 0, 0, 0)', 'SOCKET_SENDTO_X', { res: 4, data: 'note', size: 4 }),
    row('recvfrom(datagram, buffer, 10, 0, 0, 0)', 'SOCKET_RECVFROM_X', { res: 4, data: 'note', size: 10 }),
    row('socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair)', 'SOCKET_SOCKETPAIR_X', { res: 0, domain: 1, type: 5 }),
    row(
      'getsockopt(client, SOL_SOCKET, SO_PEERCRED, buffer, &size)',
      'SOCKET_GETSOCKOPT_X',
      {
        res: 0,
        optname: bits('sockopt_options', 'SO_PEERCRED'),
        val: (s) => `\0${bytes(4, s.of('pid'), 0, 0)}`,
        optlen: 12,
      },
      { before: 'size = 12;' },
    ),
    row('shutdown(client, SHUT_RD)', 'SOCKET_SHUTDOWN_X', { res: 0, how: 0 }),
    row(
      'connect(lone, &un, sizeof(un))',
      'SOCKET_CONNECT_X',
      { res: -111, tuple: null, addr: unixPath('s\xff') },
      {
        before:
          'int lone = socket(AF_UNIX, SOCK_STREAM, 0); close(server); close(peer); close(((int *)CMSG_DATA(CMSG_FIRSTHDR(&message)))[1]);',
      },
    ),
  ],
};

export const socketGroups: readonly CallGroup[] = [families, local];
