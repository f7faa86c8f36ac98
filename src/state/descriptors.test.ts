import { describe, expect, test } from 'vitest';
import { type Scenario, scenario, type Values } from '../../test/kit/events.ts';
import { type Fd, fdFlags, fdType } from '../model/fd.ts';
import { fdName } from '../model/fd-text.ts';
import { MachineState } from './machine-state.ts';

interface Seen {
  readonly fd: Fd | null;
  readonly name: string | undefined;
  readonly num: number | undefined;
  readonly changed: boolean;
}

/** What the last event shows as its descriptor, and the state after it. */
function last(events: Scenario): { seen: Seen; state: MachineState; numbers: number[] } {
  const state = new MachineState();
  state.load(events.snapshot);
  let seen: Seen = { fd: null, name: undefined, num: undefined, changed: false };
  for (const event of events.events()) {
    state.apply(event);
    const fd = event.fd === null ? null : event.fd.clone();
    seen = {
      fd,
      name: fd === null ? undefined : fdName(fd),
      num: event.hasFdNum ? event.fdNum : undefined,
      changed: event.fdNameChanged,
    };
    state.after(event);
  }
  const numbers = [...(state.thread(100)?.fds?.entries() ?? [])].map(([number]) => number);
  return { seen, state, numbers };
}

const udp = { source: { address: '10.0.0.5', port: 5 }, dest: { address: '8.8.8.8', port: 53 } };

const start = (): Scenario =>
  scenario({
    threads: [{ tid: 1 }, { tid: 100, cwd: '/root' }],
    interfaces: [
      { name: 'lo', address: '\x7f\0\0\x01', netmask: '\xff\0\0\0', broadcast: '', linkSpeed: 0n },
      { name: 'eth0', address: '\x0a\0\0\x05', netmask: '\xff\xff\xff\0', broadcast: '', linkSpeed: 0n },
    ],
  });

