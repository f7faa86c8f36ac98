/* oxlint-disable max-lines -- a table */
import { bits, bytes, type CallGroup, cwdFd, open, result, row, shown } from './kit.ts';

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
    row('close(50)', 'SYSCALL_CLOSE_X', { res: 0, fd: 50 }),
    row('close(50)', 'SYSCALL_CLOSE_X', { res: -9, fd: 50 }),
    row('close(-100)', 'SYSCALL_CLOSE_X', { res: -9, fd: cwdFd }),
    row('close_range(51, 61, CLOSE_RANGE_CLOEXEC)', 'SYSCALL_CLOSE_RANGE_X', { res: 0, first: 51, last: 61, flags: 4 }),
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
    row('epoll_ctl(0, EPOLL_CTL_ADD, 0, &event)', 'GENERIC_X', { nativeID: 233 }),
    row('epoll_wait(3, &event, 9, 0)', 'SYSCALL_EPOLLWAIT_X', { res: -22, maxevents: 9 }, { before: 'dup2(fd, 3);' }),
    row('epoll_pwait(-1, &event, 9, 0, 0)', 'GENERIC_X', { nativeID: 281 }),
    row('inotify_init()', 'SYSCALL_INOTIFY_INIT_X', { res: result, flags: 0 }),
    row('inotify_init1(IN_CLOEXEC | IN_NONBLOCK)', 'SYSCALL_INOTIFY_INIT1_X', {
      res: result,
      flags: open('CLOEXEC', 'NONBLOCK'),
    }),
    row('inotify_init1(-1)', 'SYSCALL_INOTIFY_INIT1_X', { res: -22, flags: open('CLOEXEC', 'NONBLOCK') }),
    row('inotify_add_watch(-1, "f", IN_MODIFY)', 'GENERIC_X', { nativeID: 254 }),
    row('fanotify_init(0x10000, 0)', 'GENERIC_X', { nativeID: 300 }),
    row('fanotify_mark(-1, 0, 0, AT_FDCWD, "f")', 'GENERIC_X', { nativeID: 301 }),
    row('timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)', 'SYSCALL_TIMERFD_CREATE_X', {
      res: result,
      clockid: 1,
      flags: 0,
    }),
    row('timerfd_create(99, 0)', 'SYSCALL_TIMERFD_CREATE_X', { res: -22, clockid: 99, flags: 0 }),
    row('timerfd_settime(-1, 0, &spec, 0)', 'GENERIC_X', { nativeID: 286 }),
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
    row('memfd_secret(0)', 'GENERIC_X', { nativeID: 447 }),
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
    row('pidfd_send_signal(-1, 0, 0, 0)', 'GENERIC_X', { nativeID: 424 }),
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
    row('perf_event_open(0, 0, 0, -1, 0)', 'GENERIC_X', { nativeID: 298 }),
  ],
};

const list = (...items: [number, number][]): string =>
  bytes(2, items.length) + items.map(([fd, flags]) => bytes(8, fd) + bytes(2, flags)).join('');
const polled = (...names: string[]): number => bits('poll_flags', ...names);

