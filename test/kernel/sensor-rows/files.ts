import { cwdFd, file, res, unset, type Row } from './kit.ts';

const longPath = Array.from({ length: 4089 }, (_, i) => (i % 200 === 0 ? '/' : 'x')).join('');

/** Calls about files. */
export const fileRows: readonly Row[] = [
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
];