describe('files', () => {
  test.each([
    ['absolute', '/etc//passwd', {}, '/etc/passwd'],
    ['relative', '../x', {}, '/x'],
    ['in a directory', 'b/../c', { dirfd: 9 }, '/srv/c'],
    ['in a directory that is not known', 'c', { dirfd: 44 }, '<UNKNOWN>c'],
    ['absolute, whatever the directory', '/c', { dirfd: 44 }, '/c'],
    ['open', 'x', { call: 'open' }, '/root/x'],
    ['creat', 'x', { call: 'creat' }, '/root/x'],
    ['openat2', 'x', { call: 'openat2', dirfd: 9 }, '/srv/x'],
  ] as const)('%s', (_, name, options, wanted) => {
    const opened = last(
      start()
        .openat('/srv', { fd: 9, flags: 'O_DIRECTORY' })
        .openat(name, { fd: 3, ...options }),
    );
    expect(opened.seen).toMatchObject({ name: wanted, num: 3, changed: true });
    expect(opened.seen.fd).toMatchObject({ type: fdType.file, dev: 2049, ino: 4711, path: { raw: name } });
    expect(opened.numbers).toEqual([3, 9]);
    const failed = last(
      start()
        .openat('/srv', { fd: 9, flags: 'O_DIRECTORY' })
        .openat(name, { ...options, fd: -2 }),
    );
    expect(failed.seen).toMatchObject({ name: wanted, num: -1 });
    expect(failed.seen.fd!.flags & fdFlags.absent).not.toBe(0);
    expect(failed.numbers).toEqual([9]);
  });

  test.each([
    ['open', '<NA>'],
    ['creat', '<NA>'],
    ['openat', '/root/<NA>'],
  ] as const)('a failed %s whose path could not be read', (call, name) => {
    expect(last(start().openat('', { call, fd: -14, values: { name: null } })).seen.name).toBe(name);
  });

  test('flags tell directories and layers', () => {
    const seen = last(start().openat('/d', { flags: 'O_DIRECTORY|FD_UPPER_LAYER' })).seen;
    expect(seen.fd).toMatchObject({ type: fdType.directory, flags: fdFlags.upperLayer });
  });

  test('what the enter event said wins over what the caller wrote later', () => {
    const raced = (enterTid: number): Scenario =>
      start()
        .event(
          'SYSCALL_OPENAT_2_E',
          { dirfd: -100, name: '/etc/shadow', flags: 'O_RDONLY', mode: 0 },
          { tid: enterTid },
        )
        .openat('/tmp/x', { flags: 'O_RDWR|O_F_CREATED' });
    const { seen } = last(raced(100));
    expect(seen.name).toBe('/etc/shadow');
    expect(seen.fd!.openFlags).toBe(1 | 16_384);
    expect(last(raced(1)).seen.name).toBe('/tmp/x');
    expect(last(raced(100).openat('/tmp/y')).seen.name).toBe('/tmp/y');
  });

  test('enter events have no descriptor yet, and none that stands in for it', () => {
    const entered = start().event('SYSCALL_OPENAT_2_E', { dirfd: -100, name: '/x', flags: 'O_RDONLY', mode: 0 });
    expect(last(entered).seen).toMatchObject({ fd: null, num: -1 });
    const connecting = start()
      .socket(3)
      .event('SOCKET_CONNECT_E', { fd: 3, addr: { address: '10.0.0.9', port: 1 } });
    expect(last(connecting).seen).toMatchObject({ fd: { type: fdType.ipv4Socket }, num: 3 });
  });

  test('closing shows the descriptor once more', () => {
    const { seen, numbers } = last(start().openat('/x').close(3));
    expect(seen).toMatchObject({ name: '/x', num: 3, changed: false });
    expect(numbers).toEqual([]);
    expect(
      last(
        start()
          .openat('/x')
          .close(3, { values: { res: -4 } }),
      ).numbers,
    ).toEqual([3]);
  });

  test('closing a range', () => {
    const opened = start().openat('/a', { fd: 3 }).openat('/b', { fd: 4 }).openat('/c', { fd: 7 });
    expect(
      last(opened.event('SYSCALL_CLOSE_RANGE_X', { res: 0, first: 4, last: 0xffffffff, flags: 0 })).numbers,
    ).toEqual([3]);
    const marked = start()
      .openat('/a')
      .event('SYSCALL_CLOSE_RANGE_X', { res: 0, first: 3, last: 9, flags: 'CLOSE_RANGE_CLOEXEC' });
    expect(last(marked).numbers).toEqual([3]);
    expect(last(marked.execve('/bin/true')).numbers).toEqual([]);
  });

  test('a change in a child is none of the parent', () => {
    const events = start().openat('/a').clone({ child: 200 }).close(3, { tid: 200 }).openat('/b', { fd: 5, tid: 200 });
    const { state, numbers } = last(events);
    expect(numbers).toEqual([3]);
    expect([...state.thread(200)!.fds!.entries()].map(([number]) => number)).toEqual([5]);
  });

  test('processes with CLONE_FILES share until one executes', () => {
    const shared = start()
      .clone({ child: 200, values: { flags: 'CLONE_FILES' } })
      .openat('/b', { fd: 5, tid: 200 });
    expect(last(shared).numbers).toEqual([5]);
    const { numbers, state } = last(shared.execve('/bin/true', { tid: 200 }).close(5, { tid: 200 }));
    expect(numbers).toEqual([5]);
    expect(state.thread(200)!.fds!.size).toBe(0);
  });
});

