import { bits, bytes, type CallGroup, open, result, row, shown, unset } from './kit.ts';

const cmd = (name: string): number => bits('fcntl_commands', name);

/** Calls of 64-bit programs by the 32-bit entry. They are those of 32-bit programs to the kernel. */
const compat: CallGroup = {
  name: '32-bit calls',
  declare: `
static char buffer[8192]; static struct pollfd fds[2]; static unsigned args[8]; static int ends[2]; static struct sockaddr_in a4;
static struct { unsigned base, size; } parts[2]; static struct { unsigned name, size, parts, count, control, control_size; int flags; unsigned sent; } message;
static unsigned narrow[2]; static long long wide[2]; static unsigned argv_[4], envp_[2]; static struct open_how how; static unsigned short ids[4];
static unsigned ids32[4]; static struct sembuf step;
`,
  setup: `
	int fd = make_file("f", "0123456789abcdef"); show("fd", fd); a4 = inet4(9);
	parts[0].base = (unsigned)(long)"vec"; parts[0].size = 3; parts[1].base = (unsigned)(long)"tors"; parts[1].size = 4;
	int udp = socket(AF_INET, SOCK_DGRAM, 0), pair[2]; socketpair(AF_UNIX, SOCK_STREAM, 0, pair); show("udp", udp); show("a", pair[0]); show("b", pair[1]);
`,
  rows: [
    row('i386 open("f", O_RDWR | O_APPEND)', 'SYSCALL_OPEN_X', {
      fd: result,
      name: 'f',
      flags: open('RDWR', 'APPEND'),
    }),
    row('i386 openat(AT_FDCWD, "\\xe9", O_CREAT | O_WRONLY, 0604)', 'SYSCALL_OPENAT_2_X', {
      fd: result,
      dirfd: -100,
      name: '\xe9',
      mode: 0o604,
    }),
    row(
      'i386 openat2(-100, "f", &how, 24)',
      'SYSCALL_OPENAT2_X',
      { fd: result, resolve: bits('openat2_flags', 'RESOLVE_BENEATH') },
      {
        before: 'how.resolve = RESOLVE_BENEATH;',
      },
    ),
    row('i386 creat("c", 0600)', 'SYSCALL_CREAT_X', { fd: result, name: 'c' }),
    row('i386 unlink("c")', 'SYSCALL_UNLINK_2_X', { res: 0, path: 'c' }),
    row('i386 close(-1)', 'SYSCALL_CLOSE_X', { res: -9, fd: -1 }),
    row('i386 mkdir("d", 0700)', 'SYSCALL_MKDIR_2_X', { res: 0, path: 'd', mode: 0o700 }),
    row('i386 read(fd, buffer, 3)', 'SYSCALL_READ_X', { res: 3, data: '012', fd: shown('fd') }),
    row('i386 write(fd, "W", 1)', 'SYSCALL_WRITE_X', { res: 1, data: 'W' }),
    row('i386 pread64(fd, buffer, 2, 5, 0)', 'SYSCALL_PREAD_X', { res: 2, data: '56', pos: 5 }),
    row('i386 pread64(fd, buffer, 2, 1, 1)', 'SYSCALL_PREAD_X', { res: 0, pos: 4294967297 }),
    row('i386 writev(fd, parts, 2)', 'SYSCALL_WRITEV_X', { res: 7, data: 'vectors', size: 7 }),
    row('i386 _llseek(fd, 1, 2, wide, 0)', 'SYSCALL_LLSEEK_X', {
      res: 0,
      fd: shown('fd'),
      offset: 4294967298,
      whence: 0,
    }),
    row('i386 lseek(fd, 4, 1)', 'SYSCALL_LSEEK_X', { res: result, offset: 4, whence: 1 }),
    row(
      'i386 sendfile(1000, fd, narrow, 3)',
      'SYSCALL_SENDFILE_X',
      { res: -9, offset: 77, size: 3 },
      { before: 'narrow[0] = 77; narrow[1] = 88;' },
    ),
    row(
      'i386 sendfile64(1000, fd, wide, 3)',
      'SYSCALL_SENDFILE_X',
      { res: -9, offset: 2 ** 33 },
      { before: 'wide[0] = 1ll << 33;' },
    ),
    row('i386 stat("f", buffer)', 'SYSCALL_STAT_X', { path: 'f' }),
    row('i386 stat64("f", buffer)', 'SYSCALL_STAT64_X', { res: 0, path: 'f' }),
    row('i386 lstat64("none", buffer)', 'SYSCALL_LSTAT64_X', { res: -2, path: 'none' }),
    row('i386 fstat64(fd, buffer)', 'SYSCALL_FSTAT64_X', { res: 0 }),
    row('i386 fstatat64(-100, "f", buffer, 0x100)', 'SYSCALL_NEWFSTATAT_X', {
      res: 0,
      dirfd: -100,
      path: 'f',
      flags: 0x100,
    }),
    row('i386 fcntl64(fd, F_DUPFD, 90)', 'SYSCALL_FCNTL_X', { res: 90, cmd: cmd('F_DUPFD'), arg: 90 }),
    row('i386 fcntl(fd, F_GETFD, 0)', 'SYSCALL_FCNTL_X', { res: 0, cmd: cmd('F_GETFD') }),
    row('i386 dup2(fd, 91)', 'SYSCALL_DUP2_X', { res: 91, newfd: 91 }),
    row(
      'i386 pipe(ends)',
      'SYSCALL_PIPE_X',
      { res: 0, fd1: shown('p1'), fd2: shown('p2') },
      {
        after: 'show("p1", ends[0]); show("p2", ends[1]);',
      },
    ),
    row('i386 umount("nowhere")', 'SYSCALL_UMOUNT_1_X', { res: -2, name: 'nowhere' }),
    row('i386 umount2("nowhere", 2)', 'SYSCALL_UMOUNT2_X', { res: -2, name: 'nowhere', flags: 2 }),
    row('i386 mount("x", "nowhere", "tmpfs", 1, 0)', 'SYSCALL_MOUNT_X', { res: -2, dir: 'nowhere', flags: 1 }),
    row('i386 mmap2(0, 4096, 3, 0x22, -1, 0)', 'SYSCALL_MMAP2_X', {
      res: (s) => s.result >>> 0,
      length: 4096,
      prot: 3,
      fd: -1,
      pgoffset: 0,
    }),
    row(
      'i386 mmap(args)',
      'SYSCALL_MMAP_X',
      {
        res: (s) => s.result >>> 0,
        length: 8192,
        prot: 1,
        flags: bits('mmap_flags', 'MAP_PRIVATE', 'MAP_ANONYMOUS'),
        fd: -1,
        offset: 0,
      },
      { before: 'args[1] = 8192; args[2] = 1; args[3] = 0x22; args[4] = -1;' },
    ),
    row('i386 munmap(1, 2)', 'SYSCALL_MUNMAP_X', { res: -22, addr: 1, length: 2 }),
    row(
      'i386 poll(fds, 1, -1)',
      'SYSCALL_POLL_X',
      { res: 1, timeout: -1 },
      {
        before: 'fds[0] = (struct pollfd){ fd, POLLIN };',
      },
    ),
    row(
      'i386 ppoll(fds, 1, narrow, 0, 8)',
      'SYSCALL_PPOLL_X',
      { res: 1, timeout: shown('left') },
      {
        before: 'narrow[0] = 2; narrow[1] = 3;',
        after: 'show("left", narrow[0] * 1000000000l + narrow[1]);',
      },
    ),
    row(
      'i386 ppoll_time64(fds, 1, wide, 0, 8)',
      'SYSCALL_PPOLL_X',
      { res: 1, timeout: shown('left64') },
      {
        before: 'wide[0] = 2; wide[1] = 3;',
        after: 'show("left64", wide[0] * 1000000000 + wide[1]);',
      },
    ),
    row(
      'i386 nanosleep(narrow, 0)',
      'SYSCALL_NANOSLEEP_X',
      { res: 0, interval: 5 },
      { before: 'narrow[0] = 0; narrow[1] = 5;' },
    ),
    row(
      'i386 setrlimit(RLIMIT_CORE, narrow)',
      'SYSCALL_SETRLIMIT_X',
      { res: 0, cur: 3, max: -1, resource: 4 },
      {
        before: 'narrow[0] = 3; narrow[1] = -1;',
      },
    ),
    row('i386 ugetrlimit(RLIMIT_CORE, narrow)', 'SYSCALL_GETRLIMIT_X', { res: 0, cur: 3, max: -1, resource: 4 }),
    row(
      'i386 socketcall(1, args)',
      'SOCKET_SOCKET_X',
      { fd: result, domain: 10, type: 2, proto: 17 },
      {
        before: 'args[0] = 10; args[1] = 2; args[2] = 17;',
      },
    ),
    row(
      'i386 socketcall(3, args)',
      'SOCKET_CONNECT_X',
      { res: 0, fd: shown('udp'), addr: `\x02\x7f\0\0\x01${bytes(2, 9)}` },
      {
        before: 'args[0] = udp; args[1] = (long)&a4; args[2] = sizeof(a4);',
      },
    ),
    row(
      'i386 socketcall(9, args)',
      'SOCKET_SEND_X',
      { res: 4, data: 'sent', fd: shown('a'), size: 4 },
      {
        before: 'args[0] = pair[0]; args[1] = (long)"sent"; args[2] = 4; args[3] = 0; args[4] = 1; args[5] = 2;',
      },
    ),
    row(
      'i386 socketcall(10, args)',
      'SOCKET_RECV_X',
      { res: 4, data: 'sent', fd: shown('b'), size: 9 },
      {
        before: 'args[0] = pair[1]; args[1] = (long)buffer; args[2] = 9; args[3] = 0;',
      },
    ),
    row(
      'i386 socketcall(11, args)',
      'SOCKET_SENDTO_X',
      { res: 4, data: 'sent', fd: shown('udp') },
      {
        before:
          'args[0] = udp; args[1] = (long)"sent"; args[2] = 4; args[3] = 0; args[4] = (long)&a4; args[5] = sizeof(a4);',
      },
    ),
    row(
      'i386 socketcall(16, args)',
      'SOCKET_SENDMSG_X',
      { res: 7, data: 'vectors', size: 7, fd: shown('a') },
      {
        before:
          'message.parts = (long)parts; message.count = 2; args[0] = pair[0]; args[1] = (long)&message; args[2] = 0;',
      },
    ),
    row('i386 sendmmsg(pair[0], &message, 1, 0)', 'SOCKET_SENDMMSG_X', { res: 7, data: 'vectors', size: 7 }),
    row('i386 connect(udp, &a4, 16)', 'SOCKET_CONNECT_X', { res: 0, fd: shown('udp') }),
    row(
      'i386 ipc(2, 0x7788, 1, 01600, 0, 0)',
      'SYSCALL_SEMGET_X',
      {
        res: result,
        key: 0x7788,
        nsems: 1,
        semflg: bits('semget_flags', 'IPC_CREAT'),
      },
      { after: 'show("sem", result);' },
    ),
    row(
      'i386 ipc(1, sem, 1, 0, &step, 0)',
      'SYSCALL_SEMOP_X',
      { res: 0, nsops: 1, sem_op_0: 2, semid: shown('sem') },
      {
        before: 'int sem = semget(0x7788, 1, 0); step.sem_op = 2;',
      },
    ),
    row(
      'i386 ipc(3, sem, 0, 0x110, args, 0)',
      'SYSCALL_SEMCTL_X',
      {
        res: 0,
        semid: shown('sem'),
        semnum: 0,
        cmd: bits('semctl_commands', 'SETVAL'),
        val: 5,
      },
      { before: 'int sem = semget(0x7788, 1, 0); args[0] = 5;' },
    ),
    row(
      'i386 semctl(sem, 0, 0, 0)',
      'SYSCALL_SEMCTL_X',
      { res: 0, cmd: bits('semctl_commands', 'IPC_RMID') },
      {
        before: 'int sem = semget(0x7788, 1, 0);',
      },
    ),
    row(
      'i386 execve("none", argv_, envp_)',
      'SYSCALL_EXECVE_19_X',
      { res: -2, exe: 'zero', args: 'one\0', env: 'E=32\0', filename: 'none' },
      {
        before: 'argv_[0] = (long)"zero"; argv_[1] = (long)"one"; envp_[0] = (long)"E=32";',
      },
    ),
    row('i386 fork()', 'SYSCALL_FORK_20_X', { res: result }, { child: '', after: 'reap(result);' }),
    row(
      'i386 clone(SIGCHLD | CLONE_FS, 0, 0, 0, 0)',
      'SYSCALL_CLONE_20_X',
      { res: result, flags: bits('clone_flags', 'CLONE_FS') },
      {
        child: '',
        after: 'reap(result);',
      },
    ),
    row('i386 waitpid(-1, 0, 1)', 'GENERIC_X', { ID: 293, nativeID: 7 }),
    row('i386 personality(-1)', 'GENERIC_X', { nativeID: 136 }),
    row('i386 chown("f", 0x10007, 0xffff)', 'SYSCALL_CHOWN_X', { res: 0, path: 'f', uid: 7, gid: unset }),
    row('i386 chown32("f", 0x10007, -1)', 'SYSCALL_CHOWN_X', { res: 0, uid: 0x10007, gid: unset }),
    row('i386 getuid32()', 'SYSCALL_GETUID_X', { uid: 0 }),
    row('i386 setresgid(0xffff, 8, 0xffff)', 'SYSCALL_SETRESGID_X', { res: 0, rgid: unset, egid: 8, sgid: unset }),
    row('i386 setreuid32(-1, 100000)', 'SYSCALL_SETREUID_X', { res: 0, ruid: unset, euid: 100000 }),
    row(
      'i386 getresuid(ids, ids + 1, ids + 2)',
      'SYSCALL_GETRESUID_X',
      { res: 0, ruid: 0, euid: 65534, suid: shown('suid') },
      {
        after: 'show("suid", ids[2]);',
      },
    ),
    row('i386 getresuid32(ids32, ids32 + 1, ids32 + 2)', 'SYSCALL_GETRESUID_X', { res: 0, ruid: 0, euid: 100000 }),
    row('i386 setuid(0x10000)', 'SYSCALL_SETUID_X', { res: 0, uid: 0 }),
  ],
};

export const compatGroups: readonly CallGroup[] = [compat];
