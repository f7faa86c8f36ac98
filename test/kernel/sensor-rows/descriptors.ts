import { flagTables } from '../../../src/model/event-table.ts';
import { cwdFd, file, res, type Row } from './kit.ts';

/** Calls that make, copy and end descriptors. */
export const descriptorRows: readonly Row[] = [
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
  { label: 'bpf', code: 'SYSCALL_BPF_2_X', params: { fd: res('bpf'), cmd: 5 } },
  {
    label: 'open_by_hdl',
    code: 'SYSCALL_OPEN_BY_HANDLE_AT_X',
    params: { fd: res('open_by_hdl'), mountfd: cwdFd, flags: file('O_RDONLY'), path: null },
  },
];
