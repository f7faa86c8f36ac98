/* oxlint-disable max-lines -- a table */
import { bits, type CallGroup, cwdFd, open, result, row, shown, unset } from './kit.ts';

const openat = 'SYSCALL_OPENAT_2_X';
const openat2 = 'SYSCALL_OPENAT2_X';
const resolve = (...names: string[]): number => bits('openat2_flags', ...names.map((name) => `RESOLVE_${name}`));

/** As setup makes it: names of 100 characters between slashes, 4095 in all; the second is one too long for the kernel. */
const longPath = Array.from({ length: 4095 }, (_, i) => (i % 101 === 0 ? '/' : 'x')).join('');

const opening: CallGroup = {
  name: 'opening files',
  declare: `
static char deep[5000], deeper[5000];
static struct open_how how;
static struct { struct file_handle head; char rest[128]; } handle;
static int mount_id;
`,
  setup: `
	for (int i = 0; i < 5000; i++) deep[i] = deeper[i] = i % 101 ? 'x' : '/';
	deep[4095] = 0; deeper[4500] = 0;
	close(make_file("f", "content"));
	mkdir("d", 0755); symlink("f", "soft"); symlink("d", "softdir"); symlink("nowhere", "dangling");
	int dir = open("d", O_RDONLY | O_DIRECTORY); show("dir", dir);
	int here = open(".", O_RDONLY | O_DIRECTORY); show("here", here);
`,
  rows: [
    row('open("f", O_RDONLY)', 'SYSCALL_OPEN_X', { fd: result, name: 'f', flags: open('RDONLY'), mode: 0 }),
    row('open("f", O_WRONLY | O_APPEND | O_NONBLOCK, 0777)', 'SYSCALL_OPEN_X', {
      fd: result,
      name: 'f',
      flags: open('WRONLY', 'APPEND', 'NONBLOCK'),
      mode: 0,
    }),
    row('open("new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 04751)', 'SYSCALL_OPEN_X', {
      fd: result,
      name: 'new',
      flags: open('RDWR', 'CREAT', 'EXCL', 'CLOEXEC', 'F_CREATED'),
      mode: 0o4751,
    }),
    row('open("new", O_RDWR | O_CREAT, 0600)', 'SYSCALL_OPEN_X', {
      fd: result,
      flags: open('RDWR', 'CREAT'),
      mode: 0o600,
    }),
    row('open("soft", O_RDONLY | O_NOFOLLOW)', 'SYSCALL_OPEN_X', { fd: -40, name: 'soft', dev: 0, ino: 0 }),
    row('open("", O_RDONLY)', 'SYSCALL_OPEN_X', { fd: -2, name: '', dev: 0, ino: 0 }),
    row('open("d", O_WRONLY)', 'SYSCALL_OPEN_X', { fd: -21, name: 'd', flags: open('WRONLY') }),
    row('open(1, O_RDONLY)', 'SYSCALL_OPEN_X', { fd: -14, name: null, flags: open('RDONLY') }),
    row('open(deep, O_RDONLY)', 'SYSCALL_OPEN_X', { fd: -2, name: longPath }),
    row('open(deeper, O_RDONLY)', 'SYSCALL_OPEN_X', { fd: -36, name: longPath }),
    row('open("\\xc3\\x28\\xff\\x01 name\\n\\t", O_RDONLY)', 'SYSCALL_OPEN_X', {
      fd: -2,
      name: '\xc3\x28\xff\x01 name\n\t',
    }),
    row('open("caf\\xe9", O_CREAT | O_WRONLY, 0644)', 'SYSCALL_OPEN_X', { fd: result, name: 'caf\xe9', mode: 0o644 }),
    row('creat("created", 0640)', 'SYSCALL_CREAT_X', { fd: result, name: 'created', mode: 0o640, creat_flags: 0 }),
    row('creat("created", 07777)', 'SYSCALL_CREAT_X', { fd: result, name: 'created', mode: 0o7777 }),
    row('creat("none/created", 0600)', 'SYSCALL_CREAT_X', {
      fd: -2,
      name: 'none/created',
      mode: 0o600,
      dev: 0,
      ino: 0,
    }),
    row('creat(0, 0600)', 'SYSCALL_CREAT_X', { fd: -14, name: null, mode: 0o600 }),
    row('openat(AT_FDCWD, "f", O_RDWR | O_SYNC)', openat, {
      fd: result,
      dirfd: cwdFd,
      name: 'f',
      flags: open('RDWR', 'SYNC', 'DSYNC'),
    }),
    row('openat(AT_FDCWD, "f", O_RDONLY | O_DSYNC | O_LARGEFILE)', openat, {
      fd: result,
      flags: open('RDONLY', 'DSYNC'),
    }),
    row('openat(AT_FDCWD, "f", O_WRONLY | O_TRUNC)', openat, { fd: result, flags: open('WRONLY', 'TRUNC') }),
    row('openat(AT_FDCWD, "f", 3)', openat, { fd: result, flags: open('RDWR') }),
    row('openat(here, "d/inner", O_CREAT | O_WRONLY, 01644)', openat, {
      fd: result,
      dirfd: shown('here'),
      name: 'd/inner',
      mode: 0o1644,
    }),
    row('openat(dir, "inner", O_RDONLY)', openat, { fd: result, dirfd: shown('dir'), name: 'inner' }),
    row('openat(dir, "/etc/passwd", O_RDONLY)', openat, { fd: result, dirfd: shown('dir'), name: '/etc/passwd' }),
    row('openat(999, "inner", O_RDONLY)', openat, { fd: -9, dirfd: 999, name: 'inner', dev: 0, ino: 0 }),
    row('openat(AT_FDCWD, ".", O_TMPFILE | O_WRONLY, 0400)', openat, {
      fd: result,
      name: '.',
      flags: open('WRONLY', 'TMPFILE', 'DIRECTORY'),
      mode: 0o400,
    }),
    row('openat(AT_FDCWD, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC)', openat, {
      fd: result,
      flags: open('RDONLY', 'DIRECTORY', 'CLOEXEC'),
    }),
    row('openat(AT_FDCWD, "f", O_PATH)', openat, { fd: result, name: 'f', flags: open('RDONLY') }),
    row('openat(AT_FDCWD, "f/x", O_RDONLY)', openat, { fd: -20, name: 'f/x' }),
    row('openat(AT_FDCWD, "dangling", O_RDONLY)', openat, { fd: -2, name: 'dangling' }),
    row('openat(AT_FDCWD, "/proc/self/exe", O_WRONLY)', openat, { fd: -26, name: '/proc/self/exe' }),
    row('openat(AT_FDCWD, "f", O_RDONLY | O_DIRECT)', openat, { fd: result, flags: open('RDONLY', 'DIRECT') }),
    row('openat2(AT_FDCWD, "f", &how, sizeof(how))', openat2, {
      fd: result,
      dirfd: cwdFd,
      name: 'f',
      flags: open('RDONLY'),
      mode: 0,
      resolve: 0,
    }),
    ...(
      [
        ['RESOLVE_NO_XDEV', 'f', result],
        ['RESOLVE_NO_MAGICLINKS', 'f', result],
        ['RESOLVE_NO_MAGICLINKS', '/proc/self/fd/0', -40],
        ['RESOLVE_NO_SYMLINKS', 'soft', -40],
        ['RESOLVE_NO_SYMLINKS', 'softdir/inner', -40],
        ['RESOLVE_BENEATH', '../0', -18],
        ['RESOLVE_BENEATH', '/etc/passwd', -18],
        ['RESOLVE_IN_ROOT', '/f', result],
      ] as const
    ).map(([flag, name, fd]) =>
      row(
        `openat2(AT_FDCWD, "${name}", &how, sizeof(how))`,
        openat2,
        { fd, name, resolve: resolve(flag.slice('RESOLVE_'.length)) },
        { before: `how = (struct open_how){ .flags = O_RDONLY, .resolve = ${flag} };` },
      ),
    ),
    row(
      'openat2(here, "f", &how, sizeof(how))',
      openat2,
      { fd: result, dirfd: shown('here'), resolve: resolve('NO_SYMLINKS', 'NO_MAGICLINKS', 'BENEATH', 'NO_XDEV') },
      { before: 'how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH | RESOLVE_NO_XDEV;' },
    ),
    row(
      'openat2(AT_FDCWD, "f", &how, sizeof(how))',
      openat2,
      { fd: result, resolve: resolve('CACHED') },
      {
        before: 'how.resolve = 0x20;',
      },
    ),
    row(
      'openat2(AT_FDCWD, "f", &how, sizeof(how))',
      openat2,
      { fd: -22, resolve: 0 },
      { before: 'how.resolve = 0x1000;' },
    ),
    row(
      'openat2(AT_FDCWD, "made2", &how, sizeof(how))',
      openat2,
      { fd: result, flags: open('RDWR', 'CREAT', 'F_CREATED'), mode: 0o4711, resolve: 0 },
      { before: 'how = (struct open_how){ .flags = O_RDWR | O_CREAT, .mode = 04711 };' },
    ),
    row('openat2(AT_FDCWD, "f", &how, 8)', openat2, { fd: -22, name: 'f' }),
    row('openat2(AT_FDCWD, "f", 0, 24)', openat2, { fd: -14, name: 'f', flags: open('RDONLY'), mode: 0, resolve: 0 }),
    row(
      'open_by_handle_at(AT_FDCWD, &handle, O_RDONLY)',
      'SYSCALL_OPEN_BY_HANDLE_AT_X',
      { fd: result, mountfd: cwdFd, flags: open('RDONLY'), path: (s) => (s.result < 0 ? null : `${s.folder}/f`) },
      {
        before: 'handle.head.handle_bytes = 128; name_to_handle_at(AT_FDCWD, "f", &handle.head, &mount_id, 0);',
      },
    ),
    row('open_by_handle_at(998, &handle, O_RDWR)', 'SYSCALL_OPEN_BY_HANDLE_AT_X', {
      fd: -9,
      mountfd: 998,
      flags: open('RDWR'),
      path: null,
      dev: 0,
      ino: 0,
    }),
  ],
};