describe('copies of descriptors', () => {
  test.each([
    ['SYSCALL_DUP_1_X', { res: 8, oldfd: 3 }, false],
    ['SYSCALL_DUP2_X', { res: 8, oldfd: 3, newfd: 8 }, false],
    ['SYSCALL_DUP3_X', { res: 8, oldfd: 3, newfd: 8, flags: 'O_CLOEXEC' }, true],
    ['SYSCALL_FCNTL_X', { res: 8, fd: 3, cmd: 'F_DUPFD', arg: 8 }, false],
    ['SYSCALL_FCNTL_X', { res: 8, fd: 3, cmd: 'F_DUPFD_CLOEXEC', arg: 8 }, true],
  ] as const)('%s %j', (code, values, isCloexec) => {
    const opened = start().openat('/x', { flags: 'O_RDONLY|O_CLOEXEC' });
    const { seen, numbers } = last(opened.event(code, values));
    expect(seen).toMatchObject({ name: '/x', num: 8, changed: false });
    expect(numbers).toEqual([3, 8]);
    expect((seen.fd!.openFlags & 4096) !== 0).toBe(isCloexec);
    expect(last(start().event(code, { ...values, res: -9 })).seen.fd!.flags).toBe(fdFlags.absent);
  });

  test('F_SETFD decides what a program gets', () => {
    const events = start().openat('/x').event('SYSCALL_FCNTL_X', { res: 0, fd: 3, cmd: 'F_SETFD', arg: 1 });
    expect(last(events).numbers).toEqual([3]);
    expect(last(events.execve('/bin/true')).numbers).toEqual([]);
  });

  test('pidfd_getfd takes from another process', () => {
    const events = start()
      .openat('/secret', { fd: 6, tid: 1 })
      .event('SYSCALL_PIDFD_OPEN_X', { fd: 4, pid: 1, flags: 0 })
      .event('SYSCALL_PIDFD_GETFD_X', { fd: 5, pid_fd: 4, target_fd: 6, flags: 0 });
    expect(last(events).seen).toMatchObject({ name: '/secret', num: 5 });
  });
});

describe('calls that make other descriptors', () => {
  test.each([
    ['SYSCALL_EVENTFD_X', { res: 5, initval: 0, flags: 0 }, fdType.event, ''],
    ['SYSCALL_EVENTFD2_X', { res: 5, flags: 0, initval: 0 }, fdType.event, ''],
    ['SYSCALL_SIGNALFD_X', { res: 5, fd: -1, mask: 0, flags: 0 }, fdType.signalfd, ''],
    ['SYSCALL_SIGNALFD4_X', { res: 5, flags: 0, fd: -1, mask: 0 }, fdType.signalfd, ''],
    ['SYSCALL_TIMERFD_CREATE_X', { res: 5, clockid: 0, flags: 0 }, fdType.timerfd, ''],
    ['SYSCALL_INOTIFY_INIT_X', { res: 5, flags: 0 }, fdType.inotify, ''],
    ['SYSCALL_INOTIFY_INIT1_X', { res: 5, flags: 0 }, fdType.inotify, ''],
    ['SYSCALL_EPOLL_CREATE_X', { res: 5, size: 1 }, fdType.eventpoll, ''],
    ['SYSCALL_EPOLL_CREATE1_X', { res: 5, flags: 0 }, fdType.eventpoll, ''],
    ['SYSCALL_BPF_2_X', { fd: 5, cmd: 0 }, fdType.bpf, ''],
    ['SYSCALL_USERFAULTFD_X', { res: 5, flags: 0 }, fdType.userfaultfd, ''],
    ['SYSCALL_IO_URING_SETUP_X', { res: 5, entries: 1 }, fdType.ioUring, ''],
    ['SYSCALL_MEMFD_CREATE_X', { fd: 5, name: 'secret', flags: 0 }, fdType.memfd, 'secret'],
    ['SYSCALL_PIDFD_OPEN_X', { fd: 5, pid: 1, flags: 0 }, fdType.pidfd, '/proc/1'],
    ['SYSCALL_PIPE_X', { res: 0, fd1: 4, fd2: 5, ino: 99 }, fdType.fifo, ''],
    ['SYSCALL_PIPE2_X', { res: 0, fd1: 4, fd2: 5, ino: 99, flags: 'O_CLOEXEC' }, fdType.fifo, ''],
    [
      'SOCKET_SOCKETPAIR_X',
      { res: 0, fd1: 4, fd2: 5, source: 1, peer: 2, domain: 1, type: 1, proto: 0 },
      fdType.unixSocket,
      '',
    ],
    ['SYSCALL_OPEN_BY_HANDLE_AT_X', { fd: 5, mountfd: -100, flags: 0, path: '/h', dev: 1, ino: 2 }, fdType.file, '/h'],
  ] as const)('%s', (code, values: Values, type, name) => {
    const { seen, numbers } = last(start().event(code, values));
    expect(seen).toMatchObject({ name, num: 5, fd: { type } });
    expect(numbers).toEqual('fd1' in values ? [4, 5] : [5]);
    const result = 'res' in values ? 'res' : 'fd';
    const failed = last(start().event(code, { ...values, [result]: -22 }));
    expect(failed.numbers).toEqual([]);
    // A memory file that could not be made shows as a descriptor without a name, of the number that is the error.
    const isShown = type === fdType.memfd;
    expect(failed.seen.fd!.flags & fdFlags.absent).toBe(isShown ? 0 : fdFlags.absent);
    expect(failed.seen.num).toBe(isShown ? -22 : -1);
  });
});

