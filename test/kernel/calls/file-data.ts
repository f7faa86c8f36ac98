import { bits, type CallGroup, cwdFd, ownNumber, result, row, shown } from './kit.ts';

/** What twelve parts of four bytes give together. */
const twelveParts = Array.from({ length: 12 }, (_, i) => String.fromCharCode(97 + i).repeat(4)).join('');

const data: CallGroup = {
  name: 'reading and writing',
  declare: `
static char buffer[8192], wide[5000];
static struct iovec parts[12];
static long offset, offset2;
static struct itimerspec spec;
`,
  setup: `
	memset(wide, 'w', sizeof(wide));
	int fd = make_file("f", "0123456789abcdef"); show("fd", fd);
	int other = make_file("other", ""); show("other", other);
	int ends[2]; pipe(ends); show("in", ends[0]); show("out", ends[1]);
	int ends2[2]; pipe(ends2); show("in2", ends2[0]); show("out2", ends2[1]);
	for (int i = 0; i < 12; i++) parts[i] = (struct iovec){ buffer + i * 10, 4 };
`,
  rows: [
    row('read(fd, buffer, 10)', 'SYSCALL_READ_X', { res: 10, data: '0123456789', fd: shown('fd'), size: 10 }),
    row('read(fd, buffer, 100)', 'SYSCALL_READ_X', { res: 6, data: 'abcdef', size: 100 }),
    row('read(fd, buffer, 100)', 'SYSCALL_READ_X', { res: 0, data: null, size: 100 }),
    row('read(989, buffer, 7)', 'SYSCALL_READ_X', { res: -9, data: null, fd: 989, size: 7 }),
    row('write(fd, "more\\0\\xff", 6)', 'SYSCALL_WRITE_X', { res: 6, data: 'more\0\xff', fd: shown('fd'), size: 6 }),
    row('write(fd, wide, 5000)', 'SYSCALL_WRITE_X', { res: 5000, data: 'w'.repeat(80), size: 5000 }),
    row('write(988, "lost", 4)', 'SYSCALL_WRITE_X', { res: -9, data: 'lost', fd: 988, size: 4 }),
    row('write(fd, 0, 4)', 'SYSCALL_WRITE_X', { res: -14, data: null, size: 4 }),
    row('pread64(fd, buffer, 3, 5)', 'SYSCALL_PREAD_X', { res: 3, data: '567', fd: shown('fd'), size: 3, pos: 5 }),
    row('pread64(fd, buffer, 3, -1)', 'SYSCALL_PREAD_X', { res: -22, data: null, pos: 2n ** 64n - 1n }),
    row('pwrite64(fd, "PW", 2, 1)', 'SYSCALL_PWRITE_X', { res: 2, data: 'PW', fd: shown('fd'), size: 2, pos: 1 }),
    row(
      'readv(fd, parts, 3)',
      'SYSCALL_READV_X',
      { res: 12, size: 12, data: '0PW3456789ab', fd: shown('fd') },
      {
        before: 'lseek(fd, 0, SEEK_SET);',
      },
    ),
    row('readv(987, parts, 3)', 'SYSCALL_READV_X', { res: -9, size: 0, data: null, fd: 987 }),
    row('writev(other, parts, 2)', 'SYSCALL_WRITEV_X', { res: 8, data: '0PW34567', fd: shown('other'), size: 8 }),
    row(
      'writev(other, parts, 2)',
      'SYSCALL_WRITEV_X',
      { res: 0, data: null, size: 0 },
      {
        before: 'parts[0].iov_len = parts[1].iov_len = 0;',
        after: 'parts[0].iov_len = parts[1].iov_len = 4;',
      },
    ),
    row('preadv(fd, parts, 2, 4, 0)', 'SYSCALL_PREADV_X', { res: 8, size: 8, data: '456789ab', pos: 4 }),
    row('pwritev(other, parts, 2, 0, 0)', 'SYSCALL_PWRITEV_X', { res: 8, data: '456789ab', size: 8, pos: 0 }),
    row(
      'writev(other, parts, 12)',
      'SYSCALL_WRITEV_X',
      { res: 48, data: twelveParts, size: 48 },
      {
        before: "for (int i = 0; i < 12; i++) memset(parts[i].iov_base, 'a' + i, 4);",
      },
    ),
    row('lseek(fd, -2, SEEK_END)', 'SYSCALL_LSEEK_X', {
      res: result,
      fd: shown('fd'),
      offset: 2n ** 64n - 2n,
      whence: bits('lseek_whence', 'SEEK_END'),
    }),
    row(
      'lseek(in, 0, SEEK_CUR)',
      'SYSCALL_LSEEK_X',
      { res: -29, fd: shown('in'), offset: 0, whence: 1 },
      {
        before: 'int in = ends[0];',
      },
    ),
    row(
      'sendfile(ends[1], fd, &offset, 5)',
      'SYSCALL_SENDFILE_X',
      {
        res: 5,
        offset: 7,
        out_fd: shown('out'),
        in_fd: shown('fd'),
        size: 5,
      },
      { before: 'offset = 2;' },
    ),
    row('sendfile(ends[1], 986, 0, 5)', 'SYSCALL_SENDFILE_X', { res: -9, offset: 0, in_fd: 986, size: 5 }),
    row('splice(ends[0], 0, ends2[1], 0, 3, SPLICE_F_MOVE)', 'SYSCALL_SPLICE_X', {
      res: 3,
      fd_in: shown('in'),
      fd_out: shown('out2'),
      size: 3,
      flags: bits('splice_flags', 'SPLICE_F_MOVE'),
    }),
    row('splice(985, 0, ends2[1], 0, 3, SPLICE_F_NONBLOCK | SPLICE_F_MORE)', 'SYSCALL_SPLICE_X', {
      res: -9,
      fd_in: 985,
      flags: bits('splice_flags', 'SPLICE_F_NONBLOCK', 'SPLICE_F_MORE'),
    }),
    row('tee(ends[0], ends2[1], 2, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('vmsplice(ends[1], parts, 1, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'copy_file_range(fd, &offset, other, &offset2, 6, 0)',
      'SYSCALL_COPY_FILE_RANGE_X',
      {
        res: 6,
        fdout: shown('other'),
        offout: 9,
        fdin: shown('fd'),
        offin: 7,
        len: 6,
      },
      { before: 'offset = 1; offset2 = 3;' },
    ),
    row('copy_file_range(984, 0, 983, 0, 6, 0)', 'SYSCALL_COPY_FILE_RANGE_X', {
      res: -9,
      fdout: 983,
      offout: 0,
      fdin: 984,
      offin: 0,
      len: 6,
    }),
    row(
      'ioctl(fd, 0x5401, buffer)',
      'SYSCALL_IOCTL_3_X',
      { res: -25, fd: shown('fd'), request: 0x5401, argument: shown('buffer') },
      {
        before: 'show("buffer", (long)buffer);',
      },
    ),
    row('flock(fd, LOCK_EX | LOCK_NB)', 'SYSCALL_FLOCK_X', {
      res: 0,
      fd: shown('fd'),
      operation: bits('flock_flags', 'LOCK_EX', 'LOCK_NB'),
    }),
    row('flock(fd, LOCK_UN)', 'SYSCALL_FLOCK_X', { res: 0, operation: bits('flock_flags', 'LOCK_UN') }),
    row('flock(982, LOCK_SH)', 'SYSCALL_FLOCK_X', { res: -9, fd: 982, operation: bits('flock_flags', 'LOCK_SH') }),
    row(
      'getdents64(here, buffer, 4096)',
      'SYSCALL_GETDENTS64_X',
      { res: result, fd: shown('here') },
      {
        before: 'int here = open(".", O_RDONLY); show("here", here);',
      },
    ),
    row('getdents(fd, buffer, 4096)', 'SYSCALL_GETDENTS_X', { res: -20, fd: shown('fd') }),
    row('fallocate(fd, 0, 0, 100)', 'GENERIC_X', { nativeID: ownNumber }),
    row('ftruncate(fd, 3)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
};

/** Told twice: as the generic event that the table wants, and as the fchmodat that it amounts to. */
const twice: CallGroup = {
  name: 'fchmodat2',
  setup: 'close(make_file("f", "content"));',
  rows: [
    row(
      'fchmodat2(AT_FDCWD, "f", 04711, 0)',
      'GENERIC_X',
      { ID: 413, nativeID: ownNumber },
      // Kernels before 6.6 don't know it.
      { after: 'show("changed", result);' },
    ),
    row(
      '~ the second event',
      'SYSCALL_FCHMODAT_X',
      { res: shown('changed'), dirfd: cwdFd, filename: 'f', mode: 0o4711 },
      { of: 'pid' },
    ),
  ],
};

export const fileDataGroups: readonly CallGroup[] = [data, twice];