const naming: CallGroup = {
  name: 'naming files',
  declare: 'static char far[4096];',
  setup: `
	memset(far, 'y', 4095);
	close(make_file("f", "content")); mkdir("d", 0755);
	int dir = open("d", O_RDONLY | O_DIRECTORY); show("dir", dir);
`,
  rows: [
    row('link("f", "l1")', 'SYSCALL_LINK_2_X', { res: 0, oldpath: 'f', newpath: 'l1' }),
    row('link("f", "l1")', 'SYSCALL_LINK_2_X', { res: -17, oldpath: 'f', newpath: 'l1' }),
    row('link("d", "l2")', 'SYSCALL_LINK_2_X', { res: -1, oldpath: 'd', newpath: 'l2' }),
    row('link(0, "l2")', 'SYSCALL_LINK_2_X', { res: -14, oldpath: null, newpath: 'l2' }),
    row('linkat(AT_FDCWD, "f", dir, "l", 0)', 'SYSCALL_LINKAT_2_X', {
      res: 0,
      olddir: cwdFd,
      oldpath: 'f',
      newdir: shown('dir'),
      newpath: 'l',
      flags: 0,
    }),
    row('linkat(dir, "", AT_FDCWD, "l3", AT_EMPTY_PATH)', 'SYSCALL_LINKAT_2_X', {
      res: result,
      olddir: shown('dir'),
      oldpath: '',
      flags: bits('linkat_flags', 'AT_EMPTY_PATH'),
    }),
    row('linkat(AT_FDCWD, "f", AT_FDCWD, "l4", 0x10000000)', 'SYSCALL_LINKAT_2_X', { res: -22, flags: 0 }),
    row('symlink("\\xff\\xfe", "s1")', 'SYSCALL_SYMLINK_X', { res: 0, target: '\xff\xfe', linkpath: 's1' }),
    row('symlink("", "s2")', 'SYSCALL_SYMLINK_X', { res: -2, target: '', linkpath: 's2' }),
    row('symlink(far, "s3")', 'SYSCALL_SYMLINK_X', { res: result, target: 'y'.repeat(4095), linkpath: 's3' }),
    row('symlinkat("../f", dir, "s")', 'SYSCALL_SYMLINKAT_X', {
      res: 0,
      target: '../f',
      linkdirfd: shown('dir'),
      linkpath: 's',
    }),
    row('symlinkat("t", 997, "s")', 'SYSCALL_SYMLINKAT_X', { res: -9, target: 't', linkdirfd: 997, linkpath: 's' }),
    row('rename("l1", "r1")', 'SYSCALL_RENAME_X', { res: 0, oldpath: 'l1', newpath: 'r1' }),
    row('rename("none", far)', 'SYSCALL_RENAME_X', { res: -2, oldpath: 'none', newpath: 'y'.repeat(4095) }),
    row('renameat(dir, "l", AT_FDCWD, "r2")', 'SYSCALL_RENAMEAT_X', {
      res: 0,
      olddirfd: shown('dir'),
      oldpath: 'l',
      newdirfd: cwdFd,
      newpath: 'r2',
    }),
    row('renameat(996, "a", 995, "b")', 'SYSCALL_RENAMEAT_X', {
      res: -9,
      olddirfd: 996,
      oldpath: 'a',
      newdirfd: 995,
      newpath: 'b',
    }),
    ...(
      [
        ['1', -17, 'RENAME_NOREPLACE'],
        ['2', 0, 'RENAME_EXCHANGE'],
      ] as const
    ).map(([flag, res, name]) =>
      row(`renameat2(AT_FDCWD, "r1", AT_FDCWD, "r2", ${flag})`, 'SYSCALL_RENAMEAT2_X', {
        res,
        olddirfd: cwdFd,
        oldpath: 'r1',
        newdirfd: cwdFd,
        newpath: 'r2',
        flags: bits('renameat2_flags', name),
      }),
    ),
    row('renameat2(AT_FDCWD, "r1", AT_FDCWD, "r3", 4)', 'SYSCALL_RENAMEAT2_X', {
      res: result,
      flags: bits('renameat2_flags', 'RENAME_WHITEOUT'),
    }),
    row('unlink("r2")', 'SYSCALL_UNLINK_2_X', { res: 0, path: 'r2' }),
    row('unlink("d")', 'SYSCALL_UNLINK_2_X', { res: -21, path: 'd' }),
    row('unlink("\\x80\\x81")', 'SYSCALL_UNLINK_2_X', { res: -2, path: '\x80\x81' }),
    row('unlinkat(dir, "s", 0)', 'SYSCALL_UNLINKAT_2_X', { res: 0, dirfd: shown('dir'), name: 's', flags: 0 }),
    row('unlinkat(AT_FDCWD, "d", AT_REMOVEDIR)', 'SYSCALL_UNLINKAT_2_X', {
      res: 0,
      dirfd: cwdFd,
      name: 'd',
      flags: bits('unlinkat_flags', 'AT_REMOVEDIR'),
    }),
    row('unlinkat(AT_FDCWD, "f", 0x20)', 'SYSCALL_UNLINKAT_2_X', { res: -22, name: 'f', flags: 0 }),
    row('mkdir("m1", 01777)', 'SYSCALL_MKDIR_2_X', { res: 0, path: 'm1', mode: 0o1777 }),
    row('mkdir("m1", 0)', 'SYSCALL_MKDIR_2_X', { res: -17, path: 'm1', mode: 0 }),
    row('mkdir("a/b/c", 0700)', 'SYSCALL_MKDIR_2_X', { res: -2, path: 'a/b/c', mode: 0o700 }),
    row('mkdirat(AT_FDCWD, "m2", 0711)', 'SYSCALL_MKDIRAT_X', { res: 0, dirfd: cwdFd, path: 'm2', mode: 0o711 }),
    row('mkdirat(994, "m3", 0711)', 'SYSCALL_MKDIRAT_X', { res: -9, dirfd: 994, path: 'm3', mode: 0o711 }),
    row('rmdir("m1")', 'SYSCALL_RMDIR_2_X', { res: 0, path: 'm1' }),
    row('rmdir("f")', 'SYSCALL_RMDIR_2_X', { res: -20, path: 'f' }),
    row('mknod("n1", S_IFIFO | 0622, 0)', 'SYSCALL_MKNOD_X', { res: 0, path: 'n1', mode: 0o10622, dev: 0 }),
    row('mknod("n2", S_IFCHR | 0600, makedev(240, 70000))', 'SYSCALL_MKNOD_X', {
      res: result,
      path: 'n2',
      mode: 0o20600,
      dev: (240 << 20) | 70000,
    }),
    row('mknod("n3", S_IFDIR | 0600, 0)', 'SYSCALL_MKNOD_X', { res: result, path: 'n3', mode: 0o40600 }),
    row('mknodat(AT_FDCWD, "n4", S_IFBLK | 0600, makedev(7, 0))', 'SYSCALL_MKNODAT_X', {
      res: result,
      dirfd: cwdFd,
      path: 'n4',
      mode: 0o60600,
      dev: 7 << 20,
    }),
    row('mknodat(AT_FDCWD, "n5", S_IFSOCK | 0777, 0)', 'SYSCALL_MKNODAT_X', {
      res: 0,
      path: 'n5',
      mode: 0o140777,
      dev: 0,
    }),
    row('chdir("m2")', 'SYSCALL_CHDIR_X', { res: 0, path: 'm2' }),
    row('chdir("none")', 'SYSCALL_CHDIR_X', { res: -2, path: 'none' }),
    row('chdir("..")', 'SYSCALL_CHDIR_X', { res: 0, path: '..' }),
    row('fchdir(dir)', 'SYSCALL_FCHDIR_X', { res: 0, fd: shown('dir') }, { after: 'chdir("..");' }),
    row('fchdir(993)', 'SYSCALL_FCHDIR_X', { res: -9, fd: 993 }),
    row('getcwd(far, 4096)', 'SYSCALL_GETCWD_X', { res: result, path: (s) => s.folder }),
    row('getcwd(far, 1)', 'SYSCALL_GETCWD_X', { res: -34, path: null }),
  ],
};

