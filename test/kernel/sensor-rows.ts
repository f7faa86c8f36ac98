/* oxlint-disable max-lines -- a table */
import { flagTables } from '../../src/model/event-table.ts';
import type { Value } from './sensor-kit.ts';

/** What a call of sensor-calls.c answered, by its label. */
type Result = (label: string, index?: number) => number;

const cwdFd = -100;
const unset = 0xffffffff;
export const file = (...names: string[]): number =>
  names.reduce((sum, name) => sum | flagTables['file_flags']![name]!, 0);
export const clone = (...names: string[]): number =>
  names.reduce((sum, name) => sum | flagTables['clone_flags']![name]!, 0);
const loopback = '\x7f\0\0\x01';

/** An address or port as events have it. */
function ip4(port: number): string {
  return `${loopback}${String.fromCharCode(port & 0xff, port >> 8)}`;
}

export interface Row {
  readonly label: string;
  readonly code: string;
  /** Expected values; a function gets the answers of the program. */
  readonly params: Readonly<Record<string, Value | ((result: Result) => Value)>>;
}

const res = (label: string) => (result: Result) => result(label);
const longPath = Array.from({ length: 4089 }, (_, i) => (i % 200 === 0 ? '/' : 'x')).join('');

// Every call of the sensor with a program of its own, as sensor-calls.c makes it.
export const rows: readonly Row[] = [
  // Files
  {
    label: 'open',
    code: 'SYSCALL_OPEN_X',
    params: { fd: res('open'), name: 'file', flags: file('O_WRONLY', 'O_CREAT', 'O_EXCL', 'O_F_CREATED'), mode: 0o644 },
  },
  { label: 'open-again', code: 'SYSCALL_OPEN_X', params: { fd: -17, name: 'file', dev: 0, ino: 0 } },
  { label: 'close', code: 'SYSCALL_CLOSE_X', params: { res: 0, fd: res('open') } },
  { label: 'close-bad', code: 'SYSCALL_CLOSE_X', params: { res: -9, fd: 987 } },
  {
    label: 'openat',
    code: 'SYSCALL_OPENAT_2_X',
    params: { fd: res('openat'), dirfd: cwdFd, name: 'file', flags: file('O_RDONLY', 'O_CLOEXEC'), mode: 0 },
  },
  {
    label: 'openat-none',
    code: 'SYSCALL_OPENAT_2_X',
    params: { fd: -2, name: 'no such file', flags: file('O_RDWR'), dev: 0, ino: 0 },
  },
  { label: 'openat-null', code: 'SYSCALL_OPENAT_2_X', params: { fd: -14, name: null } },
  { label: 'openat-bytes', code: 'SYSCALL_OPENAT_2_X', params: { name: '\xff\xfe\x80 name\n' } },
  { label: 'openat-long', code: 'SYSCALL_OPENAT_2_X', params: { name: longPath } },
  {
    label: 'openat-tmp',
    code: 'SYSCALL_OPENAT_2_X',
    params: { name: '.', flags: file('O_RDWR', 'O_TMPFILE', 'O_DIRECTORY'), mode: 0o600 },
  },
  { label: 'openat-dir', code: 'SYSCALL_OPENAT_2_X', params: { name: '.', flags: file('O_RDONLY', 'O_DIRECTORY') } },
  {
    label: 'openat-at',
    code: 'SYSCALL_OPENAT_2_X',
    params: { dirfd: res('openat-dir'), name: 'file', flags: file('O_WRONLY', 'O_TRUNC', 'O_APPEND', 'O_NONBLOCK') },
  },
  {
    label: 'openat2',
    code: 'SYSCALL_OPENAT2_X',
    params: {
      fd: res('openat2'),
      dirfd: cwdFd,
      name: 'how',
      flags: file('O_RDWR', 'O_CREAT', 'O_F_CREATED'),
      mode: 0o640,
      resolve: 8,
    },
  },
  { label: 'creat', code: 'SYSCALL_CREAT_X', params: { fd: res('creat'), name: 'made', mode: 0o600, creat_flags: 0 } },
  {
    label: 'mkdirat',
    code: 'SYSCALL_MKDIRAT_X',
    params: { res: 0, dirfd: res('openat-dir'), path: 'dir', mode: 0o750 },
  },
  { label: 'mkdir', code: 'SYSCALL_MKDIR_2_X', params: { res: -17, path: 'dir', mode: 0o700 } },
  { label: 'rename', code: 'SYSCALL_RENAME_X', params: { res: 0, oldpath: 'made', newpath: 'renamed' } },
  {
    label: 'renameat',
    code: 'SYSCALL_RENAMEAT_X',
    params: { res: 0, olddirfd: res('openat-dir'), oldpath: 'renamed', newdirfd: cwdFd, newpath: 'renamed2' },
  },
  {
    label: 'renameat2',
    code: 'SYSCALL_RENAMEAT2_X',
    params: { res: -17, oldpath: 'renamed2', newpath: 'file', flags: 1 },
  },
  { label: 'link', code: 'SYSCALL_LINK_2_X', params: { res: 0, oldpath: 'file', newpath: 'hard' } },
  {
    label: 'linkat',
    code: 'SYSCALL_LINKAT_2_X',
    params: { res: 0, olddir: res('openat-dir'), oldpath: 'file', newdir: cwdFd, newpath: 'hard2', flags: 1024 },
  },
  { label: 'symlink', code: 'SYSCALL_SYMLINK_X', params: { res: 0, target: '/etc/passwd', linkpath: 'soft' } },
  {
    label: 'symlinkat',
    code: 'SYSCALL_SYMLINKAT_X',
    params: { res: 0, target: 'target', linkdirfd: res('openat-dir'), linkpath: 'soft2' },
  },
  { label: 'unlink', code: 'SYSCALL_UNLINK_2_X', params: { res: 0, path: 'hard' } },
  {
    label: 'unlinkat',
    code: 'SYSCALL_UNLINKAT_2_X',
    params: { res: 0, dirfd: res('openat-dir'), name: 'dir', flags: 512 },
  },
  { label: 'rmdir', code: 'SYSCALL_RMDIR_2_X', params: { res: -2, path: 'dir' } },
  { label: 'chmod', code: 'SYSCALL_CHMOD_X', params: { res: 0, filename: 'file', mode: 0o4755 } },
  { label: 'fchmod', code: 'SYSCALL_FCHMOD_X', params: { res: 0, fd: res('openat-dir'), mode: 0o711 } },
  {
    label: 'fchmodat',
    code: 'SYSCALL_FCHMODAT_X',
    params: { res: 0, dirfd: res('openat-dir'), filename: 'file', mode: 0o600 },
  },
  { label: 'fchmodat2', code: 'GENERIC_X', params: { ID: 413, nativeID: 452 } },
  { label: 'chown', code: 'SYSCALL_CHOWN_X', params: { res: 0, path: 'file', uid: 1, gid: 2 } },
  { label: 'lchown', code: 'SYSCALL_LCHOWN_X', params: { res: 0, path: 'soft', uid: 3, gid: 4 } },
  { label: 'fchown', code: 'SYSCALL_FCHOWN_X', params: { res: 0, fd: res('openat-dir'), uid: 0, gid: 0 } },
  {
    label: 'fchownat',
    code: 'SYSCALL_FCHOWNAT_X',
    params: { res: 0, pathname: 'soft', uid: 5, gid: unset, flags: 1024 },
  },
  { label: 'mknod', code: 'SYSCALL_MKNOD_X', params: { res: 0, path: 'fifo', mode: 0o10600, dev: 0 } },
  {
    label: 'mknodat',
    code: 'SYSCALL_MKNODAT_X',
    params: { res: res('mknodat'), dirfd: cwdFd, path: 'device', mode: 0o20600, dev: (1 << 20) | 3 },
  },
  { label: 'chdir', code: 'SYSCALL_CHDIR_X', params: { res: 0, path: 'sub' } },
  { label: 'fchdir', code: 'SYSCALL_FCHDIR_X', params: { res: 0, fd: res('openat-dir') } },
  {
    label: 'mount',
    code: 'SYSCALL_MOUNT_X',
    params: { res: -2, dev: 'none', dir: 'nowhere', type: 'tmpfs', flags: 6 },
  },
  { label: 'umount2', code: 'SYSCALL_UMOUNT2_X', params: { res: -2, name: 'nowhere', flags: 2 } },
  // Descriptors
  { label: 'dup', code: 'SYSCALL_DUP_1_X', params: { res: res('dup'), oldfd: 1 } },
  { label: 'dup2', code: 'SYSCALL_DUP2_X', params: { res: 70, oldfd: res('dup'), newfd: 70 } },
  {
    label: 'dup3',
    code: 'SYSCALL_DUP3_X',
    params: { res: 71, oldfd: res('dup'), newfd: 71, flags: file('O_CLOEXEC') },
  },
  {
    label: 'fcntl-dup',
    code: 'SYSCALL_FCNTL_X',
    params: { res: 80, fd: res('dup'), cmd: flagTables['fcntl_commands']!['F_DUPFD_CLOEXEC']!, arg: 80 },
  },
  {
    label: 'fcntl-getfl',
    code: 'SYSCALL_FCNTL_X',
    params: { res: -9, fd: 980, cmd: flagTables['fcntl_commands']!['F_GETFL']! },
  },
  { label: 'close_range', code: 'SYSCALL_CLOSE_RANGE_X', params: { res: 0, first: 70, last: 90, flags: 0 } },
  {
    label: 'pipe',
    code: 'SYSCALL_PIPE_X',
    params: { res: 0, fd1: (result) => result('pipe-ends'), fd2: (result) => result('pipe-ends', 1) },
  },
  { label: 'pipe2', code: 'SYSCALL_PIPE2_X', params: { res: 0, flags: file('O_CLOEXEC', 'O_NONBLOCK') } },
  { label: 'pipe2-bad', code: 'SYSCALL_PIPE2_X', params: { res: -14, fd1: -1, fd2: -1, ino: 0 } },
  { label: 'eventfd', code: 'SYSCALL_EVENTFD_X', params: { res: res('eventfd'), initval: 7, flags: 0 } },
  {
    label: 'eventfd2',
    code: 'SYSCALL_EVENTFD2_X',
    params: { res: res('eventfd2'), flags: file('O_CLOEXEC'), initval: 5 },
  },
  { label: 'epoll_create', code: 'SYSCALL_EPOLL_CREATE_X', params: { res: res('epoll_create'), size: 9 } },
  { label: 'epoll_create1', code: 'SYSCALL_EPOLL_CREATE1_X', params: { res: res('epoll_create1'), flags: 1 } },
  { label: 'inotify_init', code: 'SYSCALL_INOTIFY_INIT_X', params: { res: res('inotify_init'), flags: 0 } },
  {
    label: 'inotify_init1',
    code: 'SYSCALL_INOTIFY_INIT1_X',
    params: { res: res('inotify_init1'), flags: file('O_NONBLOCK') },
  },
  {
    label: 'timerfd_create',
    code: 'SYSCALL_TIMERFD_CREATE_X',
    params: { res: res('timerfd_create'), clockid: 1, flags: 0 },
  },
  { label: 'signalfd', code: 'SYSCALL_SIGNALFD_X', params: { res: res('signalfd'), fd: -1, mask: 0, flags: 0 } },
  {
    label: 'signalfd4',
    code: 'SYSCALL_SIGNALFD4_X',
    params: { res: res('signalfd4'), flags: file('O_CLOEXEC'), fd: -1 },
  },
  {
    label: 'userfaultfd',
    code: 'SYSCALL_USERFAULTFD_X',
    params: { res: res('userfaultfd'), flags: file('O_CLOEXEC') },
  },
  { label: 'memfd_create', code: 'SYSCALL_MEMFD_CREATE_X', params: { fd: res('memfd_create'), name: 'mem', flags: 1 } },
  { label: 'pidfd_open', code: 'SYSCALL_PIDFD_OPEN_X', params: { fd: res('pidfd_open'), pid: res('pid'), flags: 0 } },
  {
    label: 'pidfd_getfd',
    code: 'SYSCALL_PIDFD_GETFD_X',
    params: { fd: res('pidfd_getfd'), pid_fd: res('pidfd_open'), target_fd: 1, flags: 0 },
  },
  {
    label: 'io_uring_setup',
    code: 'SYSCALL_IO_URING_SETUP_X',
    params: { res: res('io_uring_setup'), entries: 4, flags: 0 },
  },
  { label: 'bpf', code: 'SYSCALL_BPF_2_X', params: { fd: -7, cmd: 5 } },
  {
    label: 'open_by_hdl',
    code: 'SYSCALL_OPEN_BY_HANDLE_AT_X',
    params: { fd: res('open_by_hdl'), mountfd: cwdFd, flags: file('O_RDONLY'), path: null },
  },
  // Isolation
  { label: 'setns', code: 'SYSCALL_SETNS_X', params: { res: -9, fd: 985, nstype: clone('CLONE_NEWNS') } },
  { label: 'unshare', code: 'SYSCALL_UNSHARE_X', params: { res: 0, flags: clone('CLONE_NEWUTS', 'CLONE_FS') } },
  {
    label: 'ptrace',
    code: 'SYSCALL_PTRACE_X',
    params: { res: -3, addr: null, data: null, request: flagTables['ptrace_requests']!['PTRACE_ATTACH']!, pid: 999999 },
  },
  { label: 'chroot', code: 'SYSCALL_CHROOT_X', params: { res: -2, path: 'nowhere' } },
  {
    label: 'init_module',
    code: 'SYSCALL_INIT_MODULE_X',
    params: { res: res('init_module'), img: 'image', length: 5, uargs: 'a=1' },
  },
  {
    label: 'finit_module',
    code: 'SYSCALL_FINIT_MODULE_X',
    params: { res: res('finit_module'), fd: 986, uargs: 'b=2', flags: 1 },
  },
  {
    label: 'delete_module',
    code: 'SYSCALL_DELETE_MODULE_X',
    params: { res: res('delete_module'), name: 'nomodule', flags: 3 },
  },
  { label: 'prctl', code: 'SYSCALL_PRCTL_X', params: { res: 0, option: 4, arg2_str: null, arg2_int: 1 } },
  { label: 'prlimit64', code: 'SYSCALL_PRLIMIT_X', params: { res: 0, newcur: 0, newmax: 0, pid: 0, resource: 4 } },
  { label: 'setrlimit', code: 'SYSCALL_SETRLIMIT_X', params: { res: res('setrlimit'), cur: 0, resource: 4 } },
  // Network
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
  // Processes, the caller's side
  {
    label: 'clone',
    code: 'SYSCALL_CLONE_20_X',
    params: {
      res: res('clone'),
      tid: res('pid'),
      pid: res('pid'),
      flags: clone('CLONE_FILES'),
      uid: 0,
      gid: 0,
      vtid: res('pid'),
      vpid: res('pid'),
      pidns_init_start_ts: 0,
    },
  },
  { label: 'fork', code: 'SYSCALL_FORK_20_X', params: { res: res('fork'), flags: 0 } },
  { label: 'clone3', code: 'SYSCALL_CLONE3_X', params: { res: res('clone3'), flags: clone('CLONE_FS') } },
  { label: 'vfork', code: 'SYSCALL_VFORK_20_X', params: { res: res('vfork'), flags: 0, comm: 'vfork' } },
  {
    label: 'execve-none',
    code: 'SYSCALL_EXECVE_19_X',
    params: {
      res: -2,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      comm: 'execve-none',
      filename: 'no such program',
    },
  },
  {
    label: 'execveat-none',
    code: 'SYSCALL_EXECVEAT_X',
    params: {
      res: -2,
      exe: 'argv zero',
      args: 'exec-ed\0two words\0\0',
      env: 'A=1\0B=two words\0',
      comm: 'execveat-none',
    },
  },
  // Identity
  { label: 'setpgid', code: 'SYSCALL_SETPGID_X', params: { res: 0, pid: 0, pgid: 0 } },
  { label: 'setregid', code: 'SYSCALL_SETREGID_X', params: { res: 0, rgid: unset, egid: 7 } },
  { label: 'setresgid', code: 'SYSCALL_SETRESGID_X', params: { res: 0, rgid: 7, egid: 7, sgid: 7 } },
  { label: 'setgid', code: 'SYSCALL_SETGID_X', params: { res: 0, gid: 8 } },
  { label: 'setreuid', code: 'SYSCALL_SETREUID_X', params: { res: 0, ruid: 6, euid: unset } },
  { label: 'setresuid', code: 'SYSCALL_SETRESUID_X', params: { res: 0, ruid: unset, euid: unset, suid: 6 } },
  { label: 'setuid', code: 'SYSCALL_SETUID_X', params: { res: 0, uid: 12345 } },
  { label: 'setuid-bad', code: 'SYSCALL_SETUID_X', params: { res: -1, uid: 1 } },
  {
    label: 'capset',
    code: 'SYSCALL_CAPSET_X',
    params: { res: 0, cap_inheritable: 0, cap_permitted: 0, cap_effective: 0 },
  },
  { label: 'capset-bad', code: 'SYSCALL_CAPSET_X', params: { res: -14 } },
  { label: 'setsid', code: 'SYSCALL_SETSID_X', params: { res: res('setsid') } },
]; // prettier-ignore
