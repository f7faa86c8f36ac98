import { bits, bytes, type CallGroup, cwdFd, open, ownNumber, result, row, shown } from './kit.ts';

const fcntl = (name: string): number => bits('fcntl_commands', name);

const copying: CallGroup = {
  name: 'copying and closing descriptors',
  declare: 'static int ends[2]; static struct flock lock;',
  setup: `
	int fd = make_file("f", "content"); show("fd", fd);
`,
  rows: [
    row('dup(fd)', 'SYSCALL_DUP_1_X', { res: result, oldfd: shown('fd') }),
    row('dup(981)', 'SYSCALL_DUP_1_X', { res: -9, oldfd: 981 }),
    row('dup(-1)', 'SYSCALL_DUP_1_X', { res: -9, oldfd: -1 }),
    row('dup2(fd, 50)', 'SYSCALL_DUP2_X', { res: 50, oldfd: shown('fd'), newfd: 50 }),
    row('dup2(fd, fd)', 'SYSCALL_DUP2_X', { res: shown('fd'), oldfd: shown('fd'), newfd: shown('fd') }),
    row('dup2(fd, -5)', 'SYSCALL_DUP2_X', { res: -9, newfd: -5 }),
    row('dup3(fd, 51, O_CLOEXEC)', 'SYSCALL_DUP3_X', { res: 51, newfd: 51, flags: open('CLOEXEC') }),
    row('dup3(fd, 52, 0)', 'SYSCALL_DUP3_X', { res: 52, newfd: 52, flags: 0 }),
    row('dup3(fd, fd, 0)', 'SYSCALL_DUP3_X', { res: -22 }),
    row('fcntl(fd, F_DUPFD, 60)', 'SYSCALL_FCNTL_X', { res: 60, fd: shown('fd'), cmd: fcntl('F_DUPFD'), arg: 60 }),
    row('fcntl(fd, F_DUPFD_CLOEXEC, 61)', 'SYSCALL_FCNTL_X', { res: 61, cmd: fcntl('F_DUPFD_CLOEXEC') }),
    row('fcntl(fd, F_GETFD)', 'SYSCALL_FCNTL_X', { res: 0, cmd: fcntl('F_GETFD') }),
    row('fcntl(fd, F_SETFD, FD_CLOEXEC)', 'SYSCALL_FCNTL_X', { res: 0, cmd: fcntl('F_SETFD'), arg: 1 }),
    row('fcntl(fd, F_GETFL)', 'SYSCALL_FCNTL_X', { res: result, cmd: fcntl('F_GETFL') }),
    row('fcntl(fd, F_SETFL, O_NONBLOCK)', 'SYSCALL_FCNTL_X', { res: 0, cmd: fcntl('F_SETFL'), arg: 0o4000 }),
    row('fcntl(fd, F_GETLK, &lock)', 'SYSCALL_FCNTL_X', { res: 0, cmd: fcntl('F_GETLK') }),
    row('fcntl(fd, F_SETOWN, 1)', 'SYSCALL_FCNTL_X', { res: 0, cmd: fcntl('F_SETOWN') }),
    row('fcntl(fd, 1033, 0)', 'SYSCALL_FCNTL_X', { res: result, cmd: fcntl('UNKNOWN') }),
    row('fcntl(980, F_GETFL)', 'SYSCALL_FCNTL_X', { res: -9, fd: 980 }),
    // Where dup2 is no call, nothing has made it yet.
    row('close(50)', 'SYSCALL_CLOSE_X', { res: 0, fd: 50 }, { before: 'dup2(fd, 50);' }),
    row('close(50)', 'SYSCALL_CLOSE_X', { res: -9, fd: 50 }),
    row('close(-100)', 'SYSCALL_CLOSE_X', { res: -9, fd: cwdFd }),
    row(
      'close_range(51, 61, CLOSE_RANGE_CLOEXEC)',
      'SYSCALL_CLOSE_RANGE_X',
      { res: 0, first: 51, last: 61, flags: 4 },
      { since: [5, 11] },
    ),
    row('close_range(51, ~0u, 0)', 'SYSCALL_CLOSE_RANGE_X', { res: 0, first: 51, last: 0xffffffff, flags: 0 }),
    row('close_range(9, 8, 0)', 'SYSCALL_CLOSE_RANGE_X', { res: -22, first: 9, last: 8 }),
    row(
      'pipe(ends)',
      'SYSCALL_PIPE_X',
      { res: 0, fd1: shown('p1'), fd2: shown('p2'), ino: shown('pino') },
      {
        after:
          'struct stat st; fstat(ends[0], &st); show("p1", ends[0]); show("p2", ends[1]); show("pino", st.st_ino);',
      },
    ),
    row('pipe(0)', 'SYSCALL_PIPE_X', { res: -14, fd1: -1, fd2: -1, ino: 0 }),
    row(
      'pipe2(ends, O_CLOEXEC | O_DIRECT)',
      'SYSCALL_PIPE2_X',
      { res: 0, fd1: shown('q1'), flags: open('CLOEXEC', 'DIRECT') },
      {
        after: 'show("q1", ends[0]);',
      },
    ),
    row('pipe2(ends, 0x40000000)', 'SYSCALL_PIPE2_X', { res: -22, fd1: -1, fd2: -1 }),
  ],
};

