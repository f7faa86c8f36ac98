import { bits, type CallGroup, cwdFd, open, result, row, shown } from './kit.ts';

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
    row('openat(dir, "/proc/version", O_RDONLY)', openat, { fd: result, dirfd: shown('dir'), name: '/proc/version' }),
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

export const openingGroups: readonly CallGroup[] = [opening];
