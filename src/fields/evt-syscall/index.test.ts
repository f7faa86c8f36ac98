import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../../../test/kit/events.ts';
import { shown, shownLike } from '../../../test/kit/fields.ts';
import { syscallFields } from '../../../test/kit/oracle.ts';

interface Example {
  readonly title: string;
  readonly run: Scenario;
  readonly expected: Readonly<Record<string, unknown>>;
}

const getpid = 39;
const data = 'GET / HTTP/1.1\r\nHost: x\xff';

const examples: readonly Example[] = [
  {
    title: 'an open that failed',
    run: scenario().openat('shadow', { fd: -13, flags: 'O_RDONLY|O_CLOEXEC' }),
    expected: {
      'evt.type': 'openat',
      'syscall.type': 'openat',
      'evt.dir': '<',
      'evt.category': 'file',
      'evt.cpu': 0,
      'evt.res': 'EACCES',
      'evt.rawres': -13,
      'evt.failed': true,
      'evt.count': 1,
      'evt.count.exit': 1,
      'evt.count.error': 1,
      'evt.count.error.file': 1,
      'evt.count.error.net': null,
      'evt.count.error.other': null,
      'evt.is_open_read': true,
      'evt.is_open_write': false,
      'evt.arg.fd': 'EACCES',
      'evt.arg.flags': 'O_RDONLY|O_CLOEXEC',
      'evt.arg.name': '/root/shadow',
      'evt.arg[1]': 'AT_FDCWD',
      'evt.arg[30]': null,
      'evt.arg[+1]': 'AT_FDCWD',
      'evt.arg[-1]': null,
      'evt.arg[-5]': null,
      'evt.arg[99999]': null,
      'evt.rawarg.fd': -13,
      'evt.rawarg.flags': '1001',
      'evt.rawarg.name': 'shadow',
      'evt.abspath': '/root/shadow',
      'evt.is_io': false,
      'evt.io_dir': null,
      'evt.is_wait': false,
    },
  },
  {
    title: 'all parameters of an open',
    run: scenario().openat('/etc/shadow', { fd: 4, mode: 0o644, values: { ino: 17, dev: 0xfe00 } }),
    expected: {
      'evt.args':
        'fd=4(<f>/etc/shadow) dirfd=-100(AT_FDCWD) name=/etc/shadow flags=1(O_RDONLY) mode=0644 dev=FE00 ino=17',
      'evt.res': 'SUCCESS',
      'evt.failed': false,
      'evt.rawarg.dev': 'FE00',
    },
  },
  {
    title: 'a file made for execution',
    run: scenario().openat('/tmp/x', { flags: 'O_WRONLY|O_CREAT|O_F_CREATED', mode: 0o755 }),
    expected: { 'evt.is_open_write': true, 'evt.is_open_exec': true, 'evt.is_open_create': true },
  },
  {
    title: 'a file made by creat',
    run: scenario().openat('/tmp/x', { call: 'creat', mode: 0o700 }),
    expected: { 'evt.is_open_exec': true, 'evt.is_open_create': false, 'evt.is_open_write': false },
  },
  {
    title: 'a write',
    run: scenario().openat('/tmp/x').event('SYSCALL_WRITE_X', { res: 23, fd: 3, data, size: 23 }),
    expected: {
      'evt.category': 'file',
      'evt.buffer': 'GET / HTTP/1.1..Host: x.',
      'evt.buflen': 23,
      'evt.buflen.out': 23,
      'evt.buflen.in': null,
      'evt.buflen.file': 23,
      'evt.buflen.net': null,
      'evt.is_io': true,
      'evt.is_io_write': true,
      'evt.is_io_read': false,
      'evt.io_dir': 'write',
      'evt.arg.data': 'GET / HTTP/1.1..Host: x.',
      'evt.arg.fd': '<f>/tmp/x',
      'evt.is_syslog': false,
    },
  },
  {
    title: 'a read that brought nothing',
    run: scenario().openat('/tmp/x').event('SYSCALL_READ_X', { res: 0, fd: 3, size: 23 }),
    expected: { 'evt.buffer': null, 'evt.buflen': 0, 'evt.arg.data': 'NULL', 'evt.arg.res': '0' },
  },
  {
    title: 'a call that has no event of its own',
    run: scenario().event('GENERIC_X', { ID: 0, nativeID: getpid }),
    expected: {
      'evt.type': 'getpid',
      'syscall.type': 'getpid',
      'evt.category': 'other',
      'evt.args': '',
      'evt.res': null,
      'evt.failed': null,
    },
  },
  {
    title: 'an event of a container engine',
    run: scenario().container({ id: '0123456789ab' }),
    expected: { 'evt.type': 'container', 'syscall.type': null, 'evt.res': null, 'evt.dir': '>' },
  },
  {
    title: 'a rename with two directories',
    run: scenario()
      .openat('/srv/www', { fd: 5 })
      .event('SYSCALL_RENAMEAT2_X', { res: 0, olddirfd: 5, oldpath: '../a', newdirfd: -100, newpath: 'b', flags: 0 }),
    expected: {
      'evt.abspath': '/srv/a',
      'evt.abspath.src': '/srv/a',
      'evt.abspath.dst': '/root/b',
      'evt.arg.oldpath': '/srv/a',
      'evt.arg.newpath': '/root/b',
    },
  },
  {
    title: 'user and group ids',
    run: scenario({ users: [{ uid: 33, gid: 33, name: 'www', home: '/srv', shell: '' }] }).event(
      'SYSCALL_SETRESUID_X',
      { res: 0, ruid: 33, euid: 34, suid: 0xffffffff },
    ),
    expected: { 'evt.args': 'res=0 ruid=33(www) euid=34(<NA>) suid=-1(<NONE>)' },
  },
  {
    title: 'bare values of error codes, signals and modes',
    run: scenario().event('SYSCALL_KILL_X', { res: -3, pid: 99, sig: 9 }),
    expected: { 'evt.rawarg.res': -3, 'evt.rawarg.sig': 9, 'evt.rawarg.pid': 99, 'evt.rawarg.mode': null },
  },
  {
    title: 'the mode of a chmod',
    run: scenario().event('SYSCALL_CHMOD_X', { res: 0, filename: '/x', mode: 0o600 }),
    expected: { 'evt.rawarg.mode': '600', 'evt.arg.mode': 'S_IWUSR|S_IRUSR' },
  },
  {
    title: 'the data of a ptrace',
    run: scenario().event('SYSCALL_PTRACE_X', { res: 0, data: { kind: 0, value: 5 }, request: 1, pid: 1 }),
    expected: { 'evt.buffer': '.........' },
  },
  {
    title: 'values that are not known',
    run: scenario().event('SOCKET_CONNECT_X', { res: -2, fd: 9 }),
    expected: { 'evt.args': 'res=-2(ENOENT) tuple=NULL fd=9 addr=<NA>' },
  },
];