describe('sockets', () => {
  const tcp = { source: { address: '10.0.0.5', port: 4000 }, dest: { address: '10.0.0.9', port: 80 } };
  const udp = (events: Scenario): Scenario => events.socket(3, 'AF_INET', { type: 2 });

  test.each([
    ['TCP', start().socket(3), fdType.ipv4Socket, 2],
    ['UDP over IPv6', start().socket(3, 'AF_INET6', { type: 2 }), fdType.ipv6Socket, 3],
    ['ICMP', start().socket(3, 'AF_INET', { type: 2, proto: 1 }), fdType.ipv4Socket, 4],
    ['raw', start().socket(3, 'AF_INET', { type: 3, proto: 6 }), fdType.ipv4Socket, 5],
    ['unix', start().socket(3, 'AF_UNIX'), fdType.unixSocket, 0],
    ['netlink', start().socket(3, 'AF_NETLINK'), fdType.netlink, 0],
    ['packet', start().socket(3, 'AF_PACKET'), fdType.unknown, 0],
  ])('%s', (_, events, type, l4proto) => {
    expect(last(events).seen).toMatchObject({ name: '', num: 3, changed: false, fd: { type, l4proto } });
  });

  test.each([
    [0, true],
    [-115, true],
    [-111, false],
  ])('connect with result %i', (res, isConnected) => {
    const { seen } = last(start().socket(3).connect(3, tcp.dest, { res, tuple: tcp }));
    expect(seen.name).toBe(isConnected ? '10.0.0.5:4000->10.0.0.9:80' : '');
    expect(seen.changed).toBe(isConnected);
    expect((seen.fd!.flags & fdFlags.connected) !== 0).toBe(isConnected);
    expect((seen.fd!.flags & fdFlags.isClient) !== 0).toBe(isConnected);
  });

  test('the address at the start of connect wins over what the caller wrote later', () => {
    const other = { address: '1.2.3.4', port: 443 };
    const events = start()
      .socket(3)
      .event('SOCKET_CONNECT_E', { fd: 3, addr: other })
      .connect(3, tcp.dest, { tuple: tcp });
    expect(last(events).seen.name).toBe('10.0.0.5:4000->1.2.3.4:443');
    const elsewhere = { ...tcp, dest: { address: '10.0.0.10', port: 81 } };
    const redirected = start().socket(3).event('SOCKET_CONNECT_E', { fd: 3, addr: other });
    expect(last(redirected.connect(3, tcp.dest, { tuple: elsewhere })).seen.name).toBe('10.0.0.5:4000->10.0.0.10:81');
  });

  test.each([
    [{ address: '127.0.0.1', port: 8080 }, fdType.ipv4Server, '127.0.0.1:8080'],
    [{ address: '::1', port: 8080 }, fdType.ipv6Server, '::1:8080'],
    [{ address: '::', port: 8080 }, fdType.ipv4Server, ':::8080'],
    [{ address: '127.0.0.1', port: 0 }, fdType.ipv4Socket, '127.0.0.1:0'],
    [{ path: '/run/x.sock' }, fdType.ipv4Socket, '/run/x.sock'],
  ])('bind to %j', (addr, type, name) => {
    const { seen } = last(start().socket(3).event('SOCKET_BIND_X', { res: 0, addr, fd: 3 }));
    expect(seen).toMatchObject({ name, changed: true, fd: { type } });
    expect((seen.fd!.flags & fdFlags.isServer) !== 0).toBe(type !== fdType.ipv4Socket);
  });

  test('accept', () => {
    const { seen } = last(start().accept(6, tcp));
    expect(seen).toMatchObject({ name: '10.0.0.5:4000->10.0.0.9:80', num: 6, changed: true });
    expect(seen.fd!.flags).toBe(fdFlags.isServer | fdFlags.connected);
    const unix = { unixSource: 0xffff8881n, unixDest: 0x10n, path: '/run/x' };
    expect(last(start().accept(6, unix)).seen).toMatchObject({
      name: 'ffff8881->10 /run/x',
      fd: { type: fdType.unixSocket },
    });
    expect(last(start().event('SOCKET_ACCEPT4_6_X', { fd: -11 })).seen).toMatchObject({ name: 'NULL', num: -1 });
  });

  test('IPv4 in IPv6 is IPv4', () => {
    const mapped = { source: { address: '::ffff:10.0.0.5', port: 1 }, dest: { address: '::ffff:10.0.0.9', port: 2 } };
    expect(last(start().accept(6, mapped)).seen).toMatchObject({
      name: '10.0.0.5:1->10.0.0.9:2',
      fd: { type: fdType.ipv4Socket },
    });
  });

  test('datagrams tell the ends; the own end is guessed by the interfaces', () => {
    const sent = { source: { address: '0.0.0.0', port: 5000 }, dest: { address: '10.0.0.77', port: 53 } };
    const values = { res: 1, data: 'x', fd: 3, size: 1, tuple: sent };
    const once = udp(start()).event('SOCKET_SENDTO_X', values);
    expect(last(once).seen).toMatchObject({ name: '10.0.0.5:5000->10.0.0.77:53', changed: true });
    const twice = last(once.event('SOCKET_SENDTO_X', values)).seen;
    expect(twice).toMatchObject({ name: '10.0.0.5:5000->10.0.0.77:53', changed: false });
    expect(twice.fd!.flags).toBe(fdFlags.isClient | fdFlags.connected);
  });

  test('a datagram on a descriptor that is not known makes it a UDP socket', () => {
    const values = { res: 1, data: 'x', fd: 9, size: 1, tuple: tcp };
    expect(last(start().event('SOCKET_SENDTO_X', values)).seen).toMatchObject({
      name: '10.0.0.5:4000->10.0.0.9:80',
      num: 9,
      fd: { l4proto: 3 },
    });
  });

  test('a server that receives is the destination', () => {
    const bound = udp(start()).event('SOCKET_BIND_X', { res: 0, addr: { address: '10.0.0.5', port: 53 }, fd: 3 });
    const from = { source: { address: '10.0.0.77', port: 5000 }, dest: { address: '10.0.0.5', port: 53 } };
    const asked = bound.event('SOCKET_RECVFROM_X', { res: 1, data: 'x', tuple: from, fd: 3, size: 1 });
    expect(last(asked).seen).toMatchObject({ name: '10.0.0.77:5000->10.0.0.5:53', changed: true });
    const back = { source: from.dest, dest: from.source };
    const answered = asked.event('SOCKET_SENDTO_X', { res: 1, data: 'x', fd: 3, size: 1, tuple: back });
    expect(last(answered).seen).toMatchObject({ name: '10.0.0.77:5000->10.0.0.5:53', changed: false });
  });

  test('descriptors that come with a message are looked up when live', () => {
    const control = Buffer.alloc(24);
    control.writeBigUInt64LE(20n, 0);
    control.writeInt32LE(1, 8);
    control.writeInt32LE(1, 12);
    control.writeInt32LE(11, 16);
    const events = start()
      .socket(3, 'AF_UNIX')
      .event('SOCKET_RECVMSG_X', { res: 1, size: 1, data: 'x', tuple: null, msgcontrol: control, fd: 3 });
    const known = scenario({
      threads: [{ tid: 100 }],
      fds: {
        100: [
          { fd: 11, name: '/passed' },
          { fd: 12, name: '/other' },
        ],
      },
    });
    const { threads, fds } = known.snapshot;
    const state = new MachineState({ lookupThread: () => ({ thread: threads![0]!, fds: fds![0]!.entries }) });
    state.load(events.snapshot);
    for (const event of events.events()) {
      state.apply(event);
      state.after(event);
    }
    expect(state.thread(100)!.fds!.get(11)!.path!.text).toBe('/passed');
    expect(state.thread(100)!.fds!.get(12)).toBeUndefined();
  });
});

