import { bits, type CallGroup, ownNumber, result, row, shown } from './kit.ts';

const mountFlags = (...names: string[]): number => bits('mount_flags', ...names);

const mounts: CallGroup = {
  name: 'mounts',
  declare: 'static char blob[] = "bin\\0ary"; static struct mount_attr attributes;',
  setup: `
	unshare(CLONE_NEWNS); mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
	mkdir("m", 0755); mkdir("n", 0755); mkdir("up", 0755); mkdir("work", 0755); mkdir("low", 0755); mkdir("over", 0755);
	close(make_file("low/below", "x"));
`,
  rows: [
    row('mount("saker", "m", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m")', 'SYSCALL_MOUNT_X', {
      res: 0,
      dev: 'saker',
      dir: 'm',
      type: 'tmpfs',
      flags: mountFlags('NOSUID', 'NODEV', 'NOEXEC'),
    }),
    row('mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0)', 'SYSCALL_MOUNT_X', {
      res: 0,
      dev: null,
      type: null,
      flags: mountFlags('REMOUNT', 'RDONLY'),
    }),
    row('mount("m", "n", "", MS_BIND | MS_REC, 0)', 'SYSCALL_MOUNT_X', {
      res: 0,
      type: '',
      flags: mountFlags('BIND', 'REC'),
    }),
    row('mount(0, "n", 0, MS_SHARED, 0)', 'SYSCALL_MOUNT_X', { res: 0, flags: mountFlags('SHARED') }),
    row('mount("proc", "nowhere", "proc", 0xc0ed0001, 0)', 'SYSCALL_MOUNT_X', { res: -2, dir: 'nowhere', flags: 1 }),
    row('mount("x", "m", "no such type", 0, 0)', 'SYSCALL_MOUNT_X', { res: -19, type: 'no such type', flags: 0 }),
    row(
      'umount2("n", MNT_DETACH)',
      'SYSCALL_UMOUNT2_X',
      { res: 0, name: 'n', flags: bits('umount_flags', 'DETACH') },
      {
        before: '\n#define MNT_DETACH 2\n',
      },
    ),
    row('umount2("n", 12)', 'SYSCALL_UMOUNT2_X', { res: -22, flags: bits('umount_flags', 'EXPIRE', 'NOFOLLOW') }),
    row('umount2(0, 0)', 'SYSCALL_UMOUNT2_X', { res: -14, name: null, flags: 0 }),
    row('fsopen("tmpfs", 0)', 'GENERIC_X', { nativeID: ownNumber }, { after: 'show("fs", result);' }),
    row(
      'fsconfig(fs, FSCONFIG_SET_STRING, "source", "saker", 0)',
      'SYSCALL_FSCONFIG_X',
      {
        res: 0,
        fd: shown('fs2'),
        cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_STRING'),
        key: 'source',
        value_bytebuf: null,
        value_charbuf: 'saker',
        aux: 0,
      },
      { before: 'int fs = syscall(SYS_fsopen, "tmpfs", 0); show("fs2", fs);', after: 'dup2(fs, 100);' },
    ),
    row('fsconfig(100, FSCONFIG_SET_FLAG, "ro", 0, 0)', 'SYSCALL_FSCONFIG_X', {
      res: result,
      cmd: 0,
      key: 'ro',
      value_bytebuf: null,
      value_charbuf: null,
    }),
    row('fsconfig(100, FSCONFIG_SET_BINARY, "data", blob, 7)', 'SYSCALL_FSCONFIG_X', {
      res: -22,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_BINARY'),
      key: 'data',
      value_bytebuf: 'bin\0ary',
      value_charbuf: null,
      aux: 7,
    }),
    row('fsconfig(100, FSCONFIG_SET_PATH, "path", "\\xfe/p", AT_FDCWD)', 'SYSCALL_FSCONFIG_X', {
      res: result,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_PATH'),
      key: 'path',
      value_charbuf: '\xfe/p',
      aux: -100,
    }),
    row('fsconfig(100, FSCONFIG_SET_FD, "fd", 0, 1)', 'SYSCALL_FSCONFIG_X', {
      cmd: bits('fsconfig_cmds', 'FSCONFIG_SET_FD'),
      key: 'fd',
      value_charbuf: null,
      aux: 1,
    }),
    row('fsconfig(100, FSCONFIG_CMD_CREATE, 0, 0, 0)', 'SYSCALL_FSCONFIG_X', {
      res: 0,
      cmd: bits('fsconfig_cmds', 'FSCONFIG_CMD_CREATE'),
      key: null,
      value_bytebuf: null,
      value_charbuf: null,
    }),
    row('fsconfig(970, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0)', 'SYSCALL_FSCONFIG_X', { res: -9, fd: 970, cmd: 7 }),
    row('fsmount(970, 0, 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('fspick(AT_FDCWD, "m", 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('open_tree(AT_FDCWD, "m", 0)', 'GENERIC_X', { nativeID: ownNumber }),
    row('move_mount(970, "", AT_FDCWD, "m", 4)', 'GENERIC_X', { nativeID: ownNumber }),
    row('mount_setattr(AT_FDCWD, "m", 0, &attributes, sizeof(attributes))', 'GENERIC_X', { nativeID: ownNumber }),
    row('pivot_root("m", "n")', 'GENERIC_X', { nativeID: ownNumber }),
    row(
      'openat(AT_FDCWD, "over/below", O_RDONLY)',
      'SYSCALL_OPENAT_2_X',
      {
        fd: result,
        flags: (s) => bits('file_flags', 'O_RDONLY') | (s.of('overlay') ? bits('file_flags', 'FD_LOWER_LAYER') : 0),
      },
      { before: 'show("overlay", mount("o", "over", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work") == 0);' },
    ),
    row('open("over/below", O_RDONLY)', 'SYSCALL_OPEN_X', {
      flags: (s) => bits('file_flags', 'O_RDONLY') | (s.of('overlay') ? bits('file_flags', 'FD_LOWER_LAYER') : 0),
    }),
    row('openat(AT_FDCWD, "over/below", O_WRONLY)', 'SYSCALL_OPENAT_2_X', {
      flags: (s) => bits('file_flags', 'O_WRONLY') | (s.of('overlay') ? bits('file_flags', 'FD_UPPER_LAYER') : 0),
    }),
    row('creat("over/above", 0600)', 'SYSCALL_CREAT_X', {
      creat_flags: (s) => (s.of('overlay') ? bits('creat_flags', 'FD_UPPER_LAYER_CREAT') : 0),
    }),
    row(
      'openat(AT_FDCWD, "over/above", O_RDONLY)',
      'SYSCALL_OPENAT_2_X',
      {
        flags: (s) => bits('file_flags', 'O_RDONLY') | (s.of('overlay') ? bits('file_flags', 'FD_UPPER_LAYER') : 0),
      },
      // Where creat is no call, nothing has made it yet.
      { before: 'creat("over/above", 0600);' },
    ),
  ],
};

export const mountGroups: readonly CallGroup[] = [mounts];
