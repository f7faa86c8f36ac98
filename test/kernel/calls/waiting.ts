import { bits, bytes, type CallGroup, ownNumber, result, row, shown } from './kit.ts';

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
    row(
      'poll(fds, 300, 0)',
      'SYSCALL_POLL_X',
      {
        res: result,
        fds: (s) =>
          list(
            [s.of('in'), polled('POLLIN')],
            [s.of('out'), polled('POLLOUT')],
            [977, polled('POLLNVAL')],
            [-1, 0],
            ...Array.from({ length: 252 }, (_, i): [number, number] => [-(i + 4), 0]),
          ),
      },
      { since: [5, 17] },
    ),
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
        before: 'close(ends[1]); time = (struct timespec){ 1, 2 };',
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
      { nativeID: ownNumber },
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
    row('clock_nanosleep(1, 0, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
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
    row('semtimedop(975, steps, 1, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('shmget(0, 4096, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('msgget(0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

export const waitingGroups: readonly CallGroup[] = [waiting];