describe('fields of system calls', () => {
  it.each(examples)('$title', ({ run, expected }) => {
    expect(shownLike(run, expected)).toEqual(expected);
  });

  it('shows buffers as base64 where asked to', () => {
    const run = scenario().event('SYSCALL_WRITE_X', { res: 2, fd: 3, data: 'a\xff', size: 2 });
    const fields = ['evt.buffer', 'evt.arg.data', 'evt.args'];
    expect(shown(run, fields, { json: false, base64: true })).toEqual({
      'evt.buffer': 'Yf8=',
      'evt.arg.data': 'Yf8=',
      'evt.args': 'res=2 data=Yf8= fd=3 size=2',
    });
  });

  it('measures the time since its last reading', () => {
    const run = scenario().openat('/a').wait(1_500_000_000n).openat('/b');
    const expected = { 'evt.deltatime': 1_501_000_000, 'evt.deltatime.s': 1, 'evt.deltatime.ns': 501_000_000 };
    expect(shown(run, Object.keys(expected), { json: true, base64: false, compared: true })).toEqual(expected);
    expect(shownLike(run, { 'evt.deltatime': 0 })).toEqual({ 'evt.deltatime': 0 });
  });

  it('tells how far an event is from a time in milliseconds', () => {
    const run = scenario({ start: 10_000_000n }).openat('/a');
    const expected = { 'evt.around[12000000]': 2, 'evt.around[8500000]': 2, 'evt.around[10000000]': 0 };
    expect(shownLike(run, expected)).toEqual(expected);
  });

  it('says of what type an event is', () => {
    const expected = { 'evt.type.is.openat': 1, 'evt.type.is.open': 0, 'evt.type.is.307': 1 };
    expect(shownLike(scenario().openat('/a'), expected)).toEqual(expected);
  });

  it.each([
    'evt.arg.nonsense',
    'evt.arg',
    'evt.rawarg.nonsense',
    'evt.type.is.nonsense',
    'evt.abspath.up',
    'evt.around[x]',
    'evt.num[1]',
  ])('does not take %s', (field) => {
    expect(() => shown(scenario().openat('/a'), [field])).toThrow(/./);
  });
});

it.each([
  ['data', { values: 'wrong parameter type 10' }],
  ['sig', { values: 'wrong parameter type 19' }],
  ['tuple', { operators: 'SOCKTUPLE' }],
  ['ruid', { operators: 'UID' }],
  ['flags', undefined],
  ['fd', undefined],
])('what conditions can not do with evt.rawarg.%s', (name, expected) => {
  expect(syscallFields().find('evt.rawarg')!.refusal!(name)).toEqual(expected);
});