test('sockets of a snapshot: who listens at the port of its side is the server', () => {
  const state = new MachineState();
  const ends = { sourceIp: '\x0a\0\0\x05', destIp: '\x0a\0\0\x09', l4proto: 1 };
  const { snapshot } = scenario({
    threads: [{ tid: 100 }, { tid: 200 }],
    fds: {
      100: [
        { fd: 3, type: fdType.ipv4Socket, ...ends, sourcePort: 22, destPort: 40_000 },
        { fd: 4, type: fdType.ipv4Socket, ...ends, sourcePort: 50_000, destPort: 443 },
      ],
      200: [{ fd: 5, type: fdType.ipv6Server, destIp: '\0'.repeat(16), destPort: 22, l4proto: 1 }],
    },
  });
  state.load(snapshot);
  const fds = state.thread(100)!.fds!;
  expect(fdName(fds.get(3)!)).toBe('10.0.0.9:40000->10.0.0.5:22');
  expect(fds.get(3)!.flags & (fdFlags.isServer | fdFlags.isClient)).toBe(fdFlags.isServer);
  expect(fdName(fds.get(4)!)).toBe('10.0.0.5:50000->10.0.0.9:443');
  expect(fds.get(4)!.flags & (fdFlags.isServer | fdFlags.isClient)).toBe(fdFlags.isClient);
});