const rights: CallGroup = {
  name: 'rights of files',
  setup: `
	close(make_file("f", "content")); symlink("f", "s"); mkdir("d", 0755); close(make_file("d/i", ""));
	int dir = open("d", O_RDONLY | O_DIRECTORY); show("dir", dir);
	int fd = open("f", O_RDWR); show("fd", fd);
`,
  rows: [
    row('chmod("f", 06755)', 'SYSCALL_CHMOD_X', { res: 0, filename: 'f', mode: 0o6755 }),
    row('chmod("f", 01000)', 'SYSCALL_CHMOD_X', { res: 0, filename: 'f', mode: 0o1000 }),
    row('chmod("none", 0777)', 'SYSCALL_CHMOD_X', { res: -2, filename: 'none', mode: 0o777 }),
    row('chmod("f", 0177777)', 'SYSCALL_CHMOD_X', { res: 0, filename: 'f', mode: 0o7777 }),
    row('fchmod(fd, 0)', 'SYSCALL_FCHMOD_X', { res: 0, fd: shown('fd'), mode: 0 }),
    row('fchmod(-1, 0644)', 'SYSCALL_FCHMOD_X', { res: -9, fd: -1, mode: 0o644 }),
    row('fchmodat(dir, "i", 0604)', 'SYSCALL_FCHMODAT_X', { res: 0, dirfd: shown('dir'), filename: 'i', mode: 0o604 }),
    row('fchmodat(992, "i", 0604)', 'SYSCALL_FCHMODAT_X', { res: -9, dirfd: 992, filename: 'i', mode: 0o604 }),
    row('chown("f", 10, 20)', 'SYSCALL_CHOWN_X', { res: 0, path: 'f', uid: 10, gid: 20 }),
    row('chown("f", -1, 21)', 'SYSCALL_CHOWN_X', { res: 0, path: 'f', uid: unset, gid: 21 }),
    row('chown("none", 0, 0)', 'SYSCALL_CHOWN_X', { res: -2, path: 'none', uid: 0, gid: 0 }),
    row('lchown("s", 11, -1)', 'SYSCALL_LCHOWN_X', { res: 0, path: 's', uid: 11, gid: unset }),
    row('lchown(0, 1, 1)', 'SYSCALL_LCHOWN_X', { res: -14, path: null, uid: 1, gid: 1 }),
    row('fchown(fd, 4294967294, 65536)', 'SYSCALL_FCHOWN_X', { res: 0, fd: shown('fd'), uid: 4294967294, gid: 65536 }),
    row('fchown(991, 1, 2)', 'SYSCALL_FCHOWN_X', { res: -9, fd: 991, uid: 1, gid: 2 }),
    row('fchownat(dir, "i", 30, 40, 0)', 'SYSCALL_FCHOWNAT_X', {
      res: 0,
      dirfd: shown('dir'),
      pathname: 'i',
      uid: 30,
      gid: 40,
      flags: 0,
    }),
    row('fchownat(fd, "", 31, 41, AT_EMPTY_PATH)', 'SYSCALL_FCHOWNAT_X', {
      res: 0,
      dirfd: shown('fd'),
      pathname: '',
      flags: bits('fchownat_flags', 'AT_EMPTY_PATH'),
    }),
    row('access("f", R_OK | W_OK)', 'SYSCALL_ACCESS_X', { res: 0, name: 'f', mode: 6 }),
    row('access("none", F_OK)', 'SYSCALL_ACCESS_X', { res: -2, name: 'none', mode: 0 }),
    row('access("d", X_OK)', 'SYSCALL_ACCESS_X', { res: 0, name: 'd', mode: 1 }),
    row('faccessat(AT_FDCWD, "f", R_OK)', 'GENERIC_X', { nativeID: 269 }),
    row('stat("f", buffer)', 'SYSCALL_STAT_X', { res: 0, path: 'f' }),
    row('stat("none", buffer)', 'SYSCALL_STAT_X', { res: -2, path: 'none' }),
    row('lstat("s", buffer)', 'SYSCALL_LSTAT_X', { res: 0, path: 's' }),
    row('fstat(fd, buffer)', 'SYSCALL_FSTAT_X', { res: 0, fd: shown('fd') }),
    row('fstat(990, buffer)', 'SYSCALL_FSTAT_X', { res: -9, fd: 990 }),
    row('newfstatat(dir, "i", buffer, AT_SYMLINK_NOFOLLOW)', 'SYSCALL_NEWFSTATAT_X', {
      res: 0,
      dirfd: shown('dir'),
      path: 'i',
      flags: bits('newfstatat_flags', 'AT_SYMLINK_NOFOLLOW'),
    }),
    row('newfstatat(fd, "", buffer, AT_EMPTY_PATH)', 'SYSCALL_NEWFSTATAT_X', {
      res: 0,
      dirfd: shown('fd'),
      path: '',
      flags: bits('newfstatat_flags', 'AT_EMPTY_PATH'),
    }),
    row('statx(AT_FDCWD, "f", 0, 0, buffer)', 'GENERIC_X', { nativeID: 332 }),
  ],
  declare: 'static char buffer[4096];',
};

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
    row('tee(ends[0], ends2[1], 2, 0)', 'GENERIC_X', { nativeID: 276 }),
    row('vmsplice(ends[1], parts, 1, 0)', 'GENERIC_X', { nativeID: 278 }),
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
    row('fallocate(fd, 0, 0, 100)', 'GENERIC_X', { nativeID: 285 }),
    row('ftruncate(fd, 3)', 'GENERIC_X', { nativeID: 77 }),
  ],
};

/** Told twice: as the generic event that the table wants, and as the fchmodat that it amounts to. */
const twice: CallGroup = {
  name: 'fchmodat2',
  setup: 'close(make_file("f", "content"));',
  rows: [
    row('fchmodat2(AT_FDCWD, "f", 04711, 0)', 'GENERIC_X', { ID: 413, nativeID: 452 }),
    row(
      '~ the second event',
      'SYSCALL_FCHMODAT_X',
      { res: 0, dirfd: cwdFd, filename: 'f', mode: 0o4711 },
      { of: 'pid' },
    ),
  ],
};

export const fileGroups: readonly CallGroup[] = [opening, naming, rights, data, twice];