const special: CallGroup = {
  name: 'special descriptors',
  declare: `
static unsigned long set = 0x10004; static struct io_uring_params params; static struct itimerspec spec;
static struct epoll_event event; static char text[300]; static union bpf_attr attr;
`,
  setup: `
	memset(text, 'n', 299);
	int fd = make_file("f", "content"); show("fd", fd);
`,
  rows: [
    row('eventfd(0)', 'SYSCALL_EVENTFD_X', { res: result, initval: 0, flags: 0 }),
    row('eventfd2(4294967295, EFD_NONBLOCK | EFD_CLOEXEC)', 'SYSCALL_EVENTFD2_X', {
      res: result,
      flags: open('NONBLOCK', 'CLOEXEC'),
      initval: 4294967295,
    }),
    row('eventfd2(1, 0x1000)', 'SYSCALL_EVENTFD2_X', { res: -22, flags: 0, initval: 1 }),
    row('epoll_create(1)', 'SYSCALL_EPOLL_CREATE_X', { res: result, size: 1 }),
    row('epoll_create(-7)', 'SYSCALL_EPOLL_CREATE_X', { res: -22, size: -7 }),
    row('epoll_create1(0)', 'SYSCALL_EPOLL_CREATE1_X', { res: result, flags: 0 }, { after: 'show("epoll", result);' }),
    row('epoll_create1(EPOLL_CLOEXEC)', 'SYSCALL_EPOLL_CREATE1_X', { res: result, flags: 1 }),
    row('epoll_ctl(0, EPOLL_CTL_ADD, 0, &event)', 'GENERIC_X', { nativeID: ownNumber }),
    row('epoll_wait(3, &event, 9, 0)', 'SYSCALL_EPOLLWAIT_X', { res: -22, maxevents: 9 }, { before: 'dup2(fd, 3);' }),
    row('epoll_pwait(-1, &event, 9, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('inotify_init()', 'SYSCALL_INOTIFY_INIT_X', { res: result, flags: 0 }),
    row('inotify_init1(IN_CLOEXEC | IN_NONBLOCK)', 'SYSCALL_INOTIFY_INIT1_X', {
      res: result,
      flags: open('CLOEXEC', 'NONBLOCK'),
    }),
    row('inotify_init1(-1)', 'SYSCALL_INOTIFY_INIT1_X', { res: -22, flags: open('CLOEXEC', 'NONBLOCK') }),
    row('inotify_add_watch(-1, "f", IN_MODIFY)', 'GENERIC_X', { nativeID: ownNumber }),
    row('fanotify_init(0x10000, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('fanotify_mark(-1, 0, 0, AT_FDCWD, "f")', 'GENERIC_X', { nativeID: ownNumber }),
    row('timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)', 'SYSCALL_TIMERFD_CREATE_X', {
      res: result,
      clockid: 1,
      flags: 0,
    }),
    row('timerfd_create(99, 0)', 'SYSCALL_TIMERFD_CREATE_X', { res: -22, clockid: 99, flags: 0 }),
    row('timerfd_settime(-1, 0, &spec, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('signalfd(-1, &set, 8)', 'SYSCALL_SIGNALFD_X', { res: result, fd: -1, mask: 0, flags: 0 }),
    row('signalfd(979, &set, 8)', 'SYSCALL_SIGNALFD_X', { res: -9, fd: 979 }),
    row('signalfd4(-1, &set, 8, SFD_NONBLOCK | SFD_CLOEXEC)', 'SYSCALL_SIGNALFD4_X', {
      res: result,
      flags: open('NONBLOCK', 'CLOEXEC'),
      fd: -1,
      mask: 0,
    }),
    row('signalfd4(-1, &set, 5, 0)', 'SYSCALL_SIGNALFD4_X', { res: -22, flags: 0 }),
    row('userfaultfd(O_CLOEXEC | O_NONBLOCK)', 'SYSCALL_USERFAULTFD_X', {
      res: result,
      flags: open('CLOEXEC', 'NONBLOCK'),
    }),
    row('userfaultfd(O_NONBLOCK | 1)', 'SYSCALL_USERFAULTFD_X', { res: result, flags: open('NONBLOCK', 'RDONLY') }),
    row('memfd_create("m\\xff", 0)', 'SYSCALL_MEMFD_CREATE_X', { fd: result, name: 'm\xff', flags: 0 }),
    row('memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING)', 'SYSCALL_MEMFD_CREATE_X', {
      fd: result,
      name: 'sealed',
      flags: bits('memfd_create_flags', 'MFD_CLOEXEC', 'MFD_ALLOW_SEALING'),
    }),
    row('memfd_create(text, 0)', 'SYSCALL_MEMFD_CREATE_X', { fd: -22, name: 'n'.repeat(299) }),
    row('memfd_create(0, 0)', 'SYSCALL_MEMFD_CREATE_X', { fd: -14, name: null }),
    row('memfd_secret(0)', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'pidfd_open(own, 0)',
      'SYSCALL_PIDFD_OPEN_X',
      { fd: result, pid: shown('pid'), flags: 0 },
      {
        before: 'int own = getpid();',
      },
    ),
    row('pidfd_open(1, O_NONBLOCK)', 'SYSCALL_PIDFD_OPEN_X', {
      fd: result,
      pid: 1,
      flags: bits('pidfd_open_flags', 'PIDFD_NONBLOCK'),
    }),
    row('pidfd_open(0, 0)', 'SYSCALL_PIDFD_OPEN_X', { fd: -22, pid: 0 }),
    row('pidfd_open(99999999, 0)', 'SYSCALL_PIDFD_OPEN_X', { fd: result, pid: 99999999 }),
    row(
      'pidfd_getfd(pidfd, fd, 0)',
      'SYSCALL_PIDFD_GETFD_X',
      {
        fd: result,
        pid_fd: shown('own'),
        target_fd: shown('fd'),
        flags: 0,
      },
      { before: 'int pidfd = syscall(SYS_pidfd_open, getpid(), 0); show("own", pidfd);' },
    ),
    row('pidfd_getfd(fd, 3, 0)', 'SYSCALL_PIDFD_GETFD_X', { fd: -9, pid_fd: shown('fd'), target_fd: 3 }),
    row('pidfd_getfd(-1, 3, 9)', 'SYSCALL_PIDFD_GETFD_X', { fd: -22, pid_fd: -1, flags: 9 }),
    row('pidfd_send_signal(-1, 0, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'io_uring_setup(8, &params)',
      'SYSCALL_IO_URING_SETUP_X',
      {
        res: result,
        entries: 8,
        sq_entries: shown('sq'),
        cq_entries: shown('cq'),
        flags: bits('io_uring_setup_flags', 'IORING_SETUP_CQSIZE', 'IORING_SETUP_CLAMP'),
        sq_thread_cpu: 0,
        sq_thread_idle: 7,
        features: shown('features'),
      },
      {
        before:
          'params = (struct io_uring_params){ .flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP, .cq_entries = 32, .sq_thread_idle = 7 };',
        after:
          'show("ring", result); show("sq", params.sq_entries); show("cq", params.cq_entries); show("features", params.features & 0x7ff);',
      },
    ),
    row('io_uring_setup(0, &params)', 'SYSCALL_IO_URING_SETUP_X', { res: result, entries: 0 }),
    row('io_uring_setup(8, 0)', 'SYSCALL_IO_URING_SETUP_X', { res: result, entries: 8, sq_entries: 0, flags: 0 }),
    row('io_uring_enter(fd, 3, 2, IORING_ENTER_GETEVENTS, &set, 8)', 'SYSCALL_IO_URING_ENTER_X', {
      res: result,
      fd: shown('fd'),
      to_submit: 3,
      min_complete: 2,
      flags: bits('io_uring_enter_flags', 'IORING_ENTER_GETEVENTS'),
      sig: bytes(4, 0x10004),
    }),
    row('io_uring_enter(978, 0, 0, 0, 0, 0)', 'SYSCALL_IO_URING_ENTER_X', {
      res: result,
      fd: 978,
      flags: 0,
      sig: bytes(4, 0),
    }),
    row(
      'io_uring_register(fd, 2, &set, 1)',
      'SYSCALL_IO_URING_REGISTER_X',
      {
        res: result,
        fd: shown('fd'),
        opcode: bits('io_uring_register_opcodes', 'IORING_REGISTER_FILES'),
        arg: shown('set'),
        nr_args: 1,
      },
      { before: 'show("set", (long)&set);' },
    ),
    row('bpf(BPF_MAP_CREATE, &attr, sizeof(attr))', 'SYSCALL_BPF_2_X', { fd: result, cmd: 0 }),
    row(
      'bpf(BPF_MAP_CREATE, &attr, sizeof(attr))',
      'SYSCALL_BPF_2_X',
      { fd: result, cmd: bits('bpf_commands', 'BPF_MAP_CREATE') },
      {
        before: 'attr.map_type = BPF_MAP_TYPE_ARRAY; attr.key_size = 4; attr.value_size = 4; attr.max_entries = 1;',
      },
    ),
    row('bpf(BPF_PROG_LOAD, 0, 0)', 'SYSCALL_BPF_2_X', { fd: result, cmd: bits('bpf_commands', 'BPF_PROG_LOAD') }),
    row('perf_event_open(0, 0, 0, -1, 0)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

export const copyingGroups: readonly CallGroup[] = [copying, special];
