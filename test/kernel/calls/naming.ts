import { bits, type CallGroup, cwdFd, ownNumber, result, row, shown, unset } from './kit.ts';

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
    row(
      'renameat(dir, "l", AT_FDCWD, "r2")',
      'SYSCALL_RENAMEAT_X',
      {
        res: 0,
        olddirfd: shown('dir'),
        oldpath: 'l',
        newdirfd: cwdFd,
        newpath: 'r2',
      },
      // Where rename is no call, nothing has made it yet.
      { before: 'link("f", "r1");' },
    ),
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
    row('faccessat(AT_FDCWD, "f", R_OK)', 'GENERIC_X', { nativeID: ownNumber }),
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
    row('statx(AT_FDCWD, "f", 0, 0, buffer)', 'GENERIC_X', { nativeID: ownNumber }),
  ],
  declare: 'static char buffer[4096];',
};

export const namingGroups: readonly CallGroup[] = [naming, rights];