test.each<[string, Values, string]>([
  ['SOCKET_CONNECT_X', { res: -111, tuple: udp, fd: 33 }, '10.0.0.5:5->8.8.8.8:53'],
  ['SOCKET_CONNECT_X', { res: -111, fd: 33 }, 'NULL'],
  ['SOCKET_ACCEPT4_6_X', { fd: -11, queuepct: 0 }, 'NULL'],
  ['SOCKET_SENDTO_X', { res: 2, data: 'hi', fd: 33, size: 2, tuple: udp }, '10.0.0.5:5->8.8.8.8:53'],
  ['SOCKET_SENDMMSG_X', { res: 2, data: 'hi', fd: 33, size: 2, tuple: udp }, ''],
  ['SYSCALL_OPEN_X', { fd: -2, name: '/var//log/', flags: 1 }, '/var//log/'],
  ['SYSCALL_OPEN_X', { fd: -2, name: './a/../b', flags: 1 }, '/root/b'],
  ['SYSCALL_CREAT_X', { fd: -2, name: '/var//log/' }, '/var//log/'],
  ['SYSCALL_OPENAT_2_X', { fd: -2, dirfd: -100, name: '/var//log/', flags: 1 }, '/var/log'],
  ['SYSCALL_OPEN_BY_HANDLE_AT_X', { fd: -2, path: '/var//log/', flags: 1 }, '/var//log/'],
])('what is not there: %s %j', (code, values, name) => {
  expect(last(start().event(code, values)).seen.name).toBe(name);
});