const waiting: CallGroup = {
  name: 'waiting and semaphores',
  declare: `
static struct pollfd fds[300]; static struct timespec time; static unsigned long mask = 0x4002; static fd_set reads;
static struct timeval period; static struct sembuf steps[3]; static unsigned futex_word = 5; static char buffer[256];
`,
  setup: `
	int ends[2]; pipe(ends); show("in", ends[0]); show("out", ends[1]);
	if (write(ends[1], "x", 1) != 1) abort();
	fds[0] = (struct pollfd){ ends[0], POLLIN | POLLPRI }; fds[1] = (struct pollfd){ ends[1], POLLOUT };
	fds[2] = (struct pollfd){ 977, POLLIN }; fds[3] = (struct pollfd){ -1, POLLIN };
	for (int i = 4; i < 300; i++) fds[i].fd = -i;
`,
  rows: [
    row('poll(fds, 2, 100)', 'SYSCALL_POLL_X', {
      res: 2,
      fds: (s) => list([s.of('in'), polled('POLLIN')], [s.of('out'), polled('POLLOUT')]),
      timeout: 100,
    }),
    row('poll(fds, 4, -1)', 'SYSCALL_POLL_X', {
      res: 3,
      fds: (s) =>
        list([s.of('in'), polled('POLLIN')], [s.of('out'), polled('POLLOUT')], [977, polled('POLLNVAL')], [-1, 0]),
      timeout: -1,
    }),
    row('poll(0, 0, 3)', 'SYSCALL_POLL_X', { res: 0, fds: list(), timeout: 3 }),
    row('poll(8, 2, 3)', 'SYSCALL_POLL_X', { res: -14, fds: list(), timeout: 3 }),
    row('poll(fds, 300, 0)', 'SYSCALL_POLL_X', {
      res: result,
      fds: (s) =>
        list(
          [s.of('in'), polled('POLLIN')],
          [s.of('out'), polled('POLLOUT')],
          [977, polled('POLLNVAL')],
          [-1, 0],
          ...Array.from({ length: 252 }, (_, i): [number, number] => [-(i + 4), 0]),
        ),
    }),
    row(
      'poll(fds, 1, 0)',
      'SYSCALL_POLL_X',
      { res: 1, fds: (s) => list([s.of('in'), polled('POLLIN', 'POLLHUP')]) },
      {
        before: 'close(ends[1]);',
      },
    ),
    row(
      'ppoll(fds, 1, &time, &mask, 8)',
      'SYSCALL_PPOLL_X',
      {
        res: 1,
        fds: (s) => list([s.of('in'), polled('POLLIN', 'POLLHUP')]),
        // The kernel leaves the time that was left there.
        timeout: shown('left'),
        sigmask: bytes(4, 0x4002),
      },
      {
        before: 'time = (struct timespec){ 1, 2 };',
        after: 'show("left", time.tv_sec * 1000000000 + time.tv_nsec);',
      },
    ),
    row('ppoll(fds, 1, 0, 0, 8)', 'SYSCALL_PPOLL_X', { res: 1, timeout: 0, sigmask: bytes(4, 0) }),
    row('ppoll(fds, 1, &time, &mask, 3)', 'SYSCALL_PPOLL_X', { res: -22, sigmask: bytes(4, 0x4002) }),
    row('select(0, 0, 0, 0, &period)', 'SYSCALL_SELECT_X', { res: 0 }),
    row('select(-1, 0, 0, 0, &period)', 'SYSCALL_SELECT_X', { res: -22 }),
    row(
      'pselect6(0, 0, 0, 0, &time, 0)',
      'GENERIC_X',
      { nativeID: 270 },
      { before: 'time = (struct timespec){ 0, 2 };' },
    ),
    row(
      'nanosleep(&time, 0)',
      'SYSCALL_NANOSLEEP_X',
      { res: 0, interval: 2 },
      { before: 'time = (struct timespec){ 0, 2 };' },
    ),
    row(
      'nanosleep(&time, 0)',
      'SYSCALL_NANOSLEEP_X',
      { res: -22, interval: 2_999_999_999 },
      {
        before: 'time = (struct timespec){ 1, 1999999999 };',
      },
    ),
    row('clock_nanosleep(1, 0, 0, 0)', 'GENERIC_X', { nativeID: 230 }),
    row(
      'futex(&futex_word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 4, 0)',
      'SYSCALL_FUTEX_X',
      {
        res: -11,
        addr: shown('word'),
        op: bits('futex_operations', 'FUTEX_WAIT', 'FUTEX_PRIVATE_FLAG'),
        val: 4,
      },
      { before: '\n#define FUTEX_WAIT 0\n#define FUTEX_PRIVATE_FLAG 128\nshow("word", (long)&futex_word);' },
    ),
    row('futex(&futex_word, 1, 2147483647)', 'SYSCALL_FUTEX_X', {
      res: 0,
      op: bits('futex_operations', 'FUTEX_WAKE'),
      val: 2147483647,
    }),
    row(
      'semget(0x7777, 2, IPC_CREAT | IPC_EXCL | 0600)',
      'SYSCALL_SEMGET_X',
      {
        res: result,
        key: 0x7777,
        nsems: 2,
        semflg: bits('semget_flags', 'IPC_CREAT', 'IPC_EXCL'),
      },
      { before: 'semctl(semget(0x7777, 2, 0600), 0, IPC_RMID);', after: 'show("sem", result);' },
    ),
    row('semget(IPC_PRIVATE, -1, 0)', 'SYSCALL_SEMGET_X', { res: -22, key: 0, nsems: -1, semflg: 0 }),
    row(
      'semop(sem, steps, 2)',
      'SYSCALL_SEMOP_X',
      {
        res: 0,
        nsops: 2,
        sem_num_0: 0,
        sem_op_0: 3,
        sem_flg_0: bits('semop_flags', 'SEM_UNDO'),
        sem_num_1: 1,
        sem_op_1: 4,
        sem_flg_1: bits('semop_flags', 'IPC_NOWAIT'),
        semid: shown('sem'),
      },
      {
        before: `int sem = semget(0x7777, 2, 0); steps[0] = (struct sembuf){ 0, 3, SEM_UNDO }; steps[1] = (struct sembuf){ 1, 4, IPC_NOWAIT };`,
        after: '',
      },
    ),
    row(
      'semop(sem, steps, 1)',
      'SYSCALL_SEMOP_X',
      {
        res: -11,
        nsops: 1,
        sem_num_0: 1,
        sem_op_0: -9,
        sem_flg_0: bits('semop_flags', 'IPC_NOWAIT'),
        sem_num_1: 0,
        sem_op_1: 0,
        sem_flg_1: 0,
      },
      { before: 'int sem = semget(0x7777, 2, 0); steps[0] = (struct sembuf){ 1, -9, IPC_NOWAIT };' },
    ),
    row('semop(976, 0, 0)', 'SYSCALL_SEMOP_X', { res: -22, nsops: 0, sem_num_0: 0, semid: 976 }),
    ...(
      [
        ['SETVAL', 6, 6],
        ['GETVAL', 0, 0],
        ['GETPID', 0, 0],
        ['GETNCNT', 0, 0],
        ['GETZCNT', 0, 0],
      ] as const
    ).map(([name, argument, val]) =>
      row(
        `semctl(sem, 1, ${name}, ${argument})`,
        'SYSCALL_SEMCTL_X',
        {
          res: result,
          semid: shown('sem'),
          semnum: 1,
          cmd: bits('semctl_commands', name),
          val,
        },
        { before: 'int sem = semget(0x7777, 2, 0);' },
      ),
    ),
    row(
      'semctl(sem, 0, GETALL, buffer)',
      'SYSCALL_SEMCTL_X',
      { res: 0, cmd: bits('semctl_commands', 'GETALL'), val: 0 },
      {
        before: 'int sem = semget(0x7777, 2, 0);',
      },
    ),
    row(
      'semctl(sem, 0, SETALL, buffer)',
      'SYSCALL_SEMCTL_X',
      { res: 0, cmd: bits('semctl_commands', 'SETALL') },
      {
        before: 'int sem = semget(0x7777, 2, 0);',
      },
    ),
    row(
      'semctl(sem, 0, IPC_STAT, buffer)',
      'SYSCALL_SEMCTL_X',
      { res: 0, cmd: bits('semctl_commands', 'IPC_STAT') },
      {
        before: 'int sem = semget(0x7777, 2, 0);',
      },
    ),
    row('semctl(0, 0, 18, buffer)', 'SYSCALL_SEMCTL_X', { res: result, cmd: bits('semctl_commands', 'SEM_STAT') }),
    row('semctl(0, 0, 19, buffer)', 'SYSCALL_SEMCTL_X', { res: result, cmd: bits('semctl_commands', 'SEM_INFO') }),
    row('semctl(0, 0, 3, buffer)', 'SYSCALL_SEMCTL_X', { res: result, cmd: bits('semctl_commands', 'IPC_INFO') }),
    row(
      'semctl(sem, 0, IPC_RMID)',
      'SYSCALL_SEMCTL_X',
      { res: 0, cmd: bits('semctl_commands', 'IPC_RMID') },
      {
        before: 'int sem = semget(0x7777, 2, 0);',
      },
    ),
    row('semctl(975, 1, 77)', 'SYSCALL_SEMCTL_X', { res: -22, semid: 975, semnum: 1, cmd: 0 }),
    row('semtimedop(975, steps, 1, 0)', 'GENERIC_X', { nativeID: 220 }),
    row('shmget(0, 4096, 0)', 'GENERIC_X', { nativeID: 29 }),
    row('msgget(0, 0)', 'GENERIC_X', { nativeID: 68 }),
  ],
};

export const descriptorGroups: readonly CallGroup[] = [copying, special, waiting];
